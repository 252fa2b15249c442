"""What those in a room ask of the server over the bus, and the answers.

Source: plugNmeet-server v2.4.0, pkg/models/nats_user_event.go.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Iterable

from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig

from conformance.reference.rules import Rules
from conformance.reference.server.bus import Bus
from conformance.reference.server.config import ServerConfig
from conformance.reference.server.events import Events
from conformance.reference.server.media import MediaServer
from conformance.reference.server.presence import UNDISTURBED, Presence
from conformance.reference.server.rooms import Room, Rooms, User, now_ms
from conformance.wire import answers, metadata, subjects, tokens
from conformance.wire import plugnmeet_pb2 as pb

log = logging.getLogger("plugnmeet.reference.worker")

KEPT_CHAT = "reference-chat"
"""Where chat is kept when `chat-not-kept` is broken."""

_Ask = pb.NatsMsgClientToServerEvents
_Event = pb.NatsMsgServerToClientEvents


class Worker:
    """Reads `sysJsWorker.<room>.<user>`; the bus lets each user publish only on their own."""

    def __init__(
        self,
        bus: Bus,
        rooms: Rooms,
        events: Events,
        presence: Presence,
        media: MediaServer,
        config: ServerConfig,
        rules: Rules,
    ) -> None:
        self._bus, self._rooms, self._events = bus, rooms, events
        self._presence, self._media = presence, media
        self._config, self._rules = config, rules
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """From now on requests are answered."""
        await self._bus.js.subscribe(
            f"{subjects.SYSTEM_JS_WORKER}.*.*",
            durable=subjects.WORKER_DURABLE,
            stream=subjects.WORKER_STREAM,
            config=ConsumerConfig(ack_policy=AckPolicy.EXPLICIT),
            manual_ack=True,
            cb=self._take,
        )
        await self._bus.nc.subscribe(f"{subjects.SYSTEM_CORE_WORKER}.*.*", cb=self._report)
        await self._bus.nc.subscribe(f"{subjects.CHAT}.*", cb=self._said)

    async def stop(self) -> None:
        """Drop what is being answered."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take(self, message: Msg) -> None:
        await message.ack()
        _, room_id, user_id = message.subject.split(".")
        room = self._rooms.running(room_id)
        user = room.users.get(user_id) if room else None
        if room is None or user is None:
            return
        try:
            request = answers.from_bytes(message.data, pb.NatsMsgClientToServer)
        except answers.MessageUnreadable as error:
            log.info("a message of %s cannot be read: %s", user_id, error)
            return
        task = asyncio.create_task(self._in_turn(room, user, request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _report(self, message: Msg) -> None:
        """What pages report for the statistics is nothing that this server keeps."""
        if not self._rules.keeps("reports-not-logged"):
            text = message.data.decode("utf-8", "replace")
            log.info("a report on %s: %s", message.subject, text)

    async def _said(self, message: Msg) -> None:
        """What people say to each other passes by on the bus, and is nothing to be kept."""
        if not self._rules.keeps("chat-not-kept"):
            kept = await self._bus.js.create_key_value(bucket=KEPT_CHAT)
            await kept.put(uuid.uuid4().hex, message.data)

    async def _in_turn(self, room: Room, user: User, request: pb.NatsMsgClientToServer) -> None:
        async with user.turn:
            try:
                await self._answer(room, user, request)
            except Exception:
                log.exception("a request of %s in %s was not answered", user.user_id, room.room_id)

    async def _answer(self, room: Room, user: User, request: pb.NatsMsgClientToServer) -> None:
        match request.event:
            case _Ask.PING:
                await self._presence.pinged(room, user)
                await self._tell(room, user, _Event.PONG, str(now_ms()))
            case _Ask.REQ_INITIAL_DATA:
                await self._initial_data(room, user)
            case _Ask.REQ_JOINED_USERS_LIST:
                await self._presence.pinged(room, user)
                await self._tell(room, user, _Event.RES_JOINED_USERS_LIST, self._listed(room))
            case _Ask.REQ_ONLINE_USERS_LIST:
                await self._tell(room, user, _Event.RESP_ONLINE_USERS_LIST, self._listed(room))
            case _Ask.REQ_MEDIA_SERVER_DATA:
                await self._media_data(room, user)
            case _Ask.REQ_RENEW_PNM_TOKEN:
                await self._renew(room, user, request.msg)
            case _Ask.REQ_PRIVATE_DATA_DELIVERY:
                await self._deliver(room, user, request)
            case _Ask.REQ_RAISE_HAND | _Ask.REQ_LOWER_HAND:
                await self._hand(room, user, raised=request.event == _Ask.REQ_RAISE_HAND)
            case _Ask.REQ_LOWER_OTHER_USER_HAND:
                other = room.users.get(request.msg)
                if user.is_admin and other is not None:
                    await self._hand(room, other, raised=False)
            case _:
                pass  # analytics

    def _listed(self, room: Room) -> str:
        return _people(user for user in room.online() if self._presence.is_listed(room, user))

    async def _tell(
        self, room: Room, user: User, event: pb.NatsMsgServerToClientEvents, text: str
    ) -> None:
        await self._events.to_one(room, user.user_id, event, text)

    async def _initial_data(self, room: Room, user: User) -> None:
        data = pb.NatsInitialData(
            room=room.info(self._events.metadata_for(room, user)), local_user=user.info()
        )
        await self._tell(room, user, _Event.RES_INITIAL_DATA, answers.to_json(data))

    async def _media_data(self, room: Room, user: User) -> None:
        if user.is_outside and self._rules.keeps("secret-only-for-admitted"):
            await self._events.notify(
                room, "waiting for the host's approval", user_id=user.user_id, error=True
            )
            return
        data = pb.MediaServerConnInfo(
            url=self._media.url, token=self._media.token(user, self._mark(room, user))
        )
        if not self._rules.in_room(room.room_id).keeps("messages-lead-nowhere"):
            data.native_token = self._media.native_token(user)
        await self._tell(room, user, _Event.RES_MEDIA_SERVER_DATA, answers.to_json(data))

    def _mark(self, room: Room, user: User) -> str:
        """What a token for the SFU says beside its rights: nothing, for nothing is known."""
        late = metadata.is_zero_knowledge(room.metadata) and user.order > UNDISTURBED
        return "suspect" if late and not self._rules.keeps("same-media-token-for-all") else ""

    async def _renew(self, room: Room, user: User, token: str) -> None:
        if user.is_outside:
            # Others who wait could read it. Theirs counts for longer instead (callout.py).
            return
        secret = self._config.api_secret.get_secret_value()
        try:
            claims = tokens.verify_access_token(
                token,
                api_key=self._config.api_key,
                api_secret=secret,
                grace=tokens.RENEWAL_GRACE_S,
            )
        except tokens.TokenRefused as error:
            log.info("%s gets no new token: %s", user.user_id, error)
            return
        if (claims.room_id, claims.user_id) != (room.room_id, user.user_id):
            log.info("%s gets no new token: it is another's", user.user_id)
            return
        new = tokens.mint_access_token(
            claims,
            api_key=self._config.api_key,
            api_secret=secret,
            validity=self._config.token_validity,
        )
        await self._tell(room, user, _Event.RESP_RENEW_PNM_TOKEN, new)

    async def _deliver(self, room: Room, user: User, request: pb.NatsMsgClientToServer) -> None:
        try:
            header = answers.from_json(request.msg, pb.PrivateDataDelivery)
        except answers.MessageUnreadable as error:
            log.info("a private message of %s has no header: %s", user.user_id, error)
            return
        to = [header.to_user_id] + ([user.user_id] if header.echo_to_sender else [])
        for user_id in to:
            if user_id in room.users:
                await self._events.to_one(
                    room, user_id, _Event.DELIVERY_PRIVATE_DATA, request.msg, request.bin_msg
                )

    async def _hand(self, room: Room, user: User, *, raised: bool) -> None:
        user.metadata.raised_hand.is_raised = raised
        user.metadata.raised_hand.raised_at = now_ms() // 1000 if raised else 0
        await self._events.user_changed(room, user)


def _people(people: Iterable[User]) -> str:
    return "[" + ",".join(answers.to_json(user.info()) for user in people) + "]"
