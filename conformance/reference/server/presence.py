"""Who is there: from the bus's connection events and from pings.

Source: plugNmeet-server v2.4.0, pkg/controllers/nats.go and pkg/models/nats_user_connection.go.
added -> online -> disconnected -> (5 s) offline -> (30 s) nothing kept on SFU and bus.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Coroutine
from typing import Any

from nats.aio.msg import Msg

from conformance.reference.rules import Rules
from conformance.reference.server.accounts import Connection
from conformance.reference.server.bus import Bus
from conformance.reference.server.events import Events
from conformance.reference.server.media import MediaServer
from conformance.reference.server.rooms import Room, Rooms, User, UserStatus, now_ms
from conformance.wire import metadata
from conformance.wire import plugnmeet_pb2 as pb

OFFLINE_AFTER_S = 5.0
FORGOTTEN_AFTER_S = 30.0
UNDISTURBED = 2
"""How many of a zero-knowledge room a server that suspects people believes to have the secret."""

log = logging.getLogger("plugnmeet.reference.presence")

_Event = pb.NatsMsgServerToClientEvents
_REMOVED = "notifications.room-disconnected-participant-removed"


class Presence:
    """Keeps each user's status, and tells the others of every change."""

    def __init__(
        self, bus: Bus, rooms: Rooms, events: Events, media: MediaServer, rules: Rules
    ) -> None:
        self._bus, self._rooms, self._events = bus, rooms, events
        self._media, self._rules = media, rules
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """From now on connections are seen, in every account."""
        for event in ("CONNECT", "DISCONNECT"):
            await self._bus.nc.subscribe(f"$SYS.ACCOUNT.*.{event}", cb=self._connection)

    async def stop(self) -> None:
        """Forget what was to be done later."""
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
            return  # a service or a recorder, not a participant
        if room is None or user is None:
            return
        if came:
            user.connections.add(connection)
            user.was_connected = True
            await self.came(room, user)
        else:
            user.connections.discard(connection)
            if not user.connections:
                await self._went(room, user)

    async def pinged(self, room: Room, user: User) -> None:
        """A ping: it shows who is there, unless it was left behind by a connection now gone."""
        user.last_ping_at = now_ms()
        if user.connections or not user.was_connected:
            await self.came(room, user)

    async def came(self, room: Room, user: User) -> None:
        """The user is there: tell the others, once."""
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
        if self.is_listed(room, user):
            await self._events.to_others(room, user, _Event.USER_JOINED)
        if user.admitted_now:
            user.admitted_now = False
            await self._events.user_changed(room, user)
            await self._events.room_changed(room)
        if not self._rules.keeps("encryption-never-flips"):
            await self._events.flip(room)
        if _is_late(room, user):
            await self._disturb(room, user)

    async def _disturb(self, room: Room, user: User) -> None:
        """What a server does that believes to know who has the secret; ours does none of it."""
        if not self._rules.keeps("wrong-key-not-kicked"):
            await self.put_out(room, user, _REMOVED)
        if not self._rules.keeps("others-stay"):
            await self.put_out(room, room.online()[0], _REMOVED)

    def is_listed(self, room: Room, user: User) -> bool:
        """Whether others are told that this one is there."""
        return self._rules.keeps("everyone-is-listed") or not _is_late(room, user)

    async def _went(self, room: Room, user: User) -> None:
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
        """End the session for one user."""
        await self._events.to_one(room, user.user_id, _Event.SESSION_ENDED, reason)
        await self._media.remove(room.room_id, user.user_id)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _is_late(room: Room, user: User) -> bool:
    """Whether others were there before this one, in a room whose people have the secret."""
    return metadata.is_zero_knowledge(room.metadata) and user.order > UNDISTURBED
