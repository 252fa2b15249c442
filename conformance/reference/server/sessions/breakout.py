"""Breakout rooms: each is a session with its own id and, in a simple room, its own secret.

The room id is `<parent>-<id>`. The settings are a copy of the parent's.

Source: plugNmeet-server v2.4.0.
"""

from __future__ import annotations

import time

from conformance.reference.server.messages.events import Events
from conformance.reference.server.refused import Refused
from conformance.reference.server.rooms.registry import Rooms
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.sessions.joining import Joining
from conformance.reference.server.sessions.lifecycle import Sessions
from conformance.wire import metadata, tokens
from conformance.wire import plugnmeet_pb2 as pb


class Breakouts:
    """Creates breakout rooms and lets people into them."""

    def __init__(self, rooms: Rooms, sessions: Sessions, joining: Joining, events: Events) -> None:
        self._rooms, self._sessions = rooms, sessions
        self._joining, self._events = joining, events

    async def create(self, parent: Room, request: pb.CreateBreakoutRoomsReq) -> None:
        """Create the requested rooms, and call the listed users into them.

        Raises:
            Refused: the parent is itself a breakout room, no room is requested, or an id is wrong.
        """
        if parent.metadata.is_breakout_room:
            raise Refused("breakout rooms cannot be created in a breakout room")
        if not request.rooms:
            raise Refused("no breakout room was asked for")
        for wanted in request.rooms:
            room_id = f"{parent.room_id}-{wanted.id}"
            if not metadata.IDENTIFIER.match(wanted.id):
                raise Refused("a breakout room's id should only contain letters, digits or -_")
            asked = metadata.breakout_request(parent.metadata, parent.room_id, wanted.title)
            await self._sessions.create(pb.CreateRoomReq(room_id=room_id, metadata=asked))
            kept = pb.BreakoutRoom()
            kept.CopyFrom(wanted)
            kept.id, kept.started, kept.created = room_id, True, int(time.time())
            parent.breakouts[room_id] = kept
            for user in wanted.users:
                await self._events.to_one(
                    parent,
                    user.id,
                    pb.NatsMsgServerToClientEvents.JOIN_BREAKOUT_ROOM,
                    room_id,
                )
        parent.metadata.room_features.breakout_room_features.is_active = True
        await self._events.room_changed(parent)

    async def join(
        self, parent: Room, claims: tokens.Claims, request: pb.JoinBreakoutRoomReq
    ) -> str:
        """An access token for one breakout room.

        Raises:
            Refused: the room does not exist, or the user is neither listed in it nor an
                administrator.
        """
        kept = parent.breakouts.get(request.breakout_room_id)
        if kept is None or self._rooms.running(request.breakout_room_id) is None:
            raise Refused("breakout room not found")
        user = parent.users.get(claims.user_id)
        listed = any(one.id == claims.user_id for one in kept.users)
        if user is None or not (claims.is_admin or listed):
            raise Refused("you can't join in this room")
        return await self._joining.token_for(
            pb.GenerateTokenReq(
                room_id=request.breakout_room_id,
                user_info=pb.UserInfo(
                    user_id=user.user_id, name=user.name, is_admin=claims.is_admin
                ),
            )
        )
