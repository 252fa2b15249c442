"""Watches rooms of refusals until they are gone: what was refused must not happen later, either.

Everything that a server does for a recording, a broadcast or an AI shows in one of these places:
orders on the bus, people in the SFU's room, the room's metadata, messages to the room, webhooks,
and connections to the stream target. Each find is a `Sighting`.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from google.protobuf.message import DecodeError

from conformance.observers import sfu_participants
from conformance.observers.answers import decode_nested
from conformance.observers.bus import BusTap
from conformance.observers.notifier import Notifier
from conformance.observers.webhooks import WebhookReceiver
from conformance.stacks.base import Stack
from conformance.stacks.errors import StackError
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire import subjects

Side = Literal["recorder", "AI"]
LOOK_S: Final = 2.0
"""Seconds between two looks at the SFU and at the operator's API: a bot stays for longer."""
SUBJECTS: Final = (
    subjects.RECORDER_CHANNEL,
    subjects.TRANSCODER_SUBJECT,
    subjects.INSIGHTS_CHANNEL,
    f"{subjects.SYSTEM_PUBLIC}.>",
    f"{subjects.SYSTEM_PRIVATE}.>",
)
"""Where a server says to itself, to programs or to people that it works for a room."""

_OURS: Final = ("conform-sfu-tap-",)
_AGENT: Final = "pnm_"
_STOPS: Final = (
    pb.RecordingTasks.STOP,
    pb.RecordingTasks.STOP_RECORDING,
    pb.RecordingTasks.STOP_RTMP,
    pb.RecordingTasks.END_RECORDING,
    pb.RecordingTasks.END_RTMP,
)
"""A server may tell recorders that a room has ended; that starts nothing."""
_OF_AI: Final = re.compile(r"insight|speech|transcri|summar|agent", re.IGNORECASE)
_OF_RECORDER: Final = re.compile(r"record|rtmp|broadcast", re.IGNORECASE)
_NO: Final = re.compile(r"\b(not|no|cannot|can't|isn't|wasn't|fail\w*|refus\w*|disable\w*|error)\b|"
                        r"disable|not-|-ended|with-error", re.IGNORECASE)  # fmt: skip
"""Words of a notification that something does not work."""
_INSIGHTS: Final = ("room_features", "insights_features")
_MARKS: Final[dict[str, tuple[Side, tuple[str, ...]]]] = {
    "is_recording": ("recorder", ("is_recording",)),
    "is_active_rtmp": ("recorder", ("is_active_rtmp",)),
    "transcribed": ("AI", (*_INSIGHTS, "transcription_features", "is_enabled")),
    "translated": ("AI", (*_INSIGHTS, "transcription_features", "is_enabled_translation")),
    "summed up": (
        "AI",
        (*_INSIGHTS, "ai_features", "meeting_summarization_features", "is_enabled"),
    ),
}
"""What a room's metadata says while something runs: whose doing it is, and where it stands."""


@dataclass(frozen=True)
class Sighting:
    """Something that a refusal forbids. `after`: seconds since the watch began."""

    side: Side
    what: str
    room: str
    after: float

    def __str__(self) -> str:
        return f"{self.what} ({self.room}, {self.after:.0f} s after the first request)"


@dataclass
class WatchedRoom:
    """A room that is watched. `known`: the user ids of those whom the harness brought."""

    words: str
    room_id: str
    session_id: str
    known: set[str] = field(default_factory=set)
    looks: int = 0
    """How often the SFU said who is there."""

    def named_in(self, data: bytes) -> bool:
        """Whether these bytes name the room or its session, and no room whose name is longer."""
        if self.session_id.encode() in data:
            return True
        return bool(re.search(re.escape(self.room_id.encode()) + rb"(?![\w-])", data))

    def is_stranger(self, identity: str) -> bool:
        """Whether nobody of the harness has this identity."""
        mine = self.known | {f"{one}-native" for one in self.known}
        return bool(identity) and identity not in mine and not identity.startswith(_OURS)


