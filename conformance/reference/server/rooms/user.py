"""A person of one session.

Source of the bucket's keys: plugNmeet-server v2.4.0, pkg/services/nats/user_modify.go.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.reference.server.bus.accounts import Connection
from conformance.wire import answers
from conformance.wire import plugnmeet_pb2 as pb


class UserStatus(StrEnum):
    """The state of a user in a session."""

    ADDED = "added"
    ONLINE = "online"
    DISCONNECTED = "disconnected"
    OFFLINE = "offline"


@dataclass
class User:
    """One person of one session.

    `connections`: the live connections to the bus. `fresh`: the next consumer starts empty.
    `in_lobby`: the current or last connection is in the lobby account. `admitted_now`: the user has
    just moved from the lobby into the room's account and does not have the full metadata yet.
    `order`: 1 for the first user who came online in the session, then 2, and so on; 0 before that.
    `turn`: held while a request of this user is answered.
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
        """Whether the user has not been admitted yet."""
        return bool(self.metadata.wait_for_approval)

    @property
    def is_outside(self) -> bool:
        """Whether messages to the user go outside the room: not admitted, or still in the lobby."""
        return self.waits or self.in_lobby

    def renew(self) -> None:
        """Give the changed metadata a new id."""
        self.metadata.metadata_id = str(uuid.uuid4())

    def info(self) -> pb.NatsKvUserInfo:
        """The user as the other participants see it."""
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
        """The user's fields in the bucket."""
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


def _flag(value: bool) -> str:
    return "true" if value else "false"
