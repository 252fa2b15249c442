"""All sessions of this server, found by room id or by Session ID."""

from __future__ import annotations

import asyncio

from conformance.reference.server.bus.accounts import RoomAccounts
from conformance.reference.server.bus.connection import Bus
from conformance.reference.server.rooms.room import Room
from conformance.wire import plugnmeet_pb2 as pb


class Rooms:
    """All sessions of this server."""

    def __init__(self, bus: Bus, accounts: RoomAccounts) -> None:
        self._bus = bus
        self.accounts = accounts
        self._by_id: dict[str, Room] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._count = 0

    def lock(self, room_id: str) -> asyncio.Lock:
        """The lock that is held while a session of this room id is created or ended."""
        return self._locks.setdefault(room_id, asyncio.Lock())

    def get(self, room_id: str) -> Room | None:
        """The session of this room id, even one that is ending."""
        return self._by_id.get(room_id)

    def running(self, room_id: str) -> Room | None:
        """The session of this room id, if people can join it."""
        room = self._by_id.get(room_id)
        return room if room is not None and room.is_running else None

    def with_sid(self, sid: str) -> Room | None:
        """The running session with this Session ID."""
        return next((room for room in self.all_running() if room.sid == sid), None)

    def all_running(self) -> list[Room]:
        """Every running session."""
        return [room for room in self._by_id.values() if room.is_running]

    async def open(
        self,
        room_id: str,
        sid: str,
        metadata: pb.RoomMetadata,
        empty_timeout: int,
        max_participants: int,
    ) -> Room:
        """Open a new session with its own bucket. The caller holds the room's lock."""
        self._count += 1
        room = Room(
            room_id=room_id,
            sid=sid,
            table_id=self._count,
            metadata=metadata,
            empty_timeout=empty_timeout,
            max_participants=max_participants,
            bucket=await self._bus.room_bucket(room_id),
        )
        await room.save()
        self._by_id[room_id] = room
        return room

    async def forget(self, room: Room, *, delete: bool) -> None:
        """Remove an ended session; `delete` deletes its bucket, too."""
        self._by_id.pop(room.room_id, None)
        self.accounts.release(room.sid)
        await asyncio.gather(
            *(self._bus.drop_consumer(room.room_id, user_id) for user_id in room.users)
        )
        if delete:
            await self._bus.drop_room_bucket(room.room_id)
