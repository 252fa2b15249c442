"""Shared rooms: the article's participants in a stable room that all read-only checks share.

Filling a room is expensive, so each kind is filled once per run: alice and bob with the right key
in every kind; in a zero-knowledge room also mallory, who typed a wrong secret, and nemo, who typed
none. The checks change nothing there; they only send messages.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from conformance.bench.core.claims import Claim, Observation, all_of
from conformance.bench.core.evaluation import until_true
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room, unique
from conformance.bench.room_fixtures import ENCRYPTED
from conformance.bench.rooms.server_responses import knows_room
from conformance.stacks.base import RoomKind


@dataclass
class SharedRoom:
    """A room in stable state. `mallory` and `nemo`: only in zero-knowledge.

    `right_secret`: what alice and bob typed; None if the client never asks.
    """

    room: Room
    alice: Participant
    bob: Participant
    mallory: Participant | None
    nemo: Participant | None
    right_secret: str | None
    wrong_secret: str | None
    first_mark_seconds: list[float]
    began: float
    before_others: Observation | None = None
    round: int | None = None
    """The round that this room belongs to; None in a run without rounds."""

    @property
    def name(self) -> str:
        """The room's name in reports: its kind, and its round if there are several."""
        return f"{self.room.kind}, round {self.round}" if self.round else str(self.room.kind)

    @property
    def without_key(self) -> list[Participant]:
        """mallory and nemo, if present."""
        return [person for person in (self.mallory, self.nemo) if person is not None]

    def saw_each_other_before(self) -> Claim:
        """alice and bob saw and heard each other before anyone without the right key came."""

        async def look() -> Observation:
            return self.before_others or Observation(False, "it was not observed", {})

        return Claim("alice and bob saw and heard each other before", look, [])

    @property
    def joined(self) -> list[Participant]:
        """All participants whom the client let in."""
        return [person for person in self.people if person.join_failure is None]

    @property
    def told(self) -> list[Participant]:
        """All participants who are in the room, or got its description and stayed out."""
        return [p for p in self.people if p.join_failure is None or knows_room(p)]

    @property
    def people(self) -> list[Participant]:
        """All participants of the room."""
        return [self.alice, self.bob, *self.without_key]


async def fill_shared_room(room: Room) -> SharedRoom:
    """Fill the room and wait until it is stable.

    The participants with the right key join first and see each other, so that checks can compare
    with the state before the others came. Failures of the subject do not raise; each check names
    what it needs as its control.
    """
    typed = room.kind is RoomKind.ZERO_KNOWLEDGE
    right = unique("right") if typed else None
    wrong = unique("wrong") if typed else None
    began = time.monotonic()
    (alice, bob), _ = await asyncio.gather(
        room.join_all("alice", "bob", secret=right, admin="alice"), _tap_where_encrypted(room)
    )
    shared = SharedRoom(room, alice, bob, None, None, right, wrong, [], began)
    together = all_of(
        "alice and bob see and hear each other",
        alice.sees(bob),
        bob.sees(alice),
        alice.hears(bob),
        bob.hears(alice),
    )
    shared.before_others = await until_true(together, alice.alarm)
    for one, other in ((alice, bob), (bob, alice)):
        seen = one.marks.picture(other.mark.identity, "camera")
        if seen is not None:
            shared.first_mark_seconds.append(seen.first - began)
    if typed:
        shared.mallory, shared.nemo = await asyncio.gather(
            room.join("mallory", secret=wrong), room.join("nemo", secret=None)
        )
    return shared


async def _tap_where_encrypted(room: Room) -> None:
    """Attach an SFU tap where the forwarded media must be ciphertext."""
    if room.kind in ENCRYPTED:
        await room.attach_sfu_tap()