class RefusalWatch(Notifier):
    """Collects sightings in some rooms; a context, in which it also looks at the SFU."""

    def __init__(self, stack: Stack, tap: BusTap, webhooks: WebhookReceiver) -> None:
        super().__init__()
        self.rooms: list[WatchedRoom] = []
        self.sightings: list[Sighting] = []
        self._stack, self._tap, self._webhooks = stack, tap, webhooks
        self._heard, self._posted = len(tap.messages), len(webhooks.bodies)
        self._began = time.monotonic()
        self._looking: asyncio.Task[None] | None = None

    @property
    def problems(self) -> list[str]:
        """Why something may have been missed."""
        blind = [f"the SFU never said who is in {one.words}" for one in self.rooms if not one.looks]
        return [*self._tap.problems, *blind]

    @property
    def seconds(self) -> float:
        """How long the rooms have been watched."""
        return time.monotonic() - self._began

    def see(self, side: Side, what: str, room: WatchedRoom) -> None:
        """Keep a sighting, once."""
        if not any((one.what, one.room) == (what, room.words) for one in self.sightings):
            self.sightings.append(Sighting(side, what, room.words, self.seconds))
            self.notify()

    async def begin(self) -> None:
        """Start to look."""
        self._looking = asyncio.create_task(self._look_on(), name="watch over refusals")

    async def stop(self) -> None:
        """Look a last time, and stop."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
            self._looking = None
        self.read()

    async def hears_the_end(self, room_id: str, timeout: float) -> bool:
        """Wait until the bus says that this session has ended; False after `timeout` seconds."""

        def ended() -> bool:
            return any(
                _kind(message.payload) == pb.NatsMsgServerToClientEvents.SESSION_ENDED
                for message in self._tap.messages
                if message.subject.startswith(f"{subjects.SYSTEM_PUBLIC}.{room_id}.")
            )

        return await self._tap.wait_for(ended, timeout)

    async def _look_on(self) -> None:
        while True:
            for room in self.rooms:
                await self._look(room)
            self.read()
            self.notify()
            await asyncio.sleep(LOOK_S)  # a fixed interval; nothing waits for it

    async def _look(self, room: WatchedRoom) -> None:
        try:
            endpoints = self._stack.endpoints
            for one in await sfu_participants.list_participants(endpoints, room.room_id):
                self._came(room, one)
            room.looks += 1
        except sfu_participants.FAILURES as error:
            # The SFU does not know a room in which nobody has been.
            room.looks += getattr(error, "code", "") == "not_found"
        with suppress(StackError):
            info = decode_nested(await self._stack.api.active_room_info(room.room_id))
            about = (info.get("room") or {}).get("room_info") or {}
            self._marked(room, about)
            self._marked(room, about.get("metadata"))

    def read(self) -> None:
        """Read what came over the bus and by webhook since the last call."""
        messages, self._heard = self._tap.messages[self._heard :], len(self._tap.messages)
        for message in messages:
            for room in self.rooms:
                self._message(room, message.subject, message.payload)
        bodies, self._posted = self._webhooks.bodies[self._posted :], len(self._webhooks.bodies)
        for body in bodies:
            for room in self.rooms:
                if room.named_in(body):
                    self._webhook(room, body)

    def _message(self, room: WatchedRoom, subject: str, payload: bytes) -> None:
        prefixes = (subjects.SYSTEM_PUBLIC, subjects.SYSTEM_PRIVATE)
        if subject.startswith(tuple(f"{one}." for one in prefixes)):
            if subject.split(".")[1] == room.room_id:
                self._event(room, payload)
        elif room.named_in(payload):
            self._order(room, subject, payload)

    def _order(self, room: WatchedRoom, subject: str, payload: bytes) -> None:
        if subject == subjects.INSIGHTS_CHANNEL:
            task = str(_object(payload).get("task"))
            if not task.startswith(("end", "userEnd")):
                self.see("AI", f"an agent is sent to work: {task}", room)
            return
        try:
            order = pb.PlugNmeetToRecorder.FromString(payload)
            if subject == subjects.RECORDER_CHANNEL and order.task in _STOPS:
                return
            name = pb.RecordingTasks.Name(order.task)
        except (DecodeError, ValueError):
            name = f"{len(payload)} bytes"
        self.see("recorder", f"a recorder is sent to work: {name}", room)

    def _event(self, room: WatchedRoom, payload: bytes) -> None:
        try:
            event = pb.NatsMsgServerToClient.FromString(payload)
        except DecodeError:
            return
        told = _object(event.msg)
        kinds = pb.NatsMsgServerToClientEvents
        match event.event:
            case kinds.USER_JOINED:
                self._came(room, str(told.get("user_id") or ""))
            case kinds.ROOM_METADATA_UPDATE:
                self._marked(room, decode_nested(told))
            case kinds.RES_INITIAL_DATA:
                about = decode_nested(told).get("room")
                self._marked(room, about.get("metadata") if isinstance(about, dict) else None)
            case kinds.SYSTEM_NOTIFICATION:
                self._told(room, str(told.get("msg") or ""), "a notification")
            case kinds.TRANSCRIPTION_OUTPUT_TEXT:
                self.see("AI", "a transcript is sent to the room", room)

    def _webhook(self, room: WatchedRoom, body: bytes) -> None:
        told = decode_nested(_object(body))
        about = told.get("room")
        if isinstance(about, dict):
            if about.get("room_id") not in (None, "", room.room_id):
                return
            self._marked(room, about.get("metadata"))
        person = told.get("participant")
        if isinstance(person, dict) and "left" not in str(told.get("event")):
            self._came(room, str(person.get("identity") or ""))
        self._told(room, str(told.get("event") or ""), "a webhook")

    def _told(self, room: WatchedRoom, text: str, what: str) -> None:
        if _NO.search(text) or text.startswith(("participant_", "track_", "room_")):
            return
        if _OF_RECORDER.search(text):
            self.see("recorder", f'{what} says "{text[:60]}"', room)
        elif _OF_AI.search(text):
            self.see("AI", f'{what} says "{text[:60]}"', room)

    def _came(self, room: WatchedRoom, identity: str) -> None:
        if room.is_stranger(identity):
            side: Side = "AI" if identity.startswith(_AGENT) else "recorder"
            self.see(side, f"{identity.split('-')[0]} is in the room, whom nobody brought", room)

    def _marked(self, room: WatchedRoom, metadata: Any) -> None:
        for name in marks_in(metadata):
            self.see(_MARKS[name][0], f"the room is marked {name}", room)


def marks_in(metadata: Any) -> Iterator[str]:
    """The marks of running recordings, broadcasts and AI in a room's metadata."""
    for name, (_, path) in _MARKS.items():
        value = metadata
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if value is True or (isinstance(value, int) and value):
            yield name


def in_words(sightings: Iterable[Sighting]) -> str:
    """Sightings for a report, at most three."""
    words = [str(one) for one in sightings]
    return "; ".join(words[:3]) + (f" and {len(words) - 3} more" if len(words) > 3 else "")


def _kind(payload: bytes) -> int | None:
    try:
        return int(pb.NatsMsgServerToClient.FromString(payload).event)
    except DecodeError:
        return None


def _object(text: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
