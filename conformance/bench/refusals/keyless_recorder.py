"""A recorder and broadcaster that comes into an encrypted room all the same, without the secret.

It has an access token, as the server itself gives to a bot (RECORDER_BOT is no reserved name), and
records into a file and to a stream target at once. Where the server hands the secret to everybody
who comes, it is withheld from it on the way.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation, ledger
from conformance.bench.core.room import Room
from conformance.bench.refusals.recorder_control import Attached, what_of
from conformance.bench.refusals.target_room import Refusing
from conformance.bench.rooms.server_responses import secret_of_created
from conformance.clients.recorder import Bot, BotFailed, Take
from conformance.clients.recorder.broadcast import Broadcast, BroadcastFailed
from conformance.observers.media.recorded import Recorded, read_recorded
from conformance.stacks.base import RoomKind
from conformance.stacks.services.rtmp import RtmpTarget
from conformance.verdicts import Evidence, Thin

BOT: Final = "RECORDER_BOT"
PEOPLE: Final = 2
"""Whose media has to reach it."""


@dataclass
class Uninvited:
    """What one bot got: the file, and what arrived at the target."""

    room: Room
    take: Take
    file: Recorded
    streamed: Recorded

    def received_packets(self) -> Claim:
        """The negative's reason: everybody's media reached its page while it recorded."""

        async def look() -> Observation:
            seen = self.take.transport
            inbound = seen.inbound() if seen else []
            sounds = sum(t.packets > 0 for t in inbound if t.kind == "audio")
            refused = seen.refused() if seen else 0
            fed = self.take.seconds_fed(PEOPLE)
            return Observation(
                fed >= timeouts.RECORDED_MEDIA and sounds >= PEOPLE,
                f"packets of {PEOPLE} people's video for {fed:.1f} s, of {sounds} people's sound; "
                f"{refused} errors of its cryptor",
                {
                    "tracks": [vars(track) for track in inbound],
                    "refusals": [vars(one) for one in seen.refusals] if seen else [],
                },
            )

        return Claim("everybody's packets reach the bot while it records", look, [])

    def recorded_something(self) -> Claim:
        """There are pictures and sound in both files: what is not in them was looked for."""

        async def look() -> Observation:
            both = (self.file, self.streamed)
            return Observation(
                self.take.problem is None and all(one.pictures and one.windows for one in both),
                f"file: {self.file.words}; stream: {self.streamed.words}"
                + (f"; {self.take.problem}" if self.take.problem else ""),
                {"file": self.file.facts, "stream": self.streamed.facts},
            )

        return Claim("the bot recorded and broadcast its page", look, [])

    def shows_nobody(self) -> Claim:
        """No mark of anybody in either file."""

        async def look() -> Observation:
            both = (self.file, self.streamed)
            marks = sum(len(one.readings) for one in both)
            return Observation(
                marks == 0,
                f"{marks} readings of a mark in {sum(one.pictures for one in both)} pictures",
                {"file": self.file.facts, "stream": self.streamed.facts},
            )

        return Claim("recording and broadcast show nobody", look, [])

    def plays_nobody(self) -> Claim:
        """No tone of anybody in either file. A client's own signals may sound: they are counted."""

        async def look() -> Observation:
            both = (self.file, self.streamed)
            tones = sum(len(one.tones) for one in both)
            loud = sum(one.windows - one.silent for one in both)
            return Observation(
                tones == 0,
                f"{tones} readings of tones, {loud} of {sum(one.windows for one in both)} windows "
                "not silent",
                {"file": self.file.facts, "stream": self.streamed.facts},
            )

        return Claim("recording and broadcast play nobody", look, [])

    @property
    def words(self) -> str:
        """What it got of each person, in words."""
        return what_of(self.file, self.room.people)


@asynccontextmanager
async def uninvited(attached: Attached, room: Room) -> AsyncIterator[_Recording]:
    """The bot is in and records; `outcome` ends that. It is gone when the context ends.

    Raises:
        Thin: it did not get in, or could not record.
    """
    async with AsyncExitStack() as parts:
        recording = await _begin(attached, room, parts, withheld=True)
        yield recording


