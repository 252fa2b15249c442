"""Checks about a participant without the right key: once with a wrong key, once with none.

The article treats both alike (option B, second bullet), so one scenario covers two requirements:
WRONG-n about mallory, who types a wrong secret, and NOKEY-n about nemo, who types none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pytest

from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Channel, Participant
from conformance.bench.room_fixtures import in_shared_rooms
from conformance.bench.rooms.shared_room import SharedRoom
from conformance.catalogue import requirement
from conformance.observers.answers import answers
from conformance.stacks.base import RoomKind
from conformance.verdicts import NotApplicable

NAMES: Final[Mapping[str, str]] = {"WRONG": "mallory", "NOKEY": "nemo"}
"""Area of the catalogue to the participant that its requirements are about."""

REASONS: Final[Mapping[str, Sequence[str]]] = {
    "WRONG": ("InvalidKey",),
    "NOKEY": ("MissingKey", "InvalidKey"),
}
"""Area to the errors of livekit-client's cryptor (CryptorErrorReason) that explain a refusal."""


def requirement_pair(wrong: str, no_key: str) -> Callable[[Any], Any]:
    """Run a scenario in the shared zero-knowledge room for both requirements.

    The scenario's parameter `area` is "WRONG" or "NOKEY".
    """

    def decorate(function: Any) -> Any:
        cases = [
            pytest.param("WRONG", marks=requirement(wrong), id="wrong_key"),
            pytest.param("NOKEY", marks=requirement(no_key), id="no_key"),
        ]
        zero_knowledge = in_shared_rooms(RoomKind.ZERO_KNOWLEDGE)
        return zero_knowledge(pytest.mark.parametrize("area", cases)(function))

    return decorate


def joiner(shared_room: SharedRoom, area: str) -> Participant:
    """mallory or nemo, whether or not the client let them in."""
    return next(person for person in shared_room.without_key if person.name == NAMES[area])


def person_without_key(shared_room: SharedRoom, area: str) -> Participant:
    """mallory or nemo, inside the room.

    A client that keeps out everybody without a key violates WRONG-1 or NOKEY-1. The other
    requirements then do not apply.

    Raises:
        NotApplicable: the client says that it lets nobody in with what this person typed.
    """
    person = joiner(shared_room, area)
    if person.turned_away is not None:
        raise NotApplicable(
            f"the client refuses earlier: {person.turned_away}",
            confirmed="WRONG-1 and NOKEY-1 judge that it admits nobody this way",
        )
    return person


def was_sent_bytes(person: Participant, channel: Channel) -> Claim:
    """Messages of this channel reached this person's browser, readable or not."""
    field_of = {"chat": "chat", "whiteboard": "whiteboard", "data": "data_channel"}

    async def look() -> Observation:
        verify = answers(person.traffic).verify or {}
        subject = (verify.get("nats_subjects") or {}).get(field_of[channel], "")
        got = [
            m
            for m in person.traffic.nats
            if m.direction == "received" and subject and m.subject.startswith(f"{subject}.")
        ]
        size = sum(len(m.payload) for m in got)
        return Observation(
            bool(got),
            f"{len(got)} messages, {size} bytes on {subject or 'an unknown subject'}",
            {"messages": len(got), "bytes": size},
        )

    return person.shown(f"{person.name}'s browser receives {channel} messages", look, 10.0)
