"""The auth callout: NATS asks us who may connect, and what they may do.

Source: plugNmeet-server v2.4.0, pkg/controllers/nats_auth_controller.go. The consumer of a
participant is made before the answer, for the client binds it at once.
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

from conformance.reference.rules import Rules
from conformance.reference.server.accounts import PoolExhausted
from conformance.reference.server.bus import Bus
from conformance.reference.server.config import ServerConfig
from conformance.reference.server.rooms import Room, Rooms, User
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire import subjects, tokens

FOR_EVER_S = 30 * 24 * 3600
"""How long a token counts past its end when `reject-expired-token` is broken."""

log = logging.getLogger("plugnmeet.reference.callout")

_NO_LIMIT = -1


class Denied(Exception):
    """This connection is not let in; the text goes to the NATS server's log."""


class Callout:
    """Answers $SYS.REQ.USER.AUTH."""

    def __init__(self, bus: Bus, rooms: Rooms, config: ServerConfig, rules: Rules) -> None:
        self._bus, self._rooms, self._config, self._rules = bus, rooms, config, rules
        seed = config.nats.issuer_seed.get_secret_value()
        self._issuer = nkeys.from_seed(bytearray(seed.encode()))
        self._issuer_name: str = self._issuer.public_key.decode()

    async def start(self) -> None:
        """From now on connections are answered."""
        await self._bus.nc.subscribe(
            subjects.CALLOUT, queue=subjects.CALLOUT_QUEUE, cb=self._answer
        )
        await self._bus.nc.flush()

    async def _answer(self, message: Msg) -> None:
        try:
            asked = _payload(message.data)["nats"]
            user_nkey, server = asked["user_nkey"], asked["server_id"]["id"]
        except (ValueError, KeyError, TypeError) as error:
            log.warning("an auth request that cannot be read: %s", type(error).__name__)
            return
        body: dict[str, Any] = {"type": "authorization_response", "version": 2}
        try:
            token = asked.get("connect_opts", {}).get("auth_token", "")
            body["jwt"] = await self._admit(token, user_nkey)
        except (Denied, PoolExhausted, tokens.TokenRefused) as error:
            log.info("a connection is denied: %s", error)
            body["error"] = str(error)
        except NatsError as error:
            log.warning("a connection is denied, the bus failed: %s", error)
            body["error"] = "the server cannot admit anyone now"
        await message.respond(self._signed(user_nkey, server, body, "").encode())

    async def _admit(self, token: str, user_nkey: str) -> str:
        claims = self.claims_of(token)
        account, permissions = await self._place(claims)
        # The name is how connection events are told apart later.
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
        """What a good token says. Whoever waits gets no new one, so theirs may have expired.

        Raises:
            TokenRefused: it is not good.
        """
        key, secret = self._config.api_key, self._config.api_secret.get_secret_value()
        try:
            kept = self._rules.keeps("reject-expired-token")
            return tokens.verify_access_token(
                token,
                api_key=key,
                api_secret=secret,
                grace=tokens.LEEWAY_S if kept else FOR_EVER_S,
            )
        except tokens.TokenExpired:
            claims = tokens.verify_access_token(
                token, api_key=key, api_secret=secret, grace=tokens.RENEWAL_GRACE_S
            )
            room = self._rooms.running(claims.room_id)
            user = room.users.get(claims.user_id) if room else None
            if user is None or not user.in_lobby:
                raise
            return claims

    async def _place(self, claims: tokens.Claims) -> tuple[str, subjects.Permissions]:
        """The account of one who may come in, and what they may do there."""
        shared = self._config.nats.account
        if claims.name == tokens.RECORDER_NAME:
            return shared, subjects.recorder()
        room = self._rooms.running(claims.room_id)
        if room is None:
            raise Denied("the room is not active")
        user = room.users.get(claims.user_id)
        if user is None:
            raise Denied("the user is not known in this room")
        if user.waits and self._rules.keeps("secret-only-for-admitted"):
            user.in_lobby = True
            await self._consumer(room, user)
            return self._rooms.accounts.lobby, subjects.waiting(room.room_id, user.user_id)
        account = self._rooms.accounts.of(room.sid)
        if user.in_lobby:
            # What an old connection asked for would still be delivered in the lobby.
            if user.connections:
                raise Denied("the user's connection in the lobby is not closed yet")
            user.in_lobby, user.admitted_now, user.fresh = False, True, True
        await self._consumer(room, user)
        if not self._rules.keeps("bus-only-own-room"):
            return shared, subjects.Permissions(publish=(">",), subscribe=(">",))
        return account, subjects.participant(room.room_id, user.user_id)

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
