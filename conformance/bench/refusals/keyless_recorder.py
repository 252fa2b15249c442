"""A recorder and broadcaster that joins an encrypted room, without the secret.

It has an access token like the one that the server gives to a bot (RECORDER_BOT is no reserved
name). It records into a file and to a stream target at once. If the server hands the secret to
everyone who joins, the harness replaces the secret on the way to the bot's page.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from conformance.bench.core import timeouts
from conformance.bench.core.check_context import Ledger
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.room import Room
from conformance.bench.refusals.recorder_control import RecorderControl, words_of
from conformance.bench.refusals.target_room import EncryptedRoom
from conformance.bench.rooms.server_responses import secret_of_created
from conformance.clients.recorder import Bot, BotFailed, Take
from conformance.clients.recorder.broadcast import Broadcast, BroadcastFailed
from conformance.observers.media.recorded import Recorded, read_recorded
from conformance.stacks.base import RoomKind
from conformance.stacks.services.rtmp import RtmpTarget
from conformance.verdicts import Evidence, InsufficientEvidence

BOT: Final = "RECORDER_BOT"
PEOPLE: Final = 2
"""Number of participants whose media must reach it."""


@dataclass
class KeylessRecorder:
    """The result of one bot: its file, and the stream at the target."""

    room: Room
    take: Take
    file: Recorded
    streamed: Recorded
    evidence: list[Evidence] = field(default_factory=list)
    """Both files, where they exist; evidence of every claim about them."""

    def received_packets(self) -> Claim:
        """Precondition of the negative claims: everyone's media reached the bot's page."""

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
        """Both files contain pictures and sound, so missing marks and tones mean something."""

        async def look() -> Observation:
            both = (self.file, self.streamed)
            return Observation(
                self.take.problem is None and all(one.pictures and one.windows for one in both),
                f"file: {self.file.words}; stream: {self.streamed.words}"
                + (f"; {self.take.problem}" if self.take.problem else ""),
                {"file": self.file.facts, "stream": self.streamed.facts},
                evidence=self.evidence,
            )

        return Claim("the bot recorded and broadcast its page", look, [])

    def shows_nobody(self) -> Claim:
        """Neither file contains anyone's mark."""

        async def look() -> Observation:
            both = (self.file, self.streamed)
            marks = sum(len(one.readings) for one in both)
            return Observation(
                marks == 0,
                f"{marks} readings of a mark in {sum(one.pictures for one in both)} pictures",
                {"file": self.file.facts, "stream": self.streamed.facts},
                evidence=self.evidence,
            )

        return Claim("recording and broadcast show nobody", look, [])

    def plays_nobody(self) -> Claim:
        """Neither file contains anyone's tones. Other sounds of the client are only counted."""

        async def look() -> Observation:
            both = (self.file, self.streamed)
            tones = sum(len(one.tones) for one in both)
            loud = sum(one.windows - one.silent for one in both)
            return Observation(
                tones == 0,
                f"{tones} readings of tones, {loud} of {sum(one.windows for one in both)} windows "
                "not silent",
                {"file": self.file.facts, "stream": self.streamed.facts},
                evidence=self.evidence,
            )

        return Claim("recording and broadcast play nobody", look, [])

    @property
    def words(self) -> str:
        """What it got of each participant, in words."""
        return words_of(self.file, self.room.people)


@asynccontextmanager
async def keyless_recorder(
    recorder_control: RecorderControl, room: Room
) -> AsyncIterator[_Recording]:
    """A bot that has joined and records; `outcome` ends the recording. It leaves at the end.

    Raises:
        InsufficientEvidence: it did not join, or could not record.
    """
    async with AsyncExitStack() as parts:
        recording = await _begin(recorder_control, room, parts, withheld=True)
        yield recording


