"""Presence: the server learns from connection events and pings who is online.

The states: added -> online -> disconnected -> (5 s) offline. After 30 s more the user is removed
from the SFU and the bus.

Source: plugNmeet-server v2.4.0, pkg/controllers/nats.go and pkg/models/nats_user_connection.go.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from nats.aio.msg import Msg

from conformance.reference.server.bus.accounts import Connection
from conformance.reference.server.bus.connection import Bus
from conformance.reference.server.clock import now_ms
from conformance.reference.server.extension_points import ExtensionPoints
from conformance.reference.server.media import MediaServer
from conformance.reference.server.messages.events import Events
from conformance.reference.server.rooms.registry import Rooms
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User, UserStatus
from conformance.wire import plugnmeet_pb2 as pb

OFFLINE_AFTER_S = 5.0
FORGOTTEN_AFTER_S = 30.0

log = logging.getLogger("plugnmeet.reference.presence")

_Event = pb.NatsMsgServerToClientEvents


class Presence:
    """Tracks the status of each user, and tells the others about every change.

    `arrivals`: what else happens when a user comes online.
    """

    def __init__(
        self, bus: Bus, rooms: Rooms, events: Events, media: MediaServer, points: ExtensionPoints
    ) -> None:
        self._bus, self._rooms, self._events = bus, rooms, events
        self._media, self._points = media, points
        self.arrivals: list[Callable[[Room, User], Awaitable[None]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start to receive the connection events of every account."""
        for event in ("CONNECT", "DISCONNECT"):
            await self._bus.nc.subscribe(f"$SYS.ACCOUNT.*.{event}", cb=self._connection)

    async def stop(self) -> None:
        """Cancel the tasks that wait for a user to come back."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connection(self, message: Msg) -> None:
        came = message.subject.endswith(".CONNECT")
        try:
            event = json.loads(message.data)
            client = event["client"]
            connection = Connection(event["server"]["id"], int(client["id"]), client["acc"])
            if came:
                self._rooms.accounts.connected(connection)
            else:
                self._rooms.accounts.disconnected(connection)
            claims = json.loads(client["user"])
            room = self._rooms.get(claims["roomId"])
            user = room.users.get(claims["userId"]) if room else None
        except (ValueError, KeyError, TypeError):
            return  # This is a service or a recorder, not a participant.
        if room is None or user is None:
            return
        if came:
            user.connections.add(connection)
            user.was_connected = True
            await self.came(room, user)
        else:
            user.connections.discard(connection)
            if not user.connections:
                await self._left(room, user)

    async def pinged(self, room: Room, user: User) -> None:
        """A ping of a user. It counts, unless it comes from a connection that is closed by now."""
        user.last_ping_at = now_ms()
        if user.connections or not user.was_connected:
            await self.came(room, user)

    async def came(self, room: Room, user: User) -> None:
        """The user is online. Tell the others, unless they know it already."""
        if user.status is UserStatus.ONLINE:
            return
        user.status = UserStatus.ONLINE
        if user.joined_at:
            user.reconnected_at = now_ms()
        else:
            user.joined_at = now_ms()
            room.arrivals += 1
            user.order = room.arrivals
        await room.save_user(user)
        log.info("%s is online in %s", user.user_id, room.room_id)
        if self._is_listed(room, user):
            await self._events.to_others(room, user, _Event.USER_JOINED)
        if user.admitted_now:
            user.admitted_now = False
            await self._events.user_changed(room, user)
            await self._events.room_changed(room)
        for arrived in self.arrivals:
            await arrived(room, user)
        await self._points.on_arrival(room, user)

    def listed(self, room: Room) -> list[User]:
        """The users that a participant of the room sees in the list of people."""
        return [user for user in room.online() if self._is_listed(room, user)]

    def _is_listed(self, room: Room, user: User) -> bool:
        return self._points.on_listing(True, room, user)

    async def _left(self, room: Room, user: User) -> None:
        if user.status is not UserStatus.ONLINE:
            return
        user.status = UserStatus.DISCONNECTED
        user.disconnected_at = now_ms()
        await room.save_user(user)
        log.info("%s has left %s", user.user_id, room.room_id)
        if not room.is_running:
            return
        await self._events.to_others(room, user, _Event.USER_DISCONNECTED)
        self._later(self._forget(room, user))

    async def _forget(self, room: Room, user: User) -> None:
        left_at = user.disconnected_at

        def is_back() -> bool:
            return user.status is UserStatus.ONLINE or user.disconnected_at != left_at

        if await room.until(is_back, OFFLINE_AFTER_S) or not room.is_running:
            return
        user.status = UserStatus.OFFLINE
        await room.save_user(user)
        await self._events.to_others(room, user, _Event.USER_OFFLINE)
        if await room.until(is_back, FORGOTTEN_AFTER_S) or not room.is_running:
            return
        await self._media.remove(room.room_id, user.user_id)
        await self._bus.drop_consumer(room.room_id, user.user_id)
        user.fresh = True

    async def put_out(self, room: Room, user: User, reason: str) -> None:
        """End the session for one user; `reason` is the text key that the page shows."""
        await self._events.to_one(room, user.user_id, _Event.SESSION_ENDED, reason)
        await self._media.remove(room.room_id, user.user_id)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
