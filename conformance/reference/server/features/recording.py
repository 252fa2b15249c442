"""Cloud recording and RTMP broadcasting: refused in encrypted rooms, done in plain ones.

Order and texts of the refusals: plugNmeet-server v2.4.0, pkg/controllers/recording.go and
pkg/models/recording_dispatch.go.
"""

from __future__ import annotations

from conformance.reference.server.clock import now_ms
from conformance.reference.server.extension_points import Action, ExtensionPoints, Refusal
from conformance.reference.server.features.recorders import Recorders
from conformance.reference.server.messages.events import Events
from conformance.reference.server.refused import Refused
from conformance.reference.server.rooms.registry import Rooms
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.sessions.joining import Joining
from conformance.wire import metadata
from conformance.wire import plugnmeet_pb2 as pb

_Task = pb.RecordingTasks

REFUSED_IN_ENCRYPTED_ROOMS = {
    _Task.START_RECORDING: (
        Action.RECORD,
        "cloud recording isn't allowed in an end-to-end encrypted room",
    ),
    _Task.START_RTMP: (
        Action.BROADCAST,
        "RTMP broadcasting isn't allowed in an end-to-end encrypted room",
    ),
}


class Recording:
    """Gives recorders work, and takes in their reports."""

    def __init__(
        self,
        rooms: Rooms,
        joining: Joining,
        recorders: Recorders,
        events: Events,
        points: ExtensionPoints,
    ) -> None:
        self._rooms, self._joining, self._recorders = rooms, joining, recorders
        self._events, self._points = events, points
        self._busy: set[tuple[str, int]] = set()

    async def ask(self, room_id: str, request: pb.RecordingReq, path: str = "") -> None:
        """Start or stop, as an administrator of `room_id` asks; `path`: the address asked.

        Raises:
            Refused: with the text that the administrator gets.
        """
        room = self._rooms.with_sid(request.sid)
        if room is None:
            raise Refused("notifications.room-not-active")
        if room.room_id != room_id:
            raise Refused("roomId in token mismatched")
        if metadata.is_encrypted(room.metadata) and request.task in REFUSED_IN_ENCRYPTED_ROOMS:
            action, text = REFUSED_IN_ENCRYPTED_ROOMS[request.task]
            refusal = Refusal(action, room, request, lambda: self.start(room, request), path)
            if await self._points.on_refusal(refusal):
                raise Refused(text)
        _refuse_out_of_turn(room, request)
        if request.task not in (_Task.START_RECORDING, _Task.START_RTMP):
            await self.stop(room, request)
            return
        job = (room.sid, request.task)
        if job in self._busy:
            raise Refused("another request is already in progress")
        self._busy.add(job)
        try:
            await self.start(room, request)
        finally:
            self._busy.discard(job)

    async def start(self, room: Room, request: pb.RecordingReq) -> None:
        """Order a recorder to begin.

        Raises:
            Refused: there is no recorder, or it does not begin.
        """
        rtmp = request.task == _Task.START_RTMP
        recorder = self._points.on_recorder(await self._recorders.find())
        if recorder is None:
            raise Refused(f"Failed to add token for {'rtmp' if rtmp else 'recording'} bot")
        bot = pb.UserInfo(
            user_id="RTMP_BOT" if rtmp else "RECORDER_BOT", is_admin=True, is_hidden=True
        )
        order = _order(room, request)
        order.recorder_id = recorder
        order.recording_id = f"{room.sid}-{now_ms()}"
        order.access_token = await self._joining.token_for(
            pb.GenerateTokenReq(room_id=room.room_id, user_info=bot)
        )
        if rtmp:
            order.rtmp_url = request.rtmp_url
        await self._recorders.order(order)

    async def stop(self, room: Room, request: pb.RecordingReq) -> None:
        """Order the room's recorder to end.

        Raises:
            Refused: no recorder obeys.
        """
        await self._recorders.order(_order(room, request))

    async def reported(self, report: pb.RecorderToPlugNmeet) -> bool:
        """Take in a recorder's report; False if its session does not run here."""
        room = self._rooms.with_sid(report.room_sid)
        if room is None or report.room_table_id not in (0, room.table_id):
            return False
        failed = "" if report.status else "-with-error"
        match report.task:
            case _Task.START_RECORDING:
                room.metadata.is_recording = report.status
                note = "notifications.recording-started" if report.status else ""
            case _Task.END_RECORDING:
                room.metadata.is_recording = False
                note = f"notifications.recording-ended{failed}"
            case _Task.START_RTMP:
                room.metadata.is_active_rtmp = report.status
                note = "notifications.rtmp-started" if report.status else ""
            case _Task.END_RTMP:
                room.metadata.is_active_rtmp = False
                note = f"notifications.rtmp-ended{failed}"
            case _:
                return True
        await self._events.room_changed(room)
        if note:
            await self._events.notify(room, note, error=not report.status)
        return True


def _order(room: Room, request: pb.RecordingReq) -> pb.PlugNmeetToRecorder:
    return pb.PlugNmeetToRecorder(
        **{"from": "plugnmeet"},
        task=request.task,
        room_table_id=room.table_id,
        room_id=room.room_id,
        room_sid=room.sid,
    )


def _refuse_out_of_turn(room: Room, request: pb.RecordingReq) -> None:
    recording, rtmp = room.metadata.is_recording, room.metadata.is_active_rtmp
    match request.task:
        case _Task.START_RECORDING if recording:
            raise Refused("notifications.recording-already-running")
        case _Task.STOP_RECORDING if not recording:
            raise Refused("notifications.recording-not-running")
        case _Task.START_RTMP if not request.rtmp_url:
            raise Refused("rtmpUrl required")
        case _Task.START_RTMP if rtmp:
            raise Refused("notifications.rtmp-already-running")
        case _Task.STOP_RTMP if not rtmp:
            raise Refused("notifications.rtmp-not-running")
