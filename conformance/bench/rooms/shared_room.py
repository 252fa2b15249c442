"""Shared rooms: the article's participants in a stable room that all read-only checks share.

Filling a room is expensive, so each kind is filled once per run: alice and bob with the right key
in every kind; in a zero-knowledge room also mallory, who typed a wrong secret, and nemo, who typed
none. The checks change nothing there; they only send messages.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation, all_of
from conformance.bench.core.evaluation import until_true
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room, unique
from conformance.bench.room_fixtures import ENCRYPTED
from conformance.bench.rooms.server_responses import knows_room
from conformance.bench.rooms.shown_errors import errors_without_cause
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
    errors_before_others: Observation | None = None
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

    def right_keys_are_shown_no_errors(self) -> Claim:
        """Before anyone without the right key came, alice and bob were shown no decryption errors.

        Later they are: the others' media and messages cannot be decrypted.
        """

        async def look() -> Observation:
            not_seen = Observation(False, "it was not observed", {}, readable=False)
            return self.errors_before_others or not_seen

        text = "alice and bob were shown no decryption error before anyone without the key came"
        return Claim(text, look, [])

    def prompts_were_held(self) -> Claim:
        """mallory and nemo left their prompts unanswered while alice saw more of bob."""

        async def look() -> Observation:
            held = {person.name: person.held for person in self.without_key}
            words = [f"{name}: {seen.words if seen else 'no'}" for name, seen in held.items()]
            return Observation(
                bool(held) and all(seen is not None and seen.true for seen in held.values()),
                "; ".join(words) or "nobody was there",
            )

        return Claim("mallory and nemo did not answer their prompts at once", look, [])

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
        together_seen = shared.before_others.true
        if together_seen:
            shared.errors_before_others = await errors_without_cause([alice, bob])

        def meanwhile() -> Claim:
            return alice.sees_next(bob, timeouts.PROMPT_FRAMES)

        hold = meanwhile if together_seen else None
        shared.mallory, shared.nemo = await asyncio.gather(
            room.join("mallory", secret=wrong, hold=hold), room.join("nemo", secret=None, hold=hold)
        )
    return shared


async def _tap_where_encrypted(room: Room) -> None:
    """Attach an SFU tap where the forwarded media must be ciphertext."""
    if room.kind in ENCRYPTED:
        await room.attach_sfu_tap()
