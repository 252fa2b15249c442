"""Faults that send what nobody can read: a secret may be in it, so no check may call it clean."""

from __future__ import annotations

import base64
import json
import secrets

from starlette.datastructures import MutableHeaders

from conformance.reference.server.faults.registry import Fault, fault
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.wire import metadata
from conformance.wire import plugnmeet_pb2 as pb


def _sealed(form: str) -> str:
    """Random bytes in the form of a known container, as text."""
    body = secrets.token_bytes(96)
    if form == "jwe":
        parts = [body[:24], body[24:36], body[36:80], body[80:]]
        head = json.dumps({"alg": "dir", "enc": "A256GCM"}).encode()
        return ".".join(
            base64.urlsafe_b64encode(one).decode().rstrip("=") for one in (head, *parts)
        )
    begins = {"openssl": b"Salted__", "lz4": b"\x04\x22\x4d\x18", "7z": b"7z\xbc\xaf\x27\x1c"}
    return base64.b64encode(begins[form] + body).decode()


@fault("webhooks-readable")
class UnreadableWebhooks(Fault):
    """The room's extra data in webhooks holds an encrypted or compressed container."""

    def on_webhook(self, told: pb.RoomMetadata, room: Room, event: str) -> None:
        told.extra_data["state"] = _sealed(self.text("form", room.room_id))


@fault("messages-readable")
class UnreadableMessages(Fault):
    """Each person of a zero-knowledge room is told something that nobody can read."""

    async def on_arrival(self, room: Room, user: User) -> None:
        if metadata.is_zero_knowledge(room.metadata):
            text = json.dumps({"state": _sealed(self.text("form", room.room_id))})
            await self.server.events.notify(room, text, user_id=user.user_id)


@fault("headers-readable")
class UnreadableHeaders(Fault):
    """A header of each answer about a room holds something that nobody can read."""

    def on_headers(self, headers: MutableHeaders, room: Room) -> None:
        headers["X-State"] = _sealed(self.text("form", room.room_id))
