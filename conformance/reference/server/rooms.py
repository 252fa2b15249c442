"""Rooms and the people in them, written through to the product's key-value buckets.

This process is the only writer, so it reads from memory; the buckets hold what the product's
would: keys and fields of plugNmeet-server v2.4.0, pkg/services/nats/room_modify.go, user_modify.go.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nats.js.kv import KeyValue

from conformance.reference.server.accounts import Connection, RoomAccounts
from conformance.reference.server.bus import Bus
from conformance.wire import answers, subjects
from conformance.wire import plugnmeet_pb2 as pb


class RoomStatus(StrEnum):
    """Where a session stands."""

    CREATED = "created"
    ACTIVE = "active"
    TRIGGERED_END = "triggered_end"
    ENDED = "ended"


class UserStatus(StrEnum):
    """Where a person stands."""

    ADDED = "added"
    ONLINE = "online"
    DISCONNECTED = "disconnected"
    OFFLINE = "offline"


def now_ms() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)


@dataclass
class User:
    """One person of one session. `connections`: their live connections to the bus.

    `in_lobby`: they are, or were last, outside of the room's account. `admitted_now`: they have
    just come in from there, and are still to be told what they could not know.
    """

    user_id: str
    name: str
    room_id: str
    is_admin: bool
    metadata: pb.UserMetadata
    client_type: pb.ClientType = pb.ClientType.WEB
    sid: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: UserStatus = UserStatus.ADDED
    joined_at: int = 0
    reconnected_at: int = 0
    disconnected_at: int = 0
    last_ping_at: int = 0
    connections: set[Connection] = field(default_factory=set)
    was_connected: bool = False
    fresh: bool = True
    in_lobby: bool = False
    admitted_now: bool = False
    order: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def waits(self) -> bool:
        """Whether they are still to be admitted."""
        return bool(self.metadata.wait_for_approval)

    @property
    def is_outside(self) -> bool:
        """Whether what is said to them is said outside: they wait, or have not come in yet."""
        return self.waits or self.in_lobby

    def renew(self) -> None:
        """Give changed metadata a new id."""
        self.metadata.metadata_id = str(uuid.uuid4())

    def info(self) -> pb.NatsKvUserInfo:
        """As others are told of them."""
        return pb.NatsKvUserInfo(
            user_id=self.user_id,
            user_sid=self.sid,
            name=self.name,
            room_id=self.room_id,
            is_admin=self.is_admin,
            is_presenter=self.metadata.is_presenter,
            metadata=answers.to_json(self.metadata),
            joined_at=self.joined_at,
            reconnected_at=self.reconnected_at,
            disconnected_at=self.disconnected_at,
            client_type=self.client_type,
        )

    def fields(self) -> Mapping[str, str]:
        """As the bucket holds them."""
        return {
            "id": self.user_id,
            "sid": self.sid,
            "name": self.name,
            "room_id": self.room_id,
            "is_admin": _flag(self.is_admin),
            "is_presenter": _flag(self.metadata.is_presenter),
            "metadata": answers.to_json(self.metadata),
            "joined_at": str(self.joined_at),
            "reconnected_at": str(self.reconnected_at),
            "disconnected_at": str(self.disconnected_at),
            "last_ping_at": str(self.last_ping_at),
            "status": str(self.status),
            "is_blacklisted": "false",
            "client_type": str(self.client_type),
        }


@dataclass
class Room:
    """One session of a room. `metadata` holds the secret of a simple room: never log it."""

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
        """Whether people may still come in."""
        return self.status in (RoomStatus.CREATED, RoomStatus.ACTIVE)

    @property
    def encryption(self) -> pb.EndToEndEncryptionFeatures:
        """The encryption block of its metadata."""
        return self.metadata.room_features.end_to_end_encryption_features

    def online(self) -> list[User]:
        """Those who are there now, in the order in which they came."""
        there = [user for user in self.users.values() if user.status is UserStatus.ONLINE]
        return sorted(there, key=lambda user: user.order)

    def info(self, metadata: pb.RoomMetadata) -> pb.NatsKvRoomInfo:
        """As those inside are told of it, with the metadata that is meant for them."""
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
        """As an operator is told of it."""
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
        """Write what changed of the room to its bucket."""
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

    async def keep_secret(self, secret: str) -> None:
        """Keep a secret of the server's in the bucket; only a broken one calls this."""
        kept = {"room_id": self.room_id, "encryption_key": secret}
        await self.bucket.put("info_secret", json.dumps(kept).encode())

    async def save_user(self, user: User) -> None:
        """Write what changed of one user, and wake those who wait for a change."""
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
        """Wait until `condition` holds; False if it does not within the deadline."""
        try:
            async with asyncio.timeout(deadline_s), self.changed:
                await self.changed.wait_for(condition)
        except TimeoutError:
            return False
        return True


class Rooms:
    """All sessions of this server."""

    def __init__(self, bus: Bus, accounts: RoomAccounts) -> None:
        self._bus = bus
        self.accounts = accounts
        self._by_id: dict[str, Room] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._count = 0

    def lock(self, room_id: str) -> asyncio.Lock:
        """Held while a session of this id is created or ended."""
        return self._locks.setdefault(room_id, asyncio.Lock())

    def get(self, room_id: str) -> Room | None:
        """The session of this id, even one that is ending."""
        return self._by_id.get(room_id)

    def running(self, room_id: str) -> Room | None:
        """The session of this id, if people may come in."""
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
        """A new session, with a bucket of its own; call it with the room's lock held."""
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

    async def forget(self, room: Room, *, keep: bool = False) -> None:
        """Delete what is kept of an ended session; `keep` leaves its bucket as it was."""
        self._by_id.pop(room.room_id, None)
        self.accounts.release(room.sid)
        await asyncio.gather(
            *(self._bus.drop_consumer(room.room_id, user_id) for user_id in room.users)
        )
        if not keep:
            await self._bus.drop_room_bucket(room.room_id)


def _flag(value: bool) -> str:
    return "true" if value else "false"
