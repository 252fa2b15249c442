"""Joining: a person gets an access token and becomes known in the room.

Source: plugNmeet-server v2.4.0, pkg/models/user_join.go.
"""

from __future__ import annotations

import uuid

from conformance.reference.server.access_tokens import AccessTokens
from conformance.reference.server.refused import Refused
from conformance.reference.server.rooms.registry import Rooms
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User, UserStatus
from conformance.reference.server.sessions.presence import Presence
from conformance.wire import metadata, tokens
from conformance.wire import plugnmeet_pb2 as pb

DUPLICATE_S = 5.0
"""A new token waits this long until the earlier page of the same user has left."""
RESERVED_PREFIXES = ("ingres_", "pnm_agent-", "pnm_tts_agent-", "sip_")
RESERVED_SUFFIX = "-native"
BOTS = ("RECORDER_BOT", "RTMP_BOT")


class Joining:
    """Gives out access tokens."""

    def __init__(self, rooms: Rooms, presence: Presence, tokens: AccessTokens) -> None:
        self._rooms, self._presence, self._tokens = rooms, presence, tokens

    async def token_for(self, request: pb.GenerateTokenReq) -> str:
        """An access token; from now on the user is known in the room.

        Raises:
            Refused: the room does not run, or the name or the user id cannot be used.
        """
        room = self._rooms.running(request.room_id)
        if room is None:
            raise Refused("room is not active", pb.StatusCode.ROOM_NOT_FOUND)
        wanted = request.user_info
        _check_reserved(wanted)
        if room.metadata.room_features.auto_gen_user_id and wanted.user_id not in BOTS:
            external, wanted.user_id = wanted.user_id, str(uuid.uuid4())
            wanted.user_metadata.ex_user_id = wanted.user_metadata.ex_user_id or external
        if not metadata.IDENTIFIER.match(wanted.user_id) or "-FIELD_" in wanted.user_id:
            raise Refused("user_id should only contain ASCII letters (a-z A-Z), digits (0-9) or -_")
        earlier = room.users.get(wanted.user_id)
        if earlier is not None and earlier.status is UserStatus.ONLINE:
            await self._presence.put_out(
                room, earlier, "notifications.room-disconnected-duplicate-entry"
            )
            await room.until(lambda: earlier.status is not UserStatus.ONLINE, DUPLICATE_S)
        await self._add(room, wanted, earlier)
        return self._tokens.sign(
            tokens.Claims(
                name=wanted.name,
                user_id=wanted.user_id,
                room_id=room.room_id,
                is_admin=wanted.is_admin,
                is_hidden=wanted.is_hidden,
                client_type=wanted.client_type,
            )
        )

    async def _add(self, room: Room, wanted: pb.UserInfo, earlier: User | None) -> None:
        user = User(
            user_id=wanted.user_id,
            name=wanted.name,
            room_id=room.room_id,
            is_admin=wanted.is_admin,
            metadata=_metadata_of(room, wanted),
            client_type=wanted.client_type,
        )
        user.renew()
        if earlier is not None:
            # The earlier page of this person may still be connected.
            user.connections, user.was_connected = earlier.connections, earlier.was_connected
        room.users[user.user_id] = user
        await room.save_user(user)


def _metadata_of(room: Room, wanted: pb.UserInfo) -> pb.UserMetadata:
    about = pb.UserMetadata()
    about.CopyFrom(wanted.user_metadata)
    about.is_admin, about.wait_for_approval = wanted.is_admin, False
    about.raised_hand.CopyFrom(pb.UserRaisedHand())
    about.ex_user_id = about.ex_user_id or wanted.user_id
    locks = room.metadata.default_lock_settings
    if wanted.is_admin:
        about.is_presenter = wanted.user_id not in BOTS and not any(
            user.metadata.is_presenter and user.user_id != wanted.user_id for user in room.online()
        )
        about.lock_settings.CopyFrom(pb.LockSettings())
        if not about.is_presenter:
            about.lock_settings.lock_whiteboard = locks.lock_whiteboard
    else:
        own = pb.LockSettings()
        own.CopyFrom(locks)
        own.MergeFrom(about.lock_settings)
        about.lock_settings.CopyFrom(own)
        about.wait_for_approval = room.metadata.room_features.waiting_room_features.is_active
    if not about.HasField("record_webcam"):
        about.record_webcam = True
    return about


def _check_reserved(user: pb.UserInfo) -> None:
    if user.user_id.startswith(RESERVED_PREFIXES):
        raise Refused(f"user_id: {user.user_id} is reserved for internal use only")
    if user.user_id.endswith(RESERVED_SUFFIX):
        raise Refused(f"user_id: suffix {RESERVED_SUFFIX} is reserved for internal use only")
    if user.name == tokens.RECORDER_NAME:
        raise Refused(f"name: {tokens.RECORDER_NAME} is reserved for internal use only")
