"""Two sessions of one room, with the same room id and the same secret: what isolation is read of.

In a zero-knowledge room alice types the same secret both times; in a simple room each session has
what the server gives it. The first session is lived: alice's devices go off and on, bob comes late,
loses his connection and loads his page anew. The second stays open, and empty: pages that nobody
needs are dear.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.evaluation import until_true
from conformance.bench.core.participant import Channel, Participant
from conformance.bench.core.room import Room, RoomFactory, unique
from conformance.bench.core.sfu_media import KINDS, Media, MediaKind
from conformance.bench.crypto.media_keys import forwarded_enough, readable_tracks, some_key_opens
from conformance.bench.crypto.message_keys import CapturedMessages
from conformance.bench.sessions.disruptions import (
    Disruptions,
    change_devices,
    come_late,
    reconnect,
    reload,
)
from conformance.bench.sessions.replay import RecordedMessages, record
from conformance.stacks.base import RoomKind
from conformance.verdicts import ClaimFailed, ControlFailed, InsufficientEvidence, NotApplicable


@dataclass
class Session:
    """One of the two: the people with the right secret, and what the first of them said."""

    name: str
    room: Room
    people: Sequence[Participant]
    recording: RecordedMessages
    kinds: Sequence[MediaKind]
    trouble: str | None = None
    disruptions: Disruptions = field(default_factory=Disruptions)

    @property
    def marker(self) -> str:
        """A text that was sent."""
        return next(iter(self.recording.said.values()), "")

    @property
    def messages(self) -> CapturedMessages:
        """The data messages that were sent."""
        return CapturedMessages(self.name, self.people)

    @property
    def media(self) -> Media:
        """What the SFU forwarded; raises Thin where nobody kept it."""
        return self.room.media(self.name, self.people)

    @property
    def recorded_media(self) -> Media:
        """The same of just the person whose messages were recorded, to be sent again."""
        return self.room.media(self.name, [self.recording.person])

    def took_place(self) -> Claim:
        """The control: everybody got in and could send."""

        async def look() -> Observation:
            who = self.people[0]  # what becomes of the others is FLOW-4's to say
            failures = [who.join_failure] if who.join_failure is not None else []
            failures += [self.trouble] if self.trouble else []
            return Observation(not failures, "; ".join(failures) or "everybody was in and sent")

        return Claim(f"{self.name} took place", look, [])


@dataclass
class TwoSessions:
    """Both sessions; the first is over when they are judged."""

    first: Session
    second: Session
    secret: str | None
    """What was typed in both; None where the server supplies one."""

    async def newcomer(self, name: str) -> Participant:
        """Somebody with the right secret who comes into the second.

        Nobody is there who could give them what was said before: what they get was sent again.
        """
        return await self.second.room.join(name, secret=self.secret, is_admin=True)

    def are_two(self) -> Claim:
        """The control: one room id, two sessions.

        The second was created when the server said that the first was over. That both have one
        Session ID is no reason to stop: then the same key opens both, and that is the finding.
        """

        async def look() -> Observation:
            one, other = self.first.room, self.second.room
            ids = [one.session_id, other.session_id]
            return Observation(
                one.room_id == other.room_id and one is not other,
                f"session ids {ids[0]} and {ids[1]}",
                {"session_ids": ids},
            )

        return Claim("the room had two sessions", look, [])


@asynccontextmanager
async def open_two_sessions(factory: RoomFactory, kind: RoomKind) -> AsyncIterator[TwoSessions]:
    """Hold both sessions, one after the other, and end the first; in the end the second ends, too.

    What the subject does wrong is kept, not raised: each check says what it needs as its control.
    Where no published formula opens the media, both are held once more, with an eye on the keys
    that the client itself makes: these need no formula.
    """
    async with AsyncExitStack() as standing:
        crossed = await _both(factory, kind, standing, watches_keys=False)
        if await _is_unknown(crossed.first):
            await standing.aclose()
            crossed = await _both(factory, kind, standing, watches_keys=True)
        yield crossed


async def _is_unknown(session: Session) -> bool:
    """Whether there are frames that no known formula opens, and that are not just in clear."""
    if session.room.sfu_tap is None or session.trouble:
        return False
    enough = await forwarded_enough(session.media, ("audio",)).look()
    known = await some_key_opens(session.media, "audio").look()
    return enough.true and not known.true and not await readable_tracks(session.media)


async def _both(
    factory: RoomFactory, kind: RoomKind, standing: AsyncExitStack, *, watches_keys: bool
) -> TwoSessions:
    secret = unique("both") if kind is RoomKind.ZERO_KNOWLEDGE else None
    async with factory.opened(kind) as room:
        room.watches_keys = watches_keys
        first = await _hold(room, "session 1", secret)
        alice = first.people[0]
        if alice.join_failure is None:
            await _live(first, alice, secret)
    room = await factory.create_again(room)
    standing.push_async_callback(room.close)
    room.watches_keys = watches_keys
    second = await _hold(room, "session 2", secret)
    await room.empty()
    return TwoSessions(first, second, secret)


async def _hold(room: Room, name: str, secret: str | None) -> Session:
    alice, _ = await asyncio.gather(
        room.join("alice", secret=secret, is_admin=True), room.attach_sfu_tap()
    )
    session = Session(name, room, [alice], RecordedMessages(name, alice, {}), KINDS)
    try:
        if alice.join_failure is None:
            await _send(session, alice)
    except (ClaimFailed, ControlFailed, InsufficientEvidence) as failure:
        session.trouble = str(failure)
    return session


async def _live(session: Session, alice: Participant, secret: str | None) -> None:
    """What happens in the first session; see `conformance.bench.sessions.disruptions`."""
    room, disruptions = session.room, session.disruptions
    try:
        if room.sfu_tap is not None:
            await change_devices(disruptions, alice, session.media)
        bob = await come_late(disruptions, room, "bob", alice, secret)
        if bob.join_failure is not None:
            return
        session.people = [alice, bob]
        await reconnect(disruptions, room, bob, alice)
        await reload(disruptions, room, bob, alice)
        if room.sfu_tap is not None:
            enough = forwarded_enough(session.media, ("audio", "camera"))
            await until_true(enough, alice.alarm)
    except (ClaimFailed, InsufficientEvidence) as failure:
        session.trouble = str(failure)


async def _send(session: Session, alice: Participant) -> None:
    """Messages on every channel, and media of every kind until there is enough of it."""
    session.recording = await record(session.name, alice)
    channel: Channel = next(iter(session.recording.said))
    try:
        await alice.shares_screen()
    except NotApplicable:
        session.kinds = ("audio", "camera")
    for number in range(timeouts.NONCES - 1):
        await alice.sends(channel, f"{session.marker} {number}")
    if session.room.sfu_tap is not None:
        await until_true(forwarded_enough(session.media, session.kinds), alice.alarm)
