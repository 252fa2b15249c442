"""The life of a session: its creation and its end.

Source: plugNmeet-server v2.4.0, pkg/models/room_create.go, room_end.go.
"""

from __future__ import annotations

import asyncio
import logging
import uuid

from conformance.reference.server.bus.connection import Bus
from conformance.reference.server.extension_points import Action, ExtensionPoints, Refusal
from conformance.reference.server.media import MediaServer
from conformance.reference.server.messages.events import Events
from conformance.reference.server.messages.webhooks import Webhooks
from conformance.reference.server.rooms.registry import Rooms
from conformance.reference.server.rooms.room import Room, RoomStatus
from conformance.wire import metadata
from conformance.wire import plugnmeet_pb2 as pb

GOODBYE_S = 3.0
"""When a session has ended, the server waits this long for the participants to leave."""

log = logging.getLogger("plugnmeet.reference.sessions")


class Sessions:
    """Creates and ends sessions."""

    def __init__(
        self,
        bus: Bus,
        rooms: Rooms,
        events: Events,
        media: MediaServer,
        webhooks: Webhooks,
        points: ExtensionPoints,
    ) -> None:
        self._bus, self._rooms, self._events = bus, rooms, events
        self._media, self._webhooks, self._points = media, webhooks, points
        self._tasks: set[asyncio.Task[None]] = set()

    async def create(self, request: pb.CreateRoomReq) -> Room:
        """The room's session: a new one, or the running one with its settings unchanged."""
        async with self._rooms.lock(request.room_id):
            running = self._rooms.running(request.room_id)
            if running is not None:
                await self._points.on_refusal(Refusal(Action.CHANGE_SETTINGS, running, request))
                return running
            room = await self._rooms.open(
                request.room_id,
                self._points.on_session_id(str(uuid.uuid4()), request.room_id),
                self.settings_for(request),
                metadata.empty_timeout(request),
                request.max_participants,
            )
        log.info("session %s of room %s is created", room.sid, room.room_id)
        await self._points.on_session_start(room)
        self._webhooks.tell(room, "room_created")
        return room

    def settings_for(self, request: pb.CreateRoomReq) -> pb.RoomMetadata:
        """The metadata of a new session; in a simple room it holds a new secret."""
        asked = pb.RoomMetadata()
        asked.CopyFrom(request.metadata)
        self._points.on_request(asked, request)
        settings = metadata.prepare(
            asked, lambda: self._points.on_secret(metadata.new_secret(), request.room_id)
        )
        self._points.on_settings(settings, request.room_id)
        return settings

    async def end(self, room: Room) -> None:
        """End the session and its breakout rooms; their data is deleted in the background."""
        room.status = RoomStatus.TRIGGERED_END
        await room.save()
        await self._events.to_all(
            room,
            pb.NatsMsgServerToClientEvents.SESSION_ENDED,
            "notifications.room-disconnected-room-ended",
            and_outside=True,
        )
        task = asyncio.create_task(self._clean_up(room))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        for breakout in room.breakouts:
            inner = self._rooms.running(breakout)
            if inner is not None:
                await self.end(inner)

    async def _clean_up(self, room: Room) -> None:
        async with self._rooms.lock(room.room_id):
            await room.until(
                lambda: not any(user.connections for user in room.users.values()), GOODBYE_S
            )
            for user in room.users.values():
                await self._bus.close_connections(user.connections)
            await self._media.delete_room(room.room_id)
            room.status = RoomStatus.ENDED
            await self._rooms.forget(room, delete=self._points.on_session_end(True, room))
        self._webhooks.tell(room, "session_ended")
        self._webhooks.tell(room, "room_finished")
        log.info("session %s of room %s has ended", room.sid, room.room_id)

    async def close(self) -> None:
        """Wait until the data of ended sessions is deleted."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2 * GOODBYE_S)
