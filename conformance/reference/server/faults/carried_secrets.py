"""Faults that put a secret where others see it: into a token, a header, a cookie, an encoding."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any, Final

from google.protobuf.message import Message
from starlette.datastructures import MutableHeaders

from conformance.reference.server.faults.registry import Fault, fault
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.wire import metadata
from conformance.wire import plugnmeet_pb2 as pb

CLAIM: Final = "room_key"
HEADER: Final = "X-Room"
COOKIE: Final = "pnm_room"


def _of(server_room: Room | None) -> str:
    return server_room.encryption.encryption_key if server_room is not None else ""


@fault("secret-not-in-access-token")
class SecretInTheAccessToken(Fault):
    """The access token, which is part of the link, says the secret."""

    def on_claims(self, more: dict[str, Any], room_id: str) -> None:
        if secret := _of(self.server.rooms.running(room_id)):
            more[CLAIM] = secret


@fault("secret-not-in-media-token")
class SecretInTheMediaToken(Fault):
    """The token for the SFU has the secret, in base64, in its metadata."""

    def on_answer(self, answer: Message, room: Room, user: User | None) -> None:
        if isinstance(answer, pb.MediaServerConnInfo) and user and _of(room):
            coded = base64.b64encode(_of(room).encode()).decode()
            answer.token = self.server.media.token(user, metadata=coded)


@fault("secret-not-in-headers")
class SecretInAHeader(Fault):
    """A header of the server's answers has the secret in hex."""

    def on_headers(self, headers: MutableHeaders, room: Room) -> None:
        if _of(room):
            headers[HEADER] = _of(room).encode().hex()


@fault("secret-not-in-cookies")
class SecretInACookie(Fault):
    """A cookie has the secret inside of JSON in base64."""

    def on_headers(self, headers: MutableHeaders, room: Room) -> None:
        if _of(room):
            value = base64.urlsafe_b64encode(json.dumps({"k": _of(room)}).encode()).decode()
            headers["Set-Cookie"] = f"{COOKIE}={value.rstrip('=')}; Path=/"


@fault("secret-not-in-peoples-data")
class SecretInPeoplesData(Fault):
    """The data about a person that the others get has the secret in reverse."""

    async def on_arrival(self, room: Room, user: User) -> None:
        if _of(room):
            user.metadata.extra_data["room"] = _of(room)[::-1]
            await self.server.events.user_changed(room, user)


@fault("secret-encoded-not-in-webhooks")
class EncodedSecretInWebhooks(Fault):
    """Each webhook has the secret, compressed and in base64, in the room's extra data."""

    def on_webhook(self, told: pb.RoomMetadata, room: Room, event: str) -> None:
        if _of(room):
            packed = gzip.compress(json.dumps({"value": _of(room)}).encode())
            told.extra_data["state"] = base64.b64encode(packed).decode()


# A zero-knowledge room: the server must not have a secret, so it leaks one of its own.


class _InZeroKnowledge(Fault):
    def the_room(self, room_id: str) -> Room | None:
        """The room, if it is a zero-knowledge room."""
        room = self.server.rooms.running(room_id)
        return room if room is not None and metadata.is_zero_knowledge(room.metadata) else None


@fault("no-secret-in-zero-knowledge-messages")
class SecretInAMessage(_InZeroKnowledge):
    """A notification to each person has a key. The message does not name the room."""

    async def on_arrival(self, room: Room, user: User) -> None:
        if self.the_room(room.room_id):
            text = json.dumps({"encryption_key": metadata.new_secret()})
            await self.server.events.notify(room, text, user_id=user.user_id)


@fault("no-secret-in-zero-knowledge-tokens")
class SecretInAToken(_InZeroKnowledge):
    """The access token for a zero-knowledge room says a key."""

    def on_claims(self, more: dict[str, Any], room_id: str) -> None:
        if self.the_room(room_id):
            more["e2ee_key"] = metadata.new_secret()
