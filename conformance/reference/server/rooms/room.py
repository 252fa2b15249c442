"""One session of a room, with its copy in a NATS bucket.

The server reads from memory, since no other process writes to the bucket. The bucket holds the same
keys as the product's: plugNmeet-server v2.4.0, pkg/services/nats/room_modify.go.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nats.js.kv import KeyValue

from conformance.reference.server.rooms.user import User, UserStatus
from conformance.wire import answers, subjects
from conformance.wire import plugnmeet_pb2 as pb


class RoomStatus(StrEnum):
    """The state of a session."""

    CREATED = "created"
    ACTIVE = "active"
    TRIGGERED_END = "triggered_end"
    ENDED = "ended"


@dataclass
class Room:
    """One session of a room. `metadata` holds the secret of a simple room: never log it.

    `created_at`: seconds since 1970. `arrivals`: how many users have come online so far.
    `changed`: notified when a user changes.
    """

    room_id: str
    sid: str
    table_id: int
    metadata: pb.RoomMetadata = field(repr=False)
    empty_timeout: int
    max_participants: int
    bucket: KeyValue = field(repr=False)
    created_at: int = field(default_factory=lambda: int(time.time()))
    status: RoomStatus = RoomStatus.CREATED
    users: dict[str, User] = field(default_factory=dict)
    breakouts: dict[str, pb.BreakoutRoom] = field(default_factory=dict)
    arrivals: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition, repr=False)
    _written: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_running(self) -> bool:
        """Whether people can still join."""
        return self.status in (RoomStatus.CREATED, RoomStatus.ACTIVE)

    @property
    def encryption(self) -> pb.EndToEndEncryptionFeatures:
        """The encryption block of the metadata."""
        return self.metadata.room_features.end_to_end_encryption_features

    def online(self) -> list[User]:
        """The users who are online now, in the order in which they came."""
        there = [user for user in self.users.values() if user.status is UserStatus.ONLINE]
        return sorted(there, key=lambda user: user.order)

    def info(self, metadata: pb.RoomMetadata) -> pb.NatsKvRoomInfo:
        """The room as a participant sees it; `metadata` is the copy for this participant."""
        return pb.NatsKvRoomInfo(
            db_table_id=self.table_id,
            room_id=self.room_id,
            room_sid=self.sid,
            status=str(self.status),
            empty_timeout=self.empty_timeout,
            max_participants=self.max_participants,
            metadata=answers.to_json(metadata),
            created_at=self.created_at,
        )

    def summary(self) -> pb.ActiveRoomInfo:
        """The room as an operator sees it."""
        return pb.ActiveRoomInfo(
            room_title=self.metadata.room_title,
            room_id=self.room_id,
            sid=self.sid,
            joined_participants=len(self.online()),
            is_running=1,
            is_recording=int(self.metadata.is_recording),
            is_active_rtmp=int(self.metadata.is_active_rtmp),
            webhook_url=self.metadata.webhook_url,
            is_breakout_room=int(self.metadata.is_breakout_room),
            parent_room_id=self.metadata.parent_room_id,
            creation_time=self.created_at,
            metadata=answers.to_json(self.metadata),
        )

    async def save(self) -> None:
        """Write the changed fields of the room to its bucket."""
        await self._write(
            {
                "info_id": str(self.table_id),
                "info_room_id": self.room_id,
                "info_room_sid": self.sid,
                "info_empty_timeout": str(self.empty_timeout),
                "info_max_participants": str(self.max_participants),
                "info_status": str(self.status),
                "info_metadata": answers.to_json(self.metadata),
                "info_created_at": str(self.created_at),
            }
        )

    async def save_user(self, user: User) -> None:
        """Write the changed fields of one user, and wake those who wait in `until`."""
        await self._write(
            {subjects.user_key(user.user_id, name): v for name, v in user.fields().items()}
        )
        async with self.changed:
            self.changed.notify_all()

    async def _write(self, values: Mapping[str, str]) -> None:
        if self.status is RoomStatus.ENDED:
            return
        new = {key: value for key, value in values.items() if self._written.get(key) != value}
        self._written.update(new)
        await asyncio.gather(*(self.bucket.put(key, value.encode()) for key, value in new.items()))

    async def until(self, condition: Callable[[], bool], deadline_s: float) -> bool:
        """Wait until `condition` holds, and return True; False if the deadline (s) passes first."""
        try:
            async with asyncio.timeout(deadline_s), self.changed:
                await self.changed.wait_for(condition)
        except TimeoutError:
            return False
        return True