async def note_what_is_handed_out(
    recorder_control: RecorderControl, encrypted_room: EncryptedRoom, ledger: Ledger
) -> None:
    """In a simple room, note in `ledger` what a bot records if the server gives it the secret.

    Skipped if the server itself sent a recorder: then its file has shown that already.
    """
    if encrypted_room.room.kind is not RoomKind.SIMPLE or encrypted_room.recorded:
        return
    try:
        async with AsyncExitStack() as parts:
            recording = await _begin(recorder_control, encrypted_room.room, parts, withheld=False)
            await recording.enough()
            got = await recording.outcome()
    except InsufficientEvidence as failure:
        words = f"could not observe it: {failure}"
        ledger.add_evidence([Evidence(kind="note", summary=f"{_HANDED}: {words}")])
        return
    words = f"it records {got.words}"
    note = Evidence(kind="note", summary=f"{_HANDED}: {words}", data=got.file.facts)
    ledger.add_evidence([*got.evidence, note])


_HANDED: Final = "a bot that joins as a participant, so that the server gives it the secret"


@dataclass
class _Recording:
    """A bot that is recording."""

    recorder_control: RecorderControl
    room: Room
    bot: Bot
    take: Take
    target: RtmpTarget
    secret: str | None
    _closed: bool = False

    async def enough(self) -> None:
        """Wait until packets of all participants have arrived for long enough."""
        await self.take.wait_for(
            lambda: self.take.seconds_fed(PEOPLE) >= timeouts.RECORDED_MEDIA, timeouts.RECORDED
        )

    def goes_on(self) -> Claim:
        """Packets have arrived for long enough."""

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
        """Stop the recording. Safe to call twice."""
        if not self._closed:
            self._closed = True
            await self.bot.close()

    async def outcome(self) -> KeylessRecorder:
        """Stop the recording and read both files: they are evidence of the claims about them.

        Raises:
            InsufficientEvidence: the secret was not replaced although it had to be.
        """
        await self.close()
        await self.target.ended(timeouts.STOPPED)
        if self.secret is not None and not self.bot.replaced_secrets:
            raise InsufficientEvidence(
                "the bot's secret could not be replaced: its page got no readable one"
            )
        places = self.take.places
        got = KeylessRecorder(
            self.room,
            self.take,
            await read_recorded(self.take.file, places),
            await read_recorded(self.target.file, places),
        )
        for file, read in ((self.take.file, got.file), (self.target.file, got.streamed)):
            who = "without" if self.secret or self.room.kind is not RoomKind.SIMPLE else "with"
            words = f"a bot {who} the secret: {words_of(read, self.room.people)}; {read.words}"
            kept = self.recorder_control.evidence_of(file, words)
            got.evidence += [kept] if kept else []
        return got


async def _begin(
    recorder_control: RecorderControl, room: Room, parts: AsyncExitStack, *, withheld: bool
) -> _Recording:
    stack, recorder = recorder_control.rooms.stack, recorder_control.recorder
    secret = secret_of_created(room.created) if withheld else None
    target = await parts.enter_async_context(recorder_control.target())
    token = await stack.api.join_token(room.room_id, BOT, BOT, is_admin=True, is_hidden=True)
    try:
        bot = await Bot.enter(
            await recorder.browser(),
            recorder_control.rooms.driver,
            recorder_control.rooms.driver.url(stack.endpoints.page_url, token),
            name="recorder without the secret",
            keyless=True,
            withhold=secret,
            ignore_https_errors=stack.ignore_https_errors,
        )
    except BotFailed as failure:
        raise InsufficientEvidence(
            f"a recorder without the secret could not be tried: {failure}"
        ) from failure
    file = (
        recorder_control.folder
        / f"{'keyless_recorder' if withheld else 'handed'}-{room.room_id}.webm"
    )
    take = Take(Path(file))
    recording = _Recording(recorder_control, room, bot, take, target, secret)
    parts.push_async_callback(recording.close)
    try:
        take.broadcast = await Broadcast.start(target.url)
        await bot.record(take)
    except (BotFailed, BroadcastFailed) as failure:
        raise InsufficientEvidence(
            f"a recorder without the secret could not record: {failure}"
        ) from failure
    return recording
