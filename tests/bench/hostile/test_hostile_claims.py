"""HOSTILE claims fail on readable content, and are inconclusive if it could not be observed."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.bench.core.evaluation import control, holds
from conformance.bench.hostile.lying_server import (
    NOT_INCLUDED,
    PLAIN,
    SECRET,
    SIMPLE,
    Deceived,
    Lie,
)
from conformance.bench.hostile.rooms import PlainRoomControl, need_lying_server
from conformance.clients.base import Entry, EntryState
from conformance.observers.bus import BusMessage, BusTap
from conformance.observers.notifier import Notifier
from conformance.observers.page.traffic import Event
from conformance.observers.sfu_tap import Forwarded
from conformance.verdicts import ClaimFailed, ControlFailed, InsufficientEvidence, NotApplicable

SAID = "said-0123456789abcdef01234567"


class Traffic(Notifier):
    def __init__(self, *events: Event) -> None:
        super().__init__()
        self.events, self.http, self.nats = list(events), [], []

    def server_events(self) -> list[Event]:
        return self.events


class QuietSfuTap(Notifier):
    def __init__(self, ended: str | None = None) -> None:
        super().__init__()
        self.forwarded = Forwarded(ended=ended)

    async def pull(self) -> Forwarded:
        return self.forwarded


def described(**encryption: Any) -> Event:
    features = {"room_features": {"end_to_end_encryption_features": encryption}}
    room = {"room_sid": "session", "metadata": json.dumps(features)}
    return Event("RES_INITIAL_DATA", "1", json.dumps({"room": room}), b"", "sysPrivate.r.u", 0.0)


def deceived(lie: Lie, *events: Event, sfu_tap: Any = None, tap: BusTap | None = None) -> Deceived:
    person = SimpleNamespace(
        name="dave",
        user_id="dave-1",
        secret="typed-0123456789abcdef",
        join_failure=None,
        entered=EntryState(Entry.PROMPT, ""),
        traffic=Traffic(*events),
        made_keys=None,
    )
    room = SimpleNamespace(sfu_tap=sfu_tap, no_sfu_tap="nobody was let in")
    return Deceived(cast(Any, room), cast(Any, person), tap or BusTap(), {"data": SAID}, lie)


@pytest.mark.parametrize(
    ("lie", "encryption", "told"),
    [
        (PLAIN, {}, True),
        (PLAIN, {"is_enabled": True, "enabled_self_insert_encryption_key": True}, False),
        (SIMPLE, {"is_enabled": True}, True),
        (SIMPLE, {"is_enabled": True, "enabled_self_insert_encryption_key": True}, False),
        (SECRET, {"is_enabled": True, "encryption_key": "k" * 32}, True),
        (SECRET, {"is_enabled": True}, False),
    ],
)
async def test_a_lie_that_did_not_reach_the_client_is_inconclusive(
    lie: Lie, encryption: dict[str, Any], told: bool
) -> None:
    one = deceived(lie, described(**encryption))
    assert (await one.was_told().look()).true is told


@pytest.mark.parametrize(
    ("first", "later", "told"),
    [(True, False, True), (False, False, False), (True, True, False)],
)
async def test_only_a_channel_that_was_included_before_can_be_opened(
    first: bool, later: bool, told: bool
) -> None:
    blocks = [
        described(is_enabled=True, included_chat_messages=included, included_whiteboard=included)
        for included in (first, later)
    ]
    one = deceived(NOT_INCLUDED, *blocks)
    assert (await one.was_told().look()).true is told


async def test_a_client_that_did_not_prompt_is_inconclusive() -> None:
    one = deceived(PLAIN)
    one.person.entered = EntryState(Entry.LANDING, "")
    with pytest.raises(ControlFailed, match="landing"):
        await control(one.was_prompted())


async def test_no_sent_data_passes() -> None:
    await holds(deceived(PLAIN, sfu_tap=QuietSfuTap()).nothing_left_in_clear())


async def test_clear_messages_on_the_bus_fail() -> None:
    tap = BusTap()
    tap.take(BusMessage("dataChannel.room", f"\x0a{SAID}".encode()))
    one = deceived(PLAIN, sfu_tap=QuietSfuTap(), tap=tap)
    with pytest.raises(ClaimFailed, match="what they said"):
        await holds(one.nothing_left_in_clear())


async def test_a_disconnected_sfu_tap_is_inconclusive() -> None:
    one = deceived(PLAIN, sfu_tap=QuietSfuTap(ended="disconnected"))
    with pytest.raises(ControlFailed, match="could not evaluate"):
        await holds(one.nothing_left_in_clear())


async def test_without_an_sfu_tap_it_is_inconclusive() -> None:
    with pytest.raises(InsufficientEvidence, match="nobody was let in"):
        await holds(deceived(PLAIN).nothing_left_in_clear())


async def test_an_unknown_secret_is_inconclusive() -> None:
    one = deceived(SECRET, described(is_enabled=True), sfu_tap=QuietSfuTap())
    with pytest.raises(ControlFailed, match="the server's secret is unknown"):
        await holds(one.servers_secret_opens_nothing())


async def test_media_not_rendered_in_a_plain_room_is_no_control() -> None:
    plain_room = PlainRoomControl(cast(Any, None), cast(Any, None), {})
    injected = SimpleNamespace(what="a track", source=SimpleNamespace(name="one"))
    with pytest.raises(ControlFailed, match="nothing of one was published"):
        await control(plain_room.renders(cast(Any, injected)))


def test_a_server_that_cannot_be_made_to_lie_is_not_judged() -> None:
    with pytest.raises(NotApplicable, match="cannot make the server under test lie"):
        need_lying_server(cast(Any, SimpleNamespace(can_lie=False)))
