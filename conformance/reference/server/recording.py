"""Recording and RTMP: refused in encrypted rooms; in plain ones a recorder is sent to work.

Order and words of the refusals: plugNmeet-server v2.4.0, pkg/controllers/recording.go and
pkg/models/recording_dispatch.go.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from urllib.parse import urlsplit

from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeout
from nats.js.errors import Error as JetStreamError
from nats.js.errors import KeyNotFoundError, NoKeysError
from nats.js.kv import KeyValue

from conformance.reference.rules import Rules
from conformance.reference.server.bus import Bus
from conformance.reference.server.events import Events
from conformance.reference.server.rooms import Room, Rooms, now_ms
from conformance.reference.server.sessions import Refused, Sessions
from conformance.wire import answers, metadata, subjects
from conformance.wire import plugnmeet_pb2 as pb

DISPATCH_DEADLINE_S = 3.0
RECORDER_ALIVE_MS = 8_000
"""A recorder that has not pinged for longer is not asked (recorder_info.ping_timeout)."""

RTMP_PORT = 1935
RTMP_VERSION = b"\x03"
"""C0, the first byte of RTMP's handshake."""

REFUSED_RECORDING = "cloud recording isn't allowed in an end-to-end encrypted room"
REFUSED_RTMP = "RTMP broadcasting isn't allowed in an end-to-end encrypted room"

log = logging.getLogger("plugnmeet.reference.recording")

_Task = pb.RecordingTasks
_Field = pb.RecorderInfoKeys


