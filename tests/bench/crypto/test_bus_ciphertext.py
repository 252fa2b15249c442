"""Claims about the bus evaluate the messages that a tap received."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.bench.core import candidate_keys
from conformance.bench.core.evaluation import control, holds, never
from conformance.bench.core.participant import Channel
from conformance.bench.crypto import bus_ciphertext, message_keys
from conformance.bench.crypto.bus_ciphertext import BusTraffic, readable_on_the_bus
from conformance.keys.messages import seal_message
from conformance.keys.profiles import PROFILES
from conformance.observers.bus import BusMessage, BusTap
from conformance.verdicts import ClaimFailed, ControlFailed

SID = "0b2a8f8e-3b9e-4b0e-9d1a-000000000000"
SEALED: dict[Channel, str] = {"chat": "sealed-1-chat", "data": "sealed-1-data"}
CLEAR: dict[Channel, str] = {"chat": "clear-1-chat", "data": "clear-1-data"}
SUBJECTS = {"chat": "chat.room", "data": "dataChannel.room"}
PROFILE = next(p for p in PROFILES.values() if p.role == "data" and p.session_bound)


@pytest.fixture(autouse=True)
def _answers(monkeypatch: pytest.MonkeyPatch) -> None:
    told = SimpleNamespace(
        verify={
            "room_id": "room",
            "nats_subjects": {"chat": "chat", "data_channel": "dataChannel"},
        },
        session_id=SID,
        secret=None,
    )
    for module in (bus_ciphertext, message_keys, candidate_keys):
        monkeypatch.setattr(module, "answers", lambda _: told)


def sealed(text: str, secret: str = "right") -> bytes:
    return seal_message(b"\x0a" + text.encode(), PROFILE.derive(secret, SID))


def heard(*more: BusMessage) -> tuple[BusTap, BusTraffic]:
    tap = BusTap()
    for channel, subject in SUBJECTS.items():
        tap.take(BusMessage(subject, sealed(SEALED[channel])))  # type: ignore[index]
        tap.take(BusMessage("chat.plain", CLEAR[channel].encode()))  # type: ignore[index]
    for message in more:
        tap.take(message)
    people: list[Any] = [
        SimpleNamespace(secret="right", traffic=None),
        SimpleNamespace(secret="wrong", traffic=None),
        SimpleNamespace(secret=None, traffic=None),
    ]
    return tap, BusTraffic(tap, people, SEALED)


async def judge(tap: BusTap, carried: BusTraffic) -> None:
    await never(carried.markers_are_heard_in_clear(), while_=readable_on_the_bus(tap, CLEAR))
    await control(carried.keys_open_the_markers())
    await holds(carried.every_payload_is_sealed())


async def test_ciphertext_on_each_channel_holds_also_with_a_wrong_key() -> None:
    await judge(*heard(BusMessage("chat.room", sealed("from mallory", "wrong"))))


@pytest.mark.parametrize(
    "leak",
    [
        BusMessage("chat.room", b"sealed-1-chat"),
        BusMessage("anywhere.else", b"{sealed-1-data}"),
        BusMessage("anywhere.else", b"sealed-1-chat".hex().encode()),
        BusMessage("headers", b"", b"name: sealed-1-chat\n"),
    ],
)
async def test_a_marker_in_clear_anywhere_on_the_bus_fails(leak: BusMessage) -> None:
    with pytest.raises(ClaimFailed, match="unencrypted"):
        await judge(*heard(leak))


async def test_a_payload_that_no_key_opens_fails() -> None:
    with pytest.raises(ClaimFailed, match="ciphertext"):
        await judge(*heard(BusMessage("chat.room", b"something else that was said")))


async def test_a_tap_with_gaps_is_inconclusive() -> None:
    tap, carried = heard()
    await tap.on_error(RuntimeError("slow consumer"))
    with pytest.raises(ControlFailed, match="slow consumer"):
        await judge(tap, carried)


async def test_without_the_plain_rooms_markers_it_is_inconclusive() -> None:
    tap, carried = heard()
    control_of_others = readable_on_the_bus(tap, {"chat": "never-said-1"})
    quick = type(control_of_others)(control_of_others.text, control_of_others.look, [], 0.0)
    with pytest.raises(ControlFailed, match="too little progress"):
        await never(carried.markers_are_heard_in_clear(), while_=quick)
