"""The auth callout: NATS asks the server who may connect, and with which permissions.

The server creates a participant's consumer before it answers, since the client binds the consumer
at once.

Source: plugNmeet-server v2.4.0, pkg/controllers/nats_auth_controller.go.
"""

from __future__ import annotations

import base64
import json
import logging
import time
import uuid
from typing import Any

import nkeys
from google.protobuf import json_format
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from conformance.reference.server.access import Access
from conformance.reference.server.access_tokens import AccessTokens
from conformance.reference.server.bus.accounts import PoolExhausted
from conformance.reference.server.bus.connection import Bus
from conformance.reference.server.config import NatsConfig
from conformance.reference.server.extension_points import BusAccess, ExtensionPoints
from conformance.reference.server.rooms.registry import Rooms
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire import subjects, tokens

log = logging.getLogger("plugnmeet.reference.callout")

_NO_LIMIT = -1


class Denied(Exception):
    """The connection is not allowed. The text goes to the NATS server's log."""


class Callout:
    """Answers $SYS.REQ.USER.AUTH."""

    def __init__(
        self,
        bus: Bus,
        rooms: Rooms,
        access: Access,
        access_tokens: AccessTokens,
        config: NatsConfig,
        points: ExtensionPoints,
    ) -> None:
        self._bus, self._rooms, self._access = bus, rooms, access
        self._tokens, self._points = access_tokens, points
        seed = config.issuer_seed.get_secret_value()
        self._issuer = nkeys.from_seed(bytearray(seed.encode()))
        self._issuer_name: str = self._issuer.public_key.decode()

    async def start(self) -> None:
        """Start to answer."""
        await self._bus.nc.subscribe(
            subjects.CALLOUT, queue=subjects.CALLOUT_QUEUE, cb=self._answer
        )
        await self._bus.nc.flush()

    async def _answer(self, message: Msg) -> None:
        try:
            asked = _payload(message.data)["nats"]
            user_nkey, server = asked["user_nkey"], asked["server_id"]["id"]
        except (ValueError, KeyError, TypeError) as error:
            log.warning("an auth request cannot be read: %s", type(error).__name__)
            return
        body: dict[str, Any] = {"type": "authorization_response", "version": 2}
        try:
            token = asked.get("connect_opts", {}).get("auth_token", "")
            body["jwt"] = await self._admit(token, user_nkey)
        except (Denied, PoolExhausted, tokens.TokenRefused) as error:
            log.info("a connection was denied: %s", error)
            body["error"] = str(error)
        except NatsError as error:
            log.warning("a connection was denied, since the bus failed: %s", error)
            body["error"] = "the server cannot admit anyone now"
        await message.respond(self._signed(user_nkey, server, body, "").encode())

    async def _admit(self, token: str, user_nkey: str) -> str:
        claims = self.claims_of(token)
        account, permissions = await self._place(claims)
        # Connection events carry this name, and the server finds the user by it.
        name = json_format.MessageToJson(
            pb.PlugNmeetTokenClaims(**claims.model_dump()), indent=None
        )
        body = {
            "type": "user",
            "version": 2,
            "subs": _NO_LIMIT,
            "data": _NO_LIMIT,
            "payload": _NO_LIMIT,
            **permissions.claims(),
        }
        return self._signed(user_nkey, account, body, name)

    def claims_of(self, token: str) -> tokens.Claims:
        """The claims of a valid token.

        A person in the lobby cannot renew their token, so for them an expired token counts for as
        long as it could be renewed.

        Raises:
            TokenRefused: the token is not valid.
        """
        try:
            return self._tokens.claims(token)
        except tokens.TokenExpired:
            claims = self._tokens.renewable_claims(token)
            room = self._rooms.running(claims.room_id)
            user = room.users.get(claims.user_id) if room else None
            if user is None or not user.in_lobby:
                raise
            return claims

    async def _place(self, claims: tokens.Claims) -> tuple[str, subjects.Permissions]:
        """The account and the permissions of this connection."""
        accounts = self._rooms.accounts
        if claims.name == tokens.RECORDER_NAME:
            return accounts.shared, subjects.recorder()
        room = self._rooms.running(claims.room_id)
        if room is None:
            raise Denied("the room is not active")
        user = room.users.get(claims.user_id)
        if user is None:
            raise Denied("the user is not known in this room")
        if not self._access.may_come_in(room, user):
            user.in_lobby = True
            await self._consumer(room, user)
            return accounts.lobby, subjects.waiting(room.room_id, user.user_id)
        place = self._points.on_bus_access(
            BusAccess(True, subjects.participant(room.room_id, user.user_id)), room
        )
        account = accounts.of(room.sid) if place.own_account else accounts.shared
        if user.in_lobby:
            # The subscriptions of an old connection would still deliver in the lobby.
            if user.connections:
                raise Denied("the user's connection in the lobby is not closed yet")
            user.in_lobby, user.admitted_now, user.fresh = False, True, True
        await self._consumer(room, user)
        return account, place.permissions

    async def _consumer(self, room: Room, user: User) -> None:
        await self._bus.make_consumer(
            room.room_id, user.user_id, fresh=user.fresh, waits=user.in_lobby
        )
        user.fresh = False

    def _signed(self, subject: str, audience: str, body: dict[str, Any], name: str) -> str:
        payload: dict[str, Any] = {
            "jti": uuid.uuid4().hex,
            "iat": int(time.time()),
            "iss": self._issuer_name,
            "sub": subject,
            "aud": audience,
            "nats": body,
        }
        if name:
            payload["name"] = name
        head = _encoded({"typ": "JWT", "alg": "ed25519-nkey"})
        text = f"{head}.{_encoded(payload)}"
        signature: bytes = self._issuer.sign(text.encode())
        return f"{text}.{_base64(signature)}"


def _payload(jwt: bytes) -> dict[str, Any]:
    part = jwt.split(b".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    return decoded


def _encoded(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
