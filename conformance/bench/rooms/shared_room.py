"""Settled rooms: the people of the article, come to rest, shared by every check that only looks.

A settled room is dear on two cores, so a kind of room has one in a run: alice and bob with the
right key in every kind; in a zero-knowledge room also mallory, who typed a wrong secret, and
nemo, who typed none. Nobody in it changes anything but by sending messages.
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
    """A room at rest. `outsiders` are those with a wrong key or none, empty but in zero-knowledge.

    `right_secret` is what alice and bob typed, None where the client never asks.
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
    """The round that it is the room of, None in a run that repeats nothing."""

    @property
    def name(self) -> str:
        """What the report calls it: its kind, and its round where there are several."""
        return f"{self.room.kind}, round {self.round}" if self.round else str(self.room.kind)

    @property
    def without_key(self) -> list[Participant]:
        """mallory and nemo, where there are any."""
        return [person for person in (self.mallory, self.nemo) if person is not None]

    def saw_each_other_before(self) -> Claim:
        """alice and bob saw and heard each other before anybody without the right key came."""

        async def look() -> Observation:
            return self.before_others or Observation(False, "nobody looked", {})

        return Claim("alice and bob saw and heard each other before", look, [])

    @property
    def joined(self) -> list[Participant]:
        """Everybody whom the client let in."""
        return [person for person in self.people if person.join_failure is None]

    @property
    def told(self) -> list[Participant]:
        """Everybody who is in, or was told enough of the room to stay out of it."""
        return [p for p in self.people if p.join_failure is None or knows_room(p)]

    @property
    def people(self) -> list[Participant]:
        """Everybody in the room."""
        return [self.alice, self.bob, *self.without_key]


async def fill_shared_room(room: Room) -> SharedRoom:
    """Fill the room and let it come to rest.

    The right-key people come first and get the time to see each other, so that "the others go on
    undisturbed" has a before. Nothing that the subject does wrong is raised here: each check says
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
    """What the SFU forwards is judged where it should be ciphertext."""
    if room.kind in ENCRYPTED:
        await room.attach_sfu_tap()
