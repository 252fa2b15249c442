"""A session's life: created, entered, ended.

Source: plugNmeet-server v2.4.0, pkg/models/room_create.go, user_join.go, room_end.go.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import uuid
from collections.abc import Callable
from pathlib import Path

from conformance.reference.rules import Rules
from conformance.reference.server import broken_secrets
from conformance.reference.server.bus import Bus
from conformance.reference.server.config import ServerConfig
from conformance.reference.server.events import Events
from conformance.reference.server.media import MediaServer
from conformance.reference.server.presence import Presence
from conformance.reference.server.rooms import Room, Rooms, RoomStatus, User, UserStatus
from conformance.reference.server.webhooks import Webhooks
from conformance.wire import metadata, tokens
from conformance.wire import plugnmeet_pb2 as pb

GOODBYE_S = 3.0
"""How long those inside may take to leave by themselves once the session has ended."""
DUPLICATE_S = 5.0
"""How long a new token waits for the same user's earlier page to leave."""
RESERVED_PREFIXES = ("ingres_", "pnm_agent-", "pnm_tts_agent-", "sip_")
RESERVED_SUFFIX = "-native"
WRITTEN_DOWN = "session"
"""How the files begin, in the server's own folder, that are left when `secret-not-in-files` is
broken."""
BOTS = ("RECORDER_BOT", "RTMP_BOT")
CONSTANT_SECRET = "0123456789abcdefghijklmnopqrstuv"  # noqa: S105 - what a broken server hands out

log = logging.getLogger("plugnmeet.reference.sessions")

_Code = pb.StatusCode


class Refused(Exception):
    """The server says no: `msg` is the product's text, `code` its status code."""

    def __init__(self, msg: str, code: pb.StatusCode = _Code.INTERNAL_SERVER_ERROR) -> None:
        super().__init__(msg)
        self.msg, self.code = msg, code


