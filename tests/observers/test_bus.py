"""The bus tap keeps messages within bounds, and reports if it may have missed some."""

from __future__ import annotations

import pytest

from conformance.observers import bus
from conformance.observers.bus import BusMessage, BusTap


def test_messages_are_kept_by_subject() -> None:
    tap = BusTap()
    for subject in ("chat.a", "chat.b", "chat.a"):
        tap.take(BusMessage(subject, b"payload"))
    assert len(tap.on("chat.a")) == 2
    assert not tap.problems


def test_a_flood_is_bounded_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus, "MOST_BYTES", 100)
    tap = BusTap()
    for _ in range(50):
        tap.take(BusMessage("s", b"0123456789"))
    assert len(tap.messages) == 9
    assert tap.problems == ["41 messages were not kept"]


async def test_a_denied_subscription_and_a_lost_connection_are_reported() -> None:
    tap = BusTap()
    await tap.on_error(RuntimeError("permissions violation"))
    await tap.on_closed()
    assert tap.problems == ["permissions violation", "the bus closed the connection"]
