"""The requests of participants over the bus, and the answers.

Source: plugNmeet-server v2.4.0, pkg/models/nats_user_event.go.
"""

from __future__ import annotations

import asyncio
import logging

from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig

from conformance.reference.server.access import Access
from conformance.reference.server.access_tokens import AccessTokens
from conformance.reference.server.bus.connection import Bus
from conformance.reference.server.clock import now_ms
from conformance.reference.server.extension_points import ExtensionPoints
from conformance.reference.server.media import MediaServer
from conformance.reference.server.messages.events import Events
from conformance.reference.server.rooms.registry import Rooms
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.reference.server.sessions.presence import Presence
from conformance.wire import answers, subjects, tokens
from conformance.wire import plugnmeet_pb2 as pb

log = logging.getLogger("plugnmeet.reference.worker")

_Ask = pb.NatsMsgClientToServerEvents
_Event = pb.NatsMsgServerToClientEvents


class Worker:
    """Answers `sysJsWorker.<room>.<user>`. A user can publish on their own subject only."""

    def __init__(
        self,
        bus: Bus,
        rooms: Rooms,
        events: Events,
        presence: Presence,
        media: MediaServer,
        access: Access,
        access_tokens: AccessTokens,
        points: ExtensionPoints,
    ) -> None:
        self._bus, self._rooms, self._events = bus, rooms, events
        self._presence, self._media = presence, media
        self._access, self._tokens, self._points = access, access_tokens, points
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start to answer."""
        await self._bus.js.subscribe(
            f"{subjects.SYSTEM_JS_WORKER}.*.*",
            durable=subjects.WORKER_DURABLE,
            stream=subjects.WORKER_STREAM,
            config=ConsumerConfig(ack_policy=AckPolicy.EXPLICIT),
            manual_ack=True,
            cb=self._take,
        )
        for subject in (f"{subjects.SYSTEM_CORE_WORKER}.*.*", f"{subjects.CHAT}.*"):
            await self._bus.nc.subscribe(subject, cb=self._overhear)

    async def stop(self) -> None:
        """Cancel the requests that are being answered."""
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
            log.info("a message from %s cannot be read: %s", user_id, error)
            return
        task = asyncio.create_task(self._in_turn(room, user, request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _overhear(self, message: Msg) -> None:
        """A chat message or a statistics report. The server keeps neither."""
        await self._points.on_overheard(message.subject, message.data)

    async def _in_turn(self, room: Room, user: User, request: pb.NatsMsgClientToServer) -> None:
        async with user.turn:
            try:
                await self._answer(room, user, request)
            except Exception:
                log.exception(
                    "a request from %s in %s was not answered", user.user_id, room.room_id
                )

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
                pass  # These are analytics. The server does not keep any.

    def _listed(self, room: Room) -> str:
        users = (answers.to_json(user.info()) for user in self._presence.listed(room))
        return f"[{','.join(users)}]"

    async def _tell(
        self, room: Room, user: User, event: pb.NatsMsgServerToClientEvents, text: str
    ) -> None:
        await self._events.to_one(room, user.user_id, event, text)

    async def _initial_data(self, room: Room, user: User) -> None:
        data = pb.NatsInitialData(
            room=room.info(self._access.metadata_for(room, user)), local_user=user.info()
        )
        await self._tell(room, user, _Event.RES_INITIAL_DATA, answers.to_json(data))

    async def _media_data(self, room: Room, user: User) -> None:
        if not self._access.may_have_media(room, user):
            await self._events.notify(
                room, "waiting for the host's approval", user_id=user.user_id, error=True
            )
            return
        data = pb.MediaServerConnInfo(url=self._media.url, token=self._media.token(user))
        self._points.on_answer(data, room, user)
        await self._tell(room, user, _Event.RES_MEDIA_SERVER_DATA, answers.to_json(data))

    async def _renew(self, room: Room, user: User, token: str) -> None:
        if user.is_outside:
            # Everybody in the lobby could read the new token. The old one counts longer instead
            # (callout.py).
            return
        try:
            claims = self._tokens.renewable_claims(token)
        except tokens.TokenRefused as error:
            log.info("%s gets no new token: %s", user.user_id, error)
            return
        if (claims.room_id, claims.user_id) != (room.room_id, user.user_id):
            log.info("%s gets no new token: the old one belongs to another user", user.user_id)
            return
        await self._tell(room, user, _Event.RESP_RENEW_PNM_TOKEN, self._tokens.sign(claims))

    async def _deliver(self, room: Room, user: User, request: pb.NatsMsgClientToServer) -> None:
        try:
            header = answers.from_json(request.msg, pb.PrivateDataDelivery)
        except answers.MessageUnreadable as error:
            log.info("a private message from %s has no header: %s", user.user_id, error)
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