class Recording:
    """Hands work to recorders, and takes in what they report."""

    def __init__(
        self, bus: Bus, rooms: Rooms, sessions: Sessions, events: Events, rules: Rules
    ) -> None:
        self._bus, self._rooms, self._sessions = bus, rooms, sessions
        self._events, self._rules = events, rules
        self._busy: set[tuple[str, int]] = set()

    async def ask(self, room_id: str, request: pb.RecordingReq) -> None:
        """Start or stop, as an administrator of `room_id` asks.

        Raises:
            Refused: with the reason that the administrator is shown.
        """
        room = self._rooms.with_sid(request.sid)
        if room is None:
            raise Refused("notifications.room-not-active")
        if room.room_id != room_id:
            raise Refused("roomId in token mismatched")
        if refusal := self._refusal(room, request.task):
            await self._against_the_refusal(room, request)
            raise Refused(refusal)
        _refuse_out_of_turn(room, request)
        if request.task not in (_Task.START_RECORDING, _Task.START_RTMP):
            await self._dispatch(self._order(room, request))
            return
        job = (room.sid, request.task)
        if job in self._busy:
            raise Refused("another request is already in progress")
        self._busy.add(job)
        try:
            await self._start(room, request)
        finally:
            self._busy.discard(job)

    def _refusal(self, room: Room, task: int) -> str | None:
        """Why this is not done in an encrypted room; None where it is."""
        if not metadata.is_encrypted(room.metadata):
            return None
        zero_knowledge = metadata.is_zero_knowledge(room.metadata)
        recording_refused_there = (
            self._rules.keeps("refuse-recording-in-zero-knowledge")
            if zero_knowledge
            else self._rules.keeps("refuse-recording-in-simple")
        )
        if (
            task == _Task.START_RECORDING
            and self._rules.keeps("refuse-recording")
            and recording_refused_there
        ):
            return REFUSED_RECORDING
        refused_there = (
            self._rules.keeps("refuse-rtmp-in-zero-knowledge")
            if zero_knowledge
            else self._rules.keeps("refuse-rtmp-in-simple")
        )
        if task == _Task.START_RTMP and self._rules.keeps("refuse-rtmp") and refused_there:
            return REFUSED_RTMP
        return None

    async def _against_the_refusal(self, room: Room, request: pb.RecordingReq) -> None:
        """What a server that lies does although it will say no; ours does none of it."""
        if not self._rules.keeps("refused-marks-nothing"):
            mark = "is_active_rtmp" if request.task == _Task.START_RTMP else "is_recording"
            for marked in (True, False):
                setattr(room.metadata, mark, marked)
                await self._events.room_changed(room)
        if not self._rules.keeps("refused-is-not-announced"):
            kind = "rtmp" if request.task == _Task.START_RTMP else "recording"
            await self._events.notify(room, f"notifications.{kind}-started")
        if not self._rules.keeps("refused-is-never-ordered"):
            await self._order_and_withdraw(room, request)
        if not self._rules.keeps("refused-target-not-called") and request.rtmp_url:
            await _call(request.rtmp_url)
        if not self._rules.keeps("refused-is-not-dispatched"):
            with contextlib.suppress(Refused):
                await self._start(room, request)

    async def _order_and_withdraw(self, room: Room, request: pb.RecordingReq) -> None:
        """Send a recorder to work, and call it back at once."""
        rtmp = request.task == _Task.START_RTMP
        stop = pb.RecordingReq(task=_Task.STOP_RTMP if rtmp else _Task.STOP_RECORDING)
        with contextlib.suppress(Refused):
            await self._start(room, request)
            await self._dispatch(self._order(room, stop))

    async def _start(self, room: Room, request: pb.RecordingReq) -> None:
        rtmp = request.task == _Task.START_RTMP
        recorder = await self._recorder()
        if recorder is None:
            raise Refused(f"Failed to add token for {'rtmp' if rtmp else 'recording'} bot")
        bot = pb.UserInfo(
            user_id="RTMP_BOT" if rtmp else "RECORDER_BOT", is_admin=True, is_hidden=True
        )
        order = self._order(room, request)
        order.recorder_id = recorder
        order.recording_id = f"{room.sid}-{now_ms()}"
        order.access_token = await self._sessions.admit(
            pb.GenerateTokenReq(room_id=room.room_id, user_info=bot)
        )
        if rtmp:
            order.rtmp_url = request.rtmp_url
        await self._dispatch(order)

    def _order(self, room: Room, request: pb.RecordingReq) -> pb.PlugNmeetToRecorder:
        return pb.PlugNmeetToRecorder(
            **{"from": "plugnmeet"},
            task=request.task,
            room_table_id=room.table_id,
            room_id=room.room_id,
            room_sid=room.sid,
        )

    async def _dispatch(self, order: pb.PlugNmeetToRecorder) -> None:
        try:
            reply = await self._bus.nc.request(
                subjects.RECORDER_CHANNEL, order.SerializeToString(), timeout=DISPATCH_DEADLINE_S
            )
            done = answers.from_bytes(reply.data, pb.CommonResponse)
        except (NatsTimeout, NatsError) as error:
            raise Refused(
                "Timed out waiting for a response from the NATS recorder channel"
            ) from error
        except answers.MessageUnreadable as error:
            raise Refused("Recorder returned a non-successful response") from error
        if not done.status:
            raise Refused("Recorder returned a non-successful response")

    async def _recorder(self) -> str | None:
        """The id of the least busy recorder that is alive."""
        if not self._rules.keeps("find-recorders"):
            return None
        try:
            bucket = await self._bus.js.key_value(subjects.RECORDER_BUCKET)
            # A value that is being replaced just now may be missing in the list of keys, so that
            # it says only who there is; what each one has registered is asked for itself.
            names = sorted(
                {
                    key.removeprefix("recorder_").partition("-FIELD_")[0]
                    for key in await bucket.keys()
                }
            )
            registered = await asyncio.gather(*(_registered(bucket, name) for name in names))
        except NoKeysError:
            return None
        except (JetStreamError, NatsError) as error:
            log.warning("recorders cannot be looked up: %s", error)
            return None
        known = dict(zip(names, registered, strict=True))
        oldest = time.time() * 1000 - RECORDER_ALIVE_MS
        alive = {
            name: _load(fields)
            for name, fields in known.items()
            if fields.get(_Field.RECORDER_INFO_LAST_PING, 0) > oldest
        }
        return min(alive, key=lambda name: alive[name]) if alive else None

    async def reported(self, report: pb.RecorderToPlugNmeet) -> bool:
        """Take in a recorder's report; False when it is about no session that runs."""
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


async def _call(rtmp_url: str) -> None:
    """Open a connection to a stream target, as a broadcaster does, and close it again."""
    target = urlsplit(rtmp_url)
    with contextlib.suppress(OSError):
        _, writer = await asyncio.open_connection(target.hostname, target.port or RTMP_PORT)
        writer.write(RTMP_VERSION)
        await writer.drain()
        writer.close()


async def _registered(bucket: KeyValue, name: str) -> dict[int, float]:
    """What a recorder has registered, by field; what is no number counts as nothing."""
    fields: dict[int, float] = {}
    for number in _Field.values():
        try:
            entry = await bucket.get(f"recorder_{name}-FIELD_{number}")
            fields[number] = float(entry.value or b"0")
        except KeyNotFoundError:
            continue
        except ValueError:
            log.warning("recorder %s has registered something that is no number", name)
    return fields


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


def _load(fields: dict[int, float]) -> float:
    limit = fields.get(_Field.RECORDER_INFO_MAX_LIMIT, 0) or 1
    busy = fields.get(_Field.RECORDER_INFO_CURRENT_PROGRESS, 0) / limit
    cores = fields.get(_Field.RECORDER_INFO_TOTAL_CORES, 0) or 1
    return (0.6 * busy + 0.4 * fields.get(_Field.RECORDER_INFO_CPU_SCORE, 0)) * 2 / cores
