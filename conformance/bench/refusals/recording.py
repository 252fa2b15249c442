"""Claims about a request to record or to broadcast: it is refused, and nothing else happened.

The same claims must all be true in a plain room: only what was observed there can be missing here
(see recorder_control.py).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from google.protobuf.message import DecodeError

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room, RoomFactory
from conformance.clients.headless.requests import post
from conformance.clients.recorder import Job, Recorder
from conformance.observers import sfu_participants
from conformance.observers.answers import decode_nested
from conformance.observers.bus import BusTap
from conformance.observers.webhooks import WebhookReceiver
from conformance.stacks.base import StackError
from conformance.stacks.services.rtmp import RtmpTarget
from conformance.verdicts import InsufficientEvidence
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire import subjects

Task = Literal["recording", "rtmp"]

_START: Final = {
    "recording": pb.RecordingTasks.START_RECORDING,
    "rtmp": pb.RecordingTasks.START_RTMP,
}
_STOP: Final = {
    "recording": pb.RecordingTasks.STOP_RECORDING,
    "rtmp": pb.RecordingTasks.STOP_RTMP,
}
_MARK: Final = {"recording": "is_recording", "rtmp": "is_active_rtmp"}
_WORDS: Final = {"recording": "a recording", "rtmp": "an RTMP broadcast"}

_FOUND_NONE: Final = "Failed to add token"
"""The answer of a server that finds no recorder, which can happen while the recorder is writing its
ping. The request is then retried."""
_TRIES: Final = 3

OTHER_REASONS: Final = (
    "only admin can",
    "no roomId in token",
    "room-not-active",
    "roomId in token mismatched",
    "already-running",
    "not-running",
    "rtmpUrl required",
    "another request is already in progress",
    "Failed to acquire",
    _FOUND_NONE,
    "no-recorder-available",
    "Timed out",
    "Recorder returned a non-successful response",
    "auth-header-missing",
    "token-expired",
    "invalid-token",
)
"""Refusals for reasons other than encryption (plugNmeet-server v2.4.0,
pkg/models/recording_dispatch.go). They prove nothing."""

_SFU_TAP: Final = "conform-sfu-tap-"


class RecorderView(Protocol):
    """The recorder that a request may reach, and its observers (recorder_control.py)."""

    rooms: RoomFactory
    webhooks: WebhookReceiver
    recorder: Recorder
    tap: BusTap


async def request_task(
    recorder_control: RecorderView,
    task: Task,
    room: Room,
    admin: Participant,
    target: RtmpTarget | None,
) -> TaskRequest:
    """Request a recording of the room, or a broadcast to `target`, as its administrator.

    Raises:
        InsufficientEvidence: the server or the SFU gave no readable answer.
    """
    request = pb.RecordingReq(task=_START[task], room_id=room.room_id, sid=room.session_id)
    if target is not None:
        request.rtmp_url = target.url
    stack = recorder_control.rooms.stack
    try:
        there = set(await sfu_participants.list_participants(stack.endpoints, room.room_id))
    except sfu_participants.FAILURES as error:
        raise InsufficientEvidence(f"the SFU does not say who is in the room: {error!r}") from error
    heard, posted = len(recorder_control.tap.messages), len(recorder_control.webhooks.bodies)
    for _ in range(_TRIES):
        answer = await post(stack, admin.token, f"/api/{task}", request, pb.CommonResponse)
        if _FOUND_NONE not in answer.msg:
            break
    return TaskRequest(
        recorder_control, task, room, admin, target, answer, frozenset(there), heard, posted
    )


@dataclass
class TaskRequest:
    """One request to record or to broadcast, and everything that may follow from it.

    Every claim except `refused` describes a sign that appears in a plain room and must never appear
    in an encrypted one.
    """

    recorder_control: RecorderView
    task: Task
    room: Room
    admin: Participant
    target: RtmpTarget | None
    answer: pb.CommonResponse
    _before: frozenset[str]
    """Who was in the room before: a bot of an earlier request may take some time to leave."""
    _heard: int
    _posted: int

    @property
    def job(self) -> Job | None:
        """The job that reached the suite's own recorder."""
        jobs = self.recorder_control.recorder.jobs_in(self.room.session_id)
        return next((job for job in reversed(jobs) if job.order.task == _START[self.task]), None)

    async def stop(self) -> None:
        """Undo the request, if it succeeded; waits until the recorder has ended its job."""
        request = pb.RecordingReq(
            task=_STOP[self.task], room_id=self.room.room_id, sid=self.room.session_id
        )
        job = self.job
        if self.answer.status or job is not None:
            try:
                stack = self.recorder_control.rooms.stack
                await post(stack, self.admin.token, f"/api/{self.task}", request, pb.CommonResponse)
            except InsufficientEvidence:
                pass  # the recorder is stopped directly, below
        if job is not None:
            await job.stop(timeouts.STOPPED)

    def refused(self) -> Claim:
        """The server refused it, and not for a reason that has nothing to do with encryption."""

        async def look() -> Observation:
            said, ok = self.answer.msg, self.answer.status
            other = next((words for words in OTHER_REASONS if words in said), None)
            if self.job is not None or await self._orders():
                other = None  # a recorder was there, so this is not the reason
            words = f'{"accepted" if ok else "refused"}: "{said}"'
            if other is not None and not ok:
                words += ", which a plain room could answer too"
            return Observation(
                not ok and other is None,
                words,
                {"status": ok, "msg": said},
                readable=ok or other is None,
            )

        return Claim(f"{_WORDS[self.task]} is refused for its own reason", look, [])

    def sightings(self) -> list[Claim]:
        """Everything that would appear if the request succeeded."""
        seen = [self.dispatched(), self.bot_is_in(), self.marked(), self.announced()]
        return seen + ([self.reached_target()] if self.target is not None else [])

    def dispatched(self) -> Claim:
        """An order for this session went over the recorders' channel, or reached the recorder."""

        async def look() -> Observation:
            orders = await self._orders()
            if self.job is not None and not orders:
                orders = ["the suite's recorder got one"]
            problems = self.recorder_control.tap.problems
            return Observation(
                bool(orders),
                f"{len(orders)} orders"
                + (f", first: {orders[0]}" if orders else "")
                + (f"; not everything was read: {problems[0]}" if problems else ""),
                {"orders": orders[:10], "messages": len(self._messages())},
                readable=not problems,
            )

        watchers = [self.recorder_control.tap, self.recorder_control.recorder]
        return Claim("a recorder is sent to work", look, watchers, timeouts.RECORDED)

    async def _orders(self) -> list[str]:
        found = []
        for subject, payload in self._messages():
            ours = (self.room.session_id.encode(), self.room.room_id.encode())
            if subject == subjects.RECORDER_CHANNEL and any(one in payload for one in ours):
                found.append(_order(payload))
        return found

    def _messages(self) -> list[tuple[str, bytes]]:
        tap = self.recorder_control.tap
        return [(m.subject, m.payload) for m in tap.messages[self._heard :]]

    def bot_is_in(self) -> Claim:
        """The SFU or the room's list contains someone whom the harness did not bring."""

        async def look() -> Observation:
            mine = {person.user_id for person in self.room.people}
            mine |= {f"{one}-native" for one in mine} | self._before
            told = {
                str(data.get("user_id"))
                for name, data in self._events()
                if name == "USER_JOINED" and data.get("user_id")
            }
            try:
                endpoints = self.recorder_control.rooms.stack.endpoints
                there = set(await sfu_participants.list_participants(endpoints, self.room.room_id))
            except sfu_participants.FAILURES as error:
                words = f"the SFU does not say who is in the room: {error!r}"
                return Observation(False, words, {}, readable=False)
            strange = sorted(one for one in (there | told) - mine if not one.startswith(_SFU_TAP))
            return Observation(
                bool(strange),
                f"{', '.join(strange) or 'nobody else'}, besides {len(there & mine)} people",
                {"in_the_sfu": sorted(there), "told": sorted(told)},
                readable=bool(there),
            )

        watchers = [self.recorder_control.tap, self.recorder_control.recorder]
        return Claim("a bot is in the room", look, watchers, timeouts.RECORDED)

    def marked(self) -> Claim:
        """The room was told, or its metadata says, that it is being recorded or broadcast."""
        mark = _MARK[self.task]

        async def look() -> Observation:
            told = [
                name
                for name, data in self._events()
                if name == "ROOM_METADATA_UPDATE" and data.get(mark)
            ]
            try:
                info = await self.recorder_control.rooms.stack.api.active_room_info(
                    self.room.room_id
                )
            except StackError as error:
                return Observation(bool(told), f"the server does not say: {error}", readable=False)
            about = decode_nested((info.get("room") or {}).get("room_info") or {})
            now = bool(about.get(mark)) or bool((about.get("metadata") or {}).get(mark))
            return Observation(
                bool(told) or now,
                f"{len(told)} messages of the server say so; its operator's API says "
                f"{'so too' if now else 'that it is not'}",
                {"updates": len(told), mark: now},
            )

        watchers = [self.recorder_control.tap, self.admin.traffic]
        return Claim(f"the room is marked {mark}", look, watchers, timeouts.RECORDED)

    def announced(self) -> Claim:
        """A notification to participants, or a webhook to the operator, says that it started."""
        started = f"{self.task}-started"

        async def look() -> Observation:
            notes = [
                str(data.get("msg"))
                for name, data in self._events()
                if name == "SYSTEM_NOTIFICATION" and started in str(data.get("msg"))
            ]
            hooks = [
                str(body.get("event"))
                for body in self._webhooks()
                if self.task in str(body.get("event"))
            ]
            return Observation(
                bool(notes or hooks),
                f"{len(notes)} notifications, {len(hooks)} webhooks say so",
                {"notifications": notes[:5], "webhooks": hooks[:5]},
            )

        watchers = [
            self.recorder_control.tap,
            self.admin.traffic,
            self.recorder_control.webhooks.notifier,
        ]
        return Claim(f"it is announced that {_WORDS[self.task]} started", look, watchers,
                     timeouts.RECORDED)  # fmt: skip

    def _webhooks(self) -> Iterator[dict[str, Any]]:
        for body in self.recorder_control.webhooks.bodies[self._posted :]:
            if self.room.room_id.encode() not in body:
                continue
            try:
                decoded = json.loads(body)
            except ValueError:
                continue
            if isinstance(decoded, dict):
                yield decoded

    def _events(self) -> list[tuple[str, dict[str, Any]]]:
        """The server's events in this room since the request, from the bus."""
        room = self.room.room_id
        prefixes = (f"{subjects.SYSTEM_PUBLIC}.{room}.", f"{subjects.SYSTEM_PRIVATE}.{room}.")
        events = []
        for subject, payload in self._messages():
            if not subject.startswith(prefixes):
                continue
            try:
                event = pb.NatsMsgServerToClient.FromString(payload)
                data = json.loads(event.msg)
            except (DecodeError, ValueError, RecursionError):
                continue
            known = pb.NatsMsgServerToClientEvents
            if isinstance(data, dict) and event.event in known.values():
                events.append((known.Name(event.event), data))
        return events

    def reached_target(self) -> Claim:
        """Someone has connected to the stream target, or sent data to it."""
        target = self.target
        assert target is not None

        async def look() -> Observation:
            waits, size = await asyncio.to_thread(lambda: (target.waits, target.size))
            return Observation(
                not waits or size > 0,
                f"{size} bytes arrived; it {'still listens' if waits else 'no longer listens'}",
                {"bytes": size, "waits": waits},
            )

        watchers = [self.recorder_control.tap, *([self.job.take] if self.job else [])]
        return Claim("the stream target is reached", look, watchers, timeouts.RECORDED)


def _order(payload: bytes) -> str:
    try:
        order = pb.PlugNmeetToRecorder.FromString(payload)
        return f"{pb.RecordingTasks.Name(order.task)} for {order.room_id}"
    except (DecodeError, ValueError):
        return f"{len(payload)} bytes that name the room"