async def note_what_is_handed_out(attached: Attached, refusing: Refusing) -> None:
    """In a simple room: what a bot records to whom the server hands the secret, as a note.

    Where the server itself has sent a recorder to work, its file has shown that already.
    """
    if refusing.room.kind is not RoomKind.SIMPLE or refusing.recorded:
        return
    try:
        async with AsyncExitStack() as parts:
            recording = await _begin(attached, refusing.room, parts, withheld=False)
            await recording.enough()
            got = await recording.outcome()
    except Thin as failure:
        words = f"it could not be seen: {failure}"
        ledger().evidence.append(Evidence(kind="note", summary=f"{_HANDED}: {words}"))
        return
    ledger().evidence.append(
        Evidence(kind="note", summary=f"{_HANDED}: it records {got.words}", data=got.file.facts)
    )


_HANDED: Final = "a bot that joins as a participant, and so is handed the secret by the server"


@dataclass
class _Recording:
    """A bot at work."""

    attached: Attached
    room: Room
    bot: Bot
    take: Take
    target: RtmpTarget
    secret: str | None
    _closed: bool = False

    async def enough(self) -> None:
        """Wait until packets of everybody have been arriving for long enough."""
        await self.take.wait_for(
            lambda: self.take.seconds_fed(PEOPLE) >= timeouts.RECORDED_MEDIA, timeouts.RECORDED
        )

    def goes_on(self) -> Claim:
        """Packets have been arriving for long enough."""

        async def look() -> Observation:
            fed = self.take.seconds_fed(PEOPLE)
            return Observation(
                fed >= timeouts.RECORDED_MEDIA,
                f"{fed:.1f} s of {PEOPLE} people's packets, {timeouts.RECORDED_MEDIA:.0f} s needed",
            )

        return Claim(
            "people's packets go on reaching the bot", look, [self.take], timeouts.RECORDED
        )

    async def close(self) -> None:
        """End it; safe to call twice."""
        if not self._closed:
            self._closed = True
            await self.bot.close()

    async def outcome(self) -> Uninvited:
        """End it and read both files; both are kept as evidence.

        Raises:
            Thin: the secret was not withheld although it should have been.
        """
        await self.close()
        await self.target.ended(timeouts.STOPPED)
        if self.secret is not None and not self.bot.blinded:
            raise Thin("the secret could not be withheld from the bot: its page never got it so")
        places = self.take.places
        got = Uninvited(
            self.room,
            self.take,
            await read_recorded(self.take.file, places),
            await read_recorded(self.target.file, places),
        )
        for file, read in ((self.take.file, got.file), (self.target.file, got.streamed)):
            who = "without" if self.secret or self.room.kind is not RoomKind.SIMPLE else "with"
            words = f"a bot {who} the secret: {what_of(read, self.room.people)}; {read.words}"
            kept = self.attached.evidence_of(file, words)
            ledger().evidence += [kept] if kept else []
        return got


async def _begin(
    attached: Attached, room: Room, parts: AsyncExitStack, *, withheld: bool
) -> _Recording:
    stack, recorder = attached.rooms.stack, attached.recorder
    secret = secret_of_created(room.created) if withheld else None
    target = await parts.enter_async_context(attached.target())
    token = await stack.api.join_token(room.room_id, BOT, BOT, is_admin=True, is_hidden=True)
    try:
        bot = await Bot.enter(
            await recorder.browser(),
            attached.rooms.driver,
            attached.rooms.driver.url(stack.endpoints.page_url, token),
            name="uninvited recorder",
            uninvited=True,
            withhold=secret,
            ignore_https_errors=stack.ignore_https_errors,
        )
    except BotFailed as failure:
        raise Thin(f"an uninvited recorder could not be tried: {failure}") from failure
    file = attached.folder / f"{'uninvited' if withheld else 'handed'}-{room.room_id}.webm"
    take = Take(Path(file))
    recording = _Recording(attached, room, bot, take, target, secret)
    parts.push_async_callback(recording.close)
    try:
        take.broadcast = await Broadcast.start(target.url)
        await bot.record(take)
    except (BotFailed, BroadcastFailed) as failure:
        raise Thin(f"an uninvited recorder could not record: {failure}") from failure
    return recording
