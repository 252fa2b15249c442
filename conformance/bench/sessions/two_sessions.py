"""Two sessions of one room, with the same room id and the same secret: for session isolation.

In a zero-knowledge room alice types the same secret both times; in a simple room the server gives
each session its own. The first session has disruptions: alice's devices switch off and on, before
and after bob joins late; bob loses his connection, alice's media restarts, bob reloads his page.
The second session stays open but empty, because open pages are expensive.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
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
    change_devices_before,
    come_late,
    reconnect,
    reload,
    restart_media,
    share_again,
)
from conformance.bench.sessions.replay import (
    MEDIA,
    RecordedMessages,
    Replayer,
    record,
    replayer,
)
from conformance.stacks.base import RoomKind
from conformance.verdicts import ClaimFailed, ControlFailed, InsufficientEvidence, NotApplicable


@dataclass
class Session:
    """One of the two: the participants with the right secret, and the first one's messages."""

    name: str
    room: Room
    people: Sequence[Participant]
    recording: RecordedMessages
    kinds: Sequence[MediaKind]
    trouble: str | None = None
    disruptions: Disruptions = field(default_factory=Disruptions)

    @property
    def marker(self) -> str:
        """A text that was sent; empty if the client has no messages."""
        return next(iter(self.recording.said.values()), "")

    @property
    def messages(self) -> CapturedMessages:
        """The data messages that were sent."""
        return CapturedMessages(self.name, self.people)

    @property
    def media(self) -> Media:
        """The media that the SFU forwarded; raises InsufficientEvidence without a tap."""
        return self.room.media(self.name, self.people)

    @property
    def recorded_media(self) -> Media:
        """The media of the recorded participant only, for the replay."""
        return self.room.media(self.name, [self.recording.person])

    def replayer(self) -> AbstractAsyncContextManager[Replayer]:
        """Somebody who sends recorded messages and media in this session."""
        return replayer(self.room)

    def took_place(self) -> Claim:
        """The control: everyone joined and could send."""

        async def look() -> Observation:
            who = self.people[0]  # FLOW-4 covers the others
            failures = [who.join_failure] if who.join_failure is not None else []
            failures += [self.trouble] if self.trouble else []
            return Observation(not failures, "; ".join(failures) or "everyone joined and sent")

        return Claim(f"{self.name} took place", look, [])


@dataclass
class TwoSessions:
    """Both sessions. The first has ended when the checks run."""

    first: Session
    second: Session
    secret: str | None
    """The secret typed in both sessions; None if the server supplies it."""

    async def newcomer(self, name: str) -> Participant:
        """A participant with the right secret who joins the second session.

        No one else there could send them earlier messages: what they get was replayed.
        """
        return await self.second.room.join(name, secret=self.secret, is_admin=True)

    def media_is_recorded(self) -> list[Claim]:
        """The control: enough sound and pictures of both sessions can be replayed."""
        return [forwarded_enough(one.recorded_media, MEDIA) for one in (self.first, self.second)]

    def are_two(self) -> Claim:
        """The control: one room id, two sessions.

        The second was created after the server had reported the end of the first. Equal Session IDs
        are allowed here: then the same key opens both, which is the finding.
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
    """Hold both sessions in sequence and end the first; the second ends with the context.

    Failures of the subject do not raise: each check names what it needs as its control. If no
    published formula opens the media, both sessions are held again while the harness records the
    keys that the client itself creates: these need no formula.
    """
    async with AsyncExitStack() as standing:
        crossed = await _both(factory, kind, standing, watches_keys=False)
        if await _is_unknown(crossed.first):
            await standing.aclose()
            crossed = await _both(factory, kind, standing, watches_keys=True)
        yield crossed


async def _is_unknown(session: Session) -> bool:
    """Are there frames that no known formula opens and that are not just unencrypted?"""
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
    """The events of the first session; see `conformance.bench.sessions.disruptions`."""
    room, disruptions = session.room, session.disruptions
    try:
        if room.sfu_tap is not None:
            await change_devices(disruptions, alice, session.media)
        bob = await come_late(disruptions, room, "bob", alice, secret)
        if bob.join_failure is not None:
            return
        session.people = [alice, bob]
        await change_devices_before(disruptions, alice, bob)
        await reconnect(disruptions, room, bob, alice)
        await restart_media(disruptions, room, alice, bob)
        shares = "screen" in session.kinds and await share_again(disruptions, alice, bob)
        await reload(disruptions, room, bob, alice, shares=shares)
        if room.sfu_tap is not None:
            enough = forwarded_enough(session.media, ("audio", "camera"))
            await until_true(enough, alice.alarm)
    except (ClaimFailed, InsufficientEvidence) as failure:
        session.trouble = str(failure)


async def _send(session: Session, alice: Participant) -> None:
    """Send messages on every channel, and wait until enough media of every kind was forwarded."""
    session.recording = await record(session.name, alice)
    channel: Channel | None = next(iter(session.recording.said), None)
    try:
        await alice.shares_screen()
    except NotApplicable:
        session.kinds = ("audio", "camera")
    for number in range(timeouts.NONCES - 1 if channel is not None else 0):
        await alice.sends(channel or "chat", f"{session.marker} {number}")
    if session.room.sfu_tap is not None:
        await until_true(forwarded_enough(session.media, session.kinds), alice.alarm)