class Sessions:
    """Creates, opens to people, and ends."""

    def __init__(
        self,
        bus: Bus,
        rooms: Rooms,
        events: Events,
        presence: Presence,
        media: MediaServer,
        webhooks: Webhooks,
        config: ServerConfig,
        rules: Rules,
    ) -> None:
        self._bus, self._rooms = bus, rooms
        self._events, self._presence = events, presence
        self._media, self._webhooks = media, webhooks
        self._config, self._rules = config, rules
        self._tasks: set[asyncio.Task[None]] = set()
        self._first_secrets: dict[str, str] = {}
        self._secrets = broken_secrets.Repeating()

    async def create(self, request: pb.CreateRoomReq) -> Room:
        """The room's session: a new one, or the one that is running."""
        async with self._rooms.lock(request.room_id):
            running = self._rooms.running(request.room_id)
            if running is not None:
                if not self._rules.keeps("recreate-keeps-settings"):
                    running.metadata.CopyFrom(self._prepared(request))
                    await self._events.room_changed(running)
                return running
            sid = str(uuid.uuid4())
            if not self._rules.keeps("session-id-fresh"):
                sid = str(uuid.uuid5(uuid.NAMESPACE_URL, request.room_id))
            room = await self._rooms.open(
                request.room_id,
                sid,
                self._prepared(request),
                metadata.empty_timeout(request),
                request.max_participants,
            )
        log.info("session %s of room %s is created", room.sid, room.room_id)
        if metadata.is_zero_knowledge(room.metadata) and not self._rules.keeps(
            "no-secret-in-zero-knowledge-store"
        ):
            await room.keep_secret(metadata.new_secret())
        if not self._rules.keeps("secret-not-logged"):
            log.info("room %s: secret %s", room.room_id, room.encryption.encryption_key)
        if not self._rules.keeps("secret-not-in-files"):
            await asyncio.to_thread(_write_down, room)
        self._webhooks.tell(room, "room_created")
        return room

    def _prepared(self, request: pb.CreateRoomReq) -> pb.RoomMetadata:
        asked = pb.RoomMetadata()
        asked.CopyFrom(request.metadata)
        e2ee = asked.room_features.end_to_end_encryption_features
        if e2ee.is_enabled and not self._rules.keeps("encrypt-as-asked"):
            e2ee.Clear()
        elif e2ee.is_enabled and not self._rules.keeps("zero-knowledge-as-asked"):
            e2ee.enabled_self_insert_encryption_key = False
        elif not e2ee.is_enabled and not self._rules.keeps("plain-unless-asked"):
            e2ee.is_enabled = True
        prepared = metadata.prepare(asked, self._secret_maker(request.room_id))
        rules = self._rules.in_room(request.room_id)
        if metadata.is_zero_knowledge(prepared) and not rules.keeps("no-secret-in-zero-knowledge"):
            made = prepared.room_features.end_to_end_encryption_features
            made.encryption_key = metadata.new_secret()
        return prepared

    def _secret_maker(self, room_id: str) -> Callable[[], str] | None:
        if not self._rules.keeps("secret-in-simple"):
            return None
        if not self._rules.keeps("secret-unique-per-session"):
            return lambda: CONSTANT_SECRET
        if not self._rules.keeps("secret-strong"):
            return lambda: f"{secrets.randbelow(10_000):04}"
        if not self._rules.keeps("secret-long"):
            return lambda: metadata.new_secret()[:8]
        if not self._rules.keeps("secret-unbiased"):
            return broken_secrets.biased
        if not self._rules.keeps("secret-never-again"):
            return self._secrets.one_in_32_again
        if not self._rules.keeps("secret-own-when-made-at-once"):
            return self._secrets.one_each_second
        if not self._rules.keeps("secret-new-each-time"):
            return lambda: self._first_secrets.setdefault(room_id, metadata.new_secret())
        return metadata.new_secret

    async def admit(self, request: pb.GenerateTokenReq) -> str:
        """An access token; from now on the user is known in the room.

        Raises:
            Refused: no such room, or not with this name or user id.
        """
        room = self._rooms.running(request.room_id)
        if room is None:
            raise Refused("room is not active", _Code.ROOM_NOT_FOUND)
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
        claims = tokens.Claims(
            name=wanted.name,
            user_id=wanted.user_id,
            room_id=room.room_id,
            is_admin=wanted.is_admin,
            is_hidden=wanted.is_hidden,
            client_type=wanted.client_type,
        )
        return tokens.mint_access_token(
            claims,
            api_key=self._config.api_key,
            api_secret=self._config.api_secret.get_secret_value(),
            validity=self._config.token_validity,
        )

    async def _add(self, room: Room, wanted: pb.UserInfo, earlier: User | None) -> None:
        about = pb.UserMetadata()
        about.CopyFrom(wanted.user_metadata)
        about.is_admin, about.wait_for_approval = wanted.is_admin, False
        about.raised_hand.CopyFrom(pb.UserRaisedHand())
        about.ex_user_id = about.ex_user_id or wanted.user_id
        locks = room.metadata.default_lock_settings
        if wanted.is_admin:
            about.is_presenter = wanted.user_id not in BOTS and not any(
                user.metadata.is_presenter and user.user_id != wanted.user_id
                for user in room.online()
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
        user = User(
            user_id=wanted.user_id,
            name=wanted.name,
            room_id=room.room_id,
            is_admin=wanted.is_admin,
            metadata=about,
            client_type=wanted.client_type,
        )
        user.renew()
        if earlier is not None:
            # The same person's earlier page may still be leaving.
            user.connections, user.was_connected = earlier.connections, earlier.was_connected
        room.users[user.user_id] = user
        await room.save_user(user)

    async def end(self, room: Room) -> None:
        """End the session; what is kept of it is deleted after the answer."""
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
            await self._rooms.forget(room, keep=not self._rules.keeps("room-data-deleted"))
            self._rules.lie_in(room.room_id, ())
        self._webhooks.tell(room, "session_ended")
        self._webhooks.tell(room, "room_finished")
        log.info("session %s of room %s has ended", room.sid, room.room_id)

    async def close(self) -> None:
        """Finish what is being cleaned up."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2 * GOODBYE_S)


def _write_down(room: Room) -> None:
    """What a server leaves behind that keeps a file for each session."""
    Path(f"{WRITTEN_DOWN}-{room.sid}.json").write_text(
        json.dumps({"room": room.room_id, "secret": room.encryption.encryption_key}), "utf-8"
    )


def _check_reserved(user: pb.UserInfo) -> None:
    if user.user_id.startswith(RESERVED_PREFIXES):
        raise Refused(f"user_id: {user.user_id} is reserved for internal use only")
    if user.user_id.endswith(RESERVED_SUFFIX):
        raise Refused(f"user_id: suffix {RESERVED_SUFFIX} is reserved for internal use only")
    if user.name == tokens.RECORDER_NAME:
        raise Refused(f"name: {tokens.RECORDER_NAME} is reserved for internal use only")
