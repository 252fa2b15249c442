"""Faults in the refusal of recording and RTMP broadcasting in encrypted rooms."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from typing import Final
from urllib.parse import urlsplit

from conformance.reference.server.extension_points import Action, Refusal
from conformance.reference.server.faults.registry import Fault, fault
from conformance.reference.server.refused import Refused
from conformance.reference.server.rooms.room import Room
from conformance.wire import metadata
from conformance.wire import plugnmeet_pb2 as pb

RTMP_PORT: Final = 1935
RTMP_VERSION: Final = b"\x03"
"""C0, the first byte of RTMP's handshake."""

_Task = pb.RecordingTasks

# The server does not refuse.


@fault("refuse-recording")
class RecordsEncryptedRooms(Fault):
    """Recording works in encrypted rooms."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        return refusal.action != Action.RECORD


@fault("refuse-recording-in-simple")
class RecordsSimpleRooms(Fault):
    """Recording works in simple rooms."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        return refusal.action != Action.RECORD or _is_zero_knowledge(refusal)


@fault("refuse-recording-in-zero-knowledge")
class RecordsZeroKnowledgeRooms(Fault):
    """Recording works in zero-knowledge rooms."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        return refusal.action != Action.RECORD or not _is_zero_knowledge(refusal)


@fault("refuse-rtmp")
class BroadcastsEncryptedRooms(Fault):
    """Broadcasting works in encrypted rooms."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        return refusal.action != Action.BROADCAST


@fault("refuse-rtmp-in-simple")
class BroadcastsSimpleRooms(Fault):
    """Broadcasting works in simple rooms."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        return refusal.action != Action.BROADCAST or _is_zero_knowledge(refusal)


@fault("refuse-rtmp-in-zero-knowledge")
class BroadcastsZeroKnowledgeRooms(Fault):
    """Broadcasting works in zero-knowledge rooms."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        return refusal.action != Action.BROADCAST or not _is_zero_knowledge(refusal)


@fault("find-recorders")
class NoRecorders(Fault):
    """The server never finds a recorder, so it refuses every request."""

    def on_recorder(self, recorder_id: str | None) -> str | None:
        return None


# The server refuses, but the administrator does not learn it.


@fault("refuse-in-words")
class RefusesWithYes(Fault):
    """The answer to a refused request says that it succeeded. Nothing is done."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        return refusal.action != Action.REPORT_RECORDING


# The server refuses, and does something all the same.


class _DespiteRefusal(Fault, ABC):
    """Acts after a recording or a broadcast is refused; the refusal stands."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        """Act, if this is the refusal of a recording or a broadcast."""
        if (
            refusal.action in (Action.RECORD, Action.BROADCAST)
            and refusal.room is not None
            and isinstance(refusal.request, pb.RecordingReq)
        ):
            await self.act(refusal, refusal.room, refusal.request)
        return True

    @abstractmethod
    async def act(self, refusal: Refusal, room: Room, request: pb.RecordingReq) -> None:
        """What the server does although it refuses."""


@fault("refused-marks-nothing")
class RefusedMarksTheRoom(_DespiteRefusal):
    """The room's metadata says for a moment that it is recorded or broadcast."""

    async def act(self, refusal: Refusal, room: Room, request: pb.RecordingReq) -> None:
        mark = "is_active_rtmp" if request.task == _Task.START_RTMP else "is_recording"
        for marked in (True, False):
            setattr(room.metadata, mark, marked)
            await self.server.events.room_changed(room)


@fault("refused-is-not-announced")
class RefusedIsAnnounced(_DespiteRefusal):
    """Everybody in the room gets the notification that it has started."""

    async def act(self, refusal: Refusal, room: Room, request: pb.RecordingReq) -> None:
        kind = "rtmp" if request.task == _Task.START_RTMP else "recording"
        await self.server.events.notify(room, f"notifications.{kind}-started")


@fault("refused-is-never-ordered")
class RefusedIsOrderedAndStopped(_DespiteRefusal):
    """A recorder gets the order to begin, and at once the order to stop."""

    async def act(self, refusal: Refusal, room: Room, request: pb.RecordingReq) -> None:
        rtmp = request.task == _Task.START_RTMP
        stop = pb.RecordingReq(task=_Task.STOP_RTMP if rtmp else _Task.STOP_RECORDING)
        with contextlib.suppress(Refused):
            await refusal.perform()
            await self.server.recording.stop(room, stop)


@fault("refused-target-not-called")
class RefusedTargetIsCalled(_DespiteRefusal):
    """The server opens a connection to the stream target, as a broadcaster does, and closes it."""

    async def act(self, refusal: Refusal, room: Room, request: pb.RecordingReq) -> None:
        if not request.rtmp_url:
            return
        target = urlsplit(request.rtmp_url)
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(target.hostname, target.port or RTMP_PORT)
            writer.write(RTMP_VERSION)
            await writer.drain()
            writer.close()


@fault("refused-is-not-dispatched")
class RefusedIsDone(_DespiteRefusal):
    """A recorder does what was refused."""

    async def act(self, refusal: Refusal, room: Room, request: pb.RecordingReq) -> None:
        with contextlib.suppress(Refused):
            await refusal.perform()


def _is_zero_knowledge(refusal: Refusal) -> bool:
    return refusal.room is not None and metadata.is_zero_knowledge(refusal.room.metadata)
