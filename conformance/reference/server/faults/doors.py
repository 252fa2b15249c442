"""Faults that open another way to what is refused: asked again, elsewhere, in another room, later.

The delays of what comes later are drawn anew each time, and logged.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

from conformance.reference.server.extension_points import Action, Refusal
from conformance.reference.server.faults.registry import Fault, ServerParts, fault
from conformance.reference.server.features.agents import SUMMARY, TRANSCRIPTION, agent_task
from conformance.reference.server.refused import Refused
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.reference.server.sessions.joining import BOTS
from conformance.wire import metadata
from conformance.wire import plugnmeet_pb2 as pb

log = logging.getLogger("plugnmeet.reference.recording")

RECORDER: Final = (Action.RECORD, Action.BROADCAST)
LISTENING: Final = (Action.TRANSCRIBE, Action.SPEAK, Action.SUMMARISE)
SOONEST_S, LATEST_S = 5.0, 20.0
RTMP_PORT: Final = 1935
_PATHS: Final = {Action.RECORD: "/api/recording", Action.BROADCAST: "/api/rtmp"}


def _encrypted(refusal: Refusal, *actions: Action) -> Room | None:
    room = refusal.room
    if refusal.action not in actions or room is None or not metadata.is_encrypted(room.metadata):
        return None
    return room


# The server refuses only where it is asked in the usual way.


class _Again(Fault):
    """Refuses the first request of its kind in each session, and accepts the next ones."""

    actions: tuple[Action, ...] = ()

    def __init__(self, server: ServerParts) -> None:
        super().__init__(server)
        self._refused: set[tuple[str, Action]] = set()

    async def on_refusal(self, refusal: Refusal) -> bool:
        """Whether this is the first refusal."""
        room = _encrypted(refusal, *self.actions)
        if room is None or (room.sid, refusal.action) not in self._refused:
            self._refused.add((room.sid if room else "", refusal.action))
            return True
        return False


@fault("refused-again")
class RecordsWhenAskedAgain(_Again):
    """A second request for a recording or a broadcast is accepted."""

    actions = RECORDER


@fault("refused-again-ai")
class ListensWhenAskedAgain(_Again):
    """A second request for transcription or a summary is accepted."""

    actions = (Action.TRANSCRIBE, Action.SUMMARISE)


@fault("refused-on-other-endpoints")
class RecordsOnTheOtherEndpoint(Fault):
    """A broadcast starts at the address for recordings, and a recording at that for broadcasts."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        usual = _PATHS.get(refusal.action)
        return usual is None or refusal.path in ("", usual)


@fault("refused-in-breakouts")
class RecordsBreakoutRooms(Fault):
    """Recording and broadcasting work in the breakout rooms of an encrypted room."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        room = _encrypted(refusal, *RECORDER)
        return room is None or not room.metadata.is_breakout_room


@fault("refused-in-breakouts-ai")
class ListensToBreakoutRooms(Fault):
    """Transcription and summary work in the breakout rooms of an encrypted room."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        room = _encrypted(refusal, *LISTENING)
        return room is None or not room.metadata.is_breakout_room


@fault("refused-by-creation-options")
class RecordsFromTheStart(Fault):
    """An encrypted room is recorded from the start if it was requested with that option."""

    def __init__(self, server: ServerParts) -> None:
        super().__init__(server)
        self._asked: set[str] = set()

    def on_request(self, asked: pb.RoomMetadata, request: pb.CreateRoomReq) -> None:
        if asked.room_features.recording_features.enable_auto_cloud_recording:
            self._asked.add(request.room_id)

    async def on_arrival(self, room: Room, user: User) -> None:
        if room.room_id not in self._asked or not user.is_admin or user.user_id in BOTS:
            return
        self._asked.discard(room.room_id)
        if metadata.is_encrypted(room.metadata):
            request = pb.RecordingReq(task=pb.RecordingTasks.START_RECORDING, sid=room.sid)
            with contextlib.suppress(Refused):
                await self.server.recording.start(room, request)


# The server refuses, and does something later.


class _Later(Fault):
    """Does something some time after the first refusal of its kind in a session."""

    actions: tuple[Action, ...] = ()

    def __init__(self, server: ServerParts) -> None:
        super().__init__(server)
        self._done: set[tuple[str, Action]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def on_refusal(self, refusal: Refusal) -> bool:
        """Let the refusal stand, and remember to act."""
        room = _encrypted(refusal, *self.actions)
        if room is not None and (room.sid, refusal.action) not in self._done:
            self._done.add((room.sid, refusal.action))
            task = asyncio.create_task(self._wait(lambda: self.act(refusal, room)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return True

    async def _wait(self, act: Callable[[], Awaitable[object]]) -> None:
        delay = random.uniform(SOONEST_S, LATEST_S)  # noqa: S311 - a detail of a fault
        log.info("%s acts in %.1f s", type(self).__name__, delay)
        await asyncio.sleep(delay)  # the delay is the fault
        with contextlib.suppress(Refused, OSError):
            await act()

    async def act(self, refusal: Refusal, room: Room) -> None:
        """What the server does later."""
        raise NotImplementedError  # each fault of this kind says what


@fault("refused-is-never-ordered-later")
class RecorderComesLater(_Later):
    """A recorder is sent into the room some time after the refusal."""

    actions = RECORDER

    async def act(self, refusal: Refusal, room: Room) -> None:
        await refusal.perform()


@fault("refused-marks-nothing-later")
class RoomIsMarkedLater(_Later):
    """The room is marked as recorded or broadcast some time after the refusal, for a moment."""

    actions = RECORDER

    async def act(self, refusal: Refusal, room: Room) -> None:
        mark = "is_active_rtmp" if refusal.action is Action.BROADCAST else "is_recording"
        for marked in (True, False):
            setattr(room.metadata, mark, marked)
            await self.server.events.room_changed(room)


@fault("refused-target-not-called-later")
class TargetIsCalledLater(_Later):
    """The server connects to the stream target some time after the refusal."""

    actions = (Action.BROADCAST,)

    async def act(self, refusal: Refusal, room: Room) -> None:
        if isinstance(refusal.request, pb.RecordingReq) and refusal.request.rtmp_url:
            target = urlsplit(refusal.request.rtmp_url)
            _, writer = await asyncio.open_connection(target.hostname, target.port or RTMP_PORT)
            writer.close()


@fault("refused-agent-stays-out-later")
class AgentComesLater(_Later):
    """A hidden agent joins some time after transcription or the summary was refused."""

    actions = (Action.TRANSCRIBE, Action.SUMMARISE)

    async def act(self, refusal: Refusal, room: Room) -> None:
        service = SUMMARY if refusal.action is Action.SUMMARISE else TRANSCRIPTION
        await self.server.agents.do(agent_task(room, "configureAgent", service))


@fault("refused-not-in-webhooks")
class WebhookSaysItStarted(_Later):
    """A webhook says some time after the refusal that the recording or broadcast has started."""

    actions = RECORDER

    async def act(self, refusal: Refusal, room: Room) -> None:
        kind = "rtmp" if refusal.action is Action.BROADCAST else "recording"
        self.server.webhooks.tell(room, f"start_{kind}")
