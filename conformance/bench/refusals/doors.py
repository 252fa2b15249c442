"""Claims that every door to a refused feature is shut, and stays shut until the room is gone.

Each kind of encrypted room gets one room of refusals: created with options that ask for everything,
with a moderator's page in it and a breakout room beside it. Everything is asked for there, on every
path, twice; then these rooms and the room of the other checks are watched (watch.py).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room, unique
from conformance.bench.refusals.ai_activity import (
    LANG,
    OTHER_LANG,
    SUMMARISE,
    summary_request,
)
from conformance.bench.refusals.keyless_recorder import BOT
from conformance.bench.refusals.paths import (
    BREAKOUT_ADMIN,
    TASKS,
    WITH_EVERYTHING,
    Asked,
    Path,
    PlainPaths,
    ask,
    open_breakout_room,
    press,
)
from conformance.bench.refusals.recorder_control import RecorderControl
from conformance.bench.refusals.target_room import EncryptedRoom
from conformance.bench.refusals.watch import (
    SUBJECTS,
    RefusalWatch,
    Side,
    Sighting,
    WatchedRoom,
    in_words,
)
from conformance.clients.headless import session
from conformance.clients.headless.requests import post
from conformance.observers.bus import tapped
from conformance.observers.notifier import Notifier
from conformance.stacks.base import RoomKind, Stack
from conformance.stacks.errors import StackError
from conformance.verdicts import InsufficientEvidence
from conformance.wire import plugnmeet_pb2 as pb

WATCHED_S: Final = 30.0
"""The shortest watch after the last request. Without other checks in between, a check waits."""
GONE_S: Final = 10.0
"""From endRoom until the room's people are told so."""


class StreamDoor(Notifier):
    """A stream target that only counts connections. A context; `url`: its address."""

    def __init__(self) -> None:
        super().__init__()
        self.url, self.calls, self.own = "", 0, 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> StreamDoor:
        self._server = await asyncio.start_server(self._called, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"rtmp://127.0.0.1:{port}/live/{secrets.token_hex(8)}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def _called(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        writer.close()
        self.notify()

    async def call(self) -> bool:
        """Call it as a broadcaster would: the canary. True if the call was counted."""
        before, port = self.calls, int(self.url.split(":")[2].partition("/")[0])
        self.own += 1
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return await self.wait_for(lambda: self.calls > before, GONE_S)

    @property
    def strangers(self) -> int:
        """The calls that the harness did not make."""
        return max(0, self.calls - self.own)


@dataclass(frozen=True)
class AiAsked:
    """The answer to one request for AI."""

    what: str
    accepted: bool
    said: str

    def __str__(self) -> str:
        return f'{self.what}: {"accepted" if self.accepted else "refused"}, "{self.said}"'


@dataclass
class Doors:
    """The room of refusals of one kind, its breakout room, and the answers to every request.

    `not_tried`: paths that do not exist here, in words. `pressed`: what the page did.
    """

    recorder_control: RecorderControl
    room: Room
    alice: Participant
    watch: RefusalWatch
    target: StreamDoor
    plain: PlainPaths
    asked: list[Asked] = field(default_factory=list)
    ai: list[AiAsked] = field(default_factory=list)
    not_tried: list[str] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    breakout: str | None = None
    _asked_at: float = field(default_factory=time.monotonic)
    _heard_at_the_end: Observation | None = None
    _ending: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def stack(self) -> Stack:
        """The server under test."""
        return self.recorder_control.rooms.stack

    # -- asking ----------------------------------------------------------------------------

    async def ask_for_everything(self) -> None:
        """Ask for everything on every path, twice.

        Raises:
            InsufficientEvidence: a request has no readable answer.
        """
        room = self.room
        places = [(False, self.alice.token, self.alice.user_id, room.room_id, room.session_id)]
        try:
            breakout, token, sid = await open_breakout_room(self.stack, room.room_id)
        except InsufficientEvidence as failure:
            self.not_tried.append(f"breakout room: {failure}")
        else:
            self.breakout = breakout
            watched = WatchedRoom("its breakout room", breakout, sid, {BREAKOUT_ADMIN})
            self.watch.rooms.append(watched)
            places.append((True, token, BREAKOUT_ADMIN, breakout, sid))
        for again in (False, True):
            for in_breakout, token, user_id, room_id, sid in places:
                for task in TASKS:
                    for other in (False, True):
                        path = Path(task, other, in_breakout)
                        self.asked.append(
                            await ask(
                                self.stack, token, path, room_id, sid, self.target.url, again=again
                            )
                        )
                if "ai" not in self.stack.lacks:
                    where = "a breakout room" if in_breakout else "the room"
                    self.ai += await self._ask_ai(token, user_id, where)
        self.pressed = await press(self.alice, ("recording", "rtmp", "ai"))
        await self._visit()
        self._asked_at = time.monotonic()

    async def _visit(self) -> None:
        """Let a second person come and go: a server may wait for one before it begins."""
        visitor = f"visitor-{secrets.token_hex(4)}"
        self.watch.rooms[0].known.add(visitor)
        try:
            await session.fetch_initial_data(self.stack, self.room.room_id, visitor)
        except (InsufficientEvidence, StackError) as failure:
            self.not_tried.append(f"a visitor: {failure}")

    async def _ask_ai(self, token: str, user_id: str, where: str) -> list[AiAsked]:
        configure = pb.InsightsTranscriptionConfigReq(
            is_enabled=True,
            allowed_spoken_langs=[LANG],
            allowed_speech_users=[user_id],
            is_enabled_translation=True,
            allowed_trans_langs=[OTHER_LANG],
            default_subtitle_lang=LANG,
        )
        start = pb.InsightsTranscriptionUserSessionReq(
            action=pb.InsightsUserSessionAction.USER_SESSION_ACTION_START, spoken_lang=LANG
        )
        answers = []
        for path, message in (
            ("transcription/configure", configure),
            ("transcription/userSession", start),
            (SUMMARISE, summary_request()),
        ):
            said = await post(
                self.stack, token, f"/api/insights/{path}", message, pb.CommonResponse,
                timeout=timeouts.AI_ANSWER,
            )  # fmt: skip
            answers.append(AiAsked(f"{path} of {where}", said.status, said.msg))
        return answers

    # -- claims ----------------------------------------------------------------------------

    def are_open(self) -> Claim:
        """The moderator is in the room, and everything was asked for."""

        async def look() -> Observation:
            failure = self.alice.join_failure
            words = failure or f"{len(self.asked)} requests for recorders, {len(self.ai)} for AI"
            return Observation(
                failure is None and bool(self.asked),
                f"{words}; in a plain room {self.plain.words}",
                {"not_tried": self.not_tried, "page": self.pressed},
            )

        return Claim("everything is asked for in a room of refusals", look, [])

    def refuse_recorders(self) -> Claim:
        """Every request for a recording or a broadcast was refused, for a reason of its own."""

        async def look() -> Observation:
            judged = [one for one in self.asked if self.plain.has(one.path)]
            accepted = [one for one in judged if one.accepted]
            # Where a plain room lacks the path, an acceptance is none the less one.
            accepted += [one for one in self.asked if one.accepted and one not in judged]
            unclear = [one for one in judged if one.for_another_reason]
            left_out = sorted({str(one.path) for one in self.asked if one not in judged})
            words = "; ".join(str(one) for one in (accepted or unclear)[:3])
            return Observation(
                not accepted and not unclear,
                words
                or f"{len(judged)} requests refused"
                + (f"; not applicable: {', '.join(left_out)}" if left_out else ""),
                {"answers": [str(one) for one in self.asked], "not_applicable": left_out},
                readable=bool(accepted) or not unclear,
            )

        return Claim("every request for a recorder is refused, on every path, twice", look, [])

    def refuse_ai(self) -> Claim:
        """Every request for AI that listens was refused."""

        async def look() -> Observation:
            accepted = [str(one) for one in self.ai if one.accepted]
            silent = [one for one in self.ai if not one.said]
            words = "; ".join(accepted[:3]) or f"{len(self.ai)} requests refused"
            return Observation(
                bool(self.ai) and not accepted and not silent,
                words,
                {"answers": [str(one) for one in self.ai]},
                readable=bool(accepted) or (bool(self.ai) and not silent),
            )

        return Claim("every request for AI is refused, on every path, twice", look, [])

    def were_watched(self) -> Claim:
        """The rooms were watched for long enough, and the observers worked to the end."""

        async def look() -> Observation:
            heard = self._heard_at_the_end or Observation(False, "the end was not reached")
            problems = self.watch.problems
            return Observation(
                heard.true and not problems,
                f"{self.watch.seconds:.0f} s, {sum(r.looks for r in self.watch.rooms)} looks at "
                f"the SFU; {heard.words}" + (f"; {problems[0]}" if problems else ""),
                {"problems": problems[:5]},
            )

        return Claim("the rooms of refusals are watched until they are gone", look, [])

    def nothing_came(self, side: Side) -> Claim:
        """Nothing that was refused happened while the rooms lived."""

        async def look() -> Observation:
            seen = self.sightings(side)
            words = in_words(seen) or f"nothing in {len(self.watch.rooms)} rooms"
            return Observation(not seen, words, {"seen": [str(one) for one in seen]})

        what = "recording or broadcast" if side == "recorder" else "AI"
        return Claim(f"no refused {what} shows until the rooms are gone", look, [])

    def sightings(self, side: Side) -> list[Sighting]:
        """What was seen of recorders, or of AI."""
        self.watch.read()
        if self.target.strangers:
            room = self.watch.rooms[0]
            self.watch.see("recorder", "the stream target was called", room)
        return [one for one in self.watch.sightings if one.side == side]

    # -- the end ---------------------------------------------------------------------------

    async def until_gone(self, side: Side) -> None:
        """Watch the rooms for long enough, end them, and see that the observers still worked.

        Ends at once when something of this side is seen: then the check fails.
        """
        async with self._ending:
            if self._heard_at_the_end is not None:
                return
            left = max(0.0, self._asked_at + WATCHED_S - time.monotonic())
            if await self.watch.wait_for(lambda: bool(self.sightings(side)), left):
                return
            self._heard_at_the_end = await self._end()

    async def _end(self) -> Observation:
        """End the rooms. The bus must still show it, and the target must still count a call."""
        called = await self.target.call()
        for room_id in (self.breakout, self.room.room_id):
            if room_id is not None:
                await self.stack.api.see_room_ended(room_id)
        told = await self.watch.hears_the_end(self.room.room_id, GONE_S)
        await self.watch.stop()
        words = f"the end of the room was {'heard' if told else 'not heard'} on the bus"
        return Observation(told and called, words + ("" if called else "; the target is deaf"))


@asynccontextmanager
async def open_doors(
    recorder_control: RecorderControl, encrypted_room: EncryptedRoom
) -> AsyncIterator[Doors]:
    """Open a room of refusals, ask for everything in it, and watch it and `encrypted_room`.

    Raises:
        InsufficientEvidence: the bus cannot be watched, or a request has no readable answer.
    """
    rooms, kind = recorder_control.rooms, encrypted_room.room.kind
    room_id = f"conform-doors-{kind.value}-{secrets.token_hex(4)}"
    recorder_control.recorder.idle_in.add(room_id)
    async with AsyncExitStack() as parts:
        try:
            tap = await parts.enter_async_context(tapped(rooms.stack.endpoints, *SUBJECTS))
        except (OSError, ValueError) as error:
            raise InsufficientEvidence(f"the message bus cannot be watched: {error}") from error
        watch = RefusalWatch(rooms.stack, tap, recorder_control.webhooks)
        parts.push_async_callback(watch.stop)
        target = await parts.enter_async_context(StreamDoor())
        try:
            room = await rooms.create(kind, room_id=room_id, features=WITH_EVERYTHING)
        except StackError as error:
            raise InsufficientEvidence(f"a room with these options is refused: {error}") from error
        parts.push_async_callback(room.close)
        here = WatchedRoom("the room of refusals", room_id, room.session_id, {BREAKOUT_ADMIN})
        beside = encrypted_room.room
        known = {BOT, *(person.user_id for person in beside.people)}
        watch.rooms += [
            here,
            WatchedRoom("the other room", beside.room_id, beside.session_id, known),
        ]
        secret = unique("right") if kind is RoomKind.ZERO_KNOWLEDGE else None
        user_ids = watch.rooms[0].known
        alice = await room.join("alice", secret=secret, is_admin=True)
        user_ids.add(alice.user_id)
        await watch.begin()
        doors = Doors(recorder_control, room, alice, watch, target, recorder_control.plain_paths)
        if alice.join_failure is None:
            await doors.ask_for_everything()
        yield doors
