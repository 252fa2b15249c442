"""The server's answers to one joiner, read from the joiner's own traffic.

This works with any client. The answers come from its HTTP exchanges and its NATS connection
(plugnmeet v2.4.0: `/api/verifyToken` and the RES_* events), never from the client's state.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import jwt

from conformance.observers.page.traffic import TrafficLog
from conformance.wire import plugnmeet_pb2 as pb

_PER_JOINER = {
    "metadata_id", "created_at", "started_at", "joined_at", "reconnected_at", "disconnected_at",
    "user_id", "user_sid", "ex_user_id", "name", "nbf", "exp", "iat", "sub", "identity", "jti",
    "db_table_id",
}  # fmt: skip
"""Fields that differ between joiners, whatever key a joiner typed."""


@dataclass(frozen=True)
class Answers:
    """The server's answers to one joiner. An absent answer is None.

    Attributes:
        asks_for_secret: verifyToken's `enabled_self_insert_encryption_key`.
        room: `RES_INITIAL_DATA.room` as JSON with its `metadata` decoded.
        secret: the secret that the server sent, None if the field is absent.
        session_id: the room's sid.
        media: RES_MEDIA_SERVER_DATA as JSON, with the LiveKit token replaced by its claims.
    """

    asks_for_secret: bool | None
    room: dict[str, Any] | None
    media: dict[str, Any] | None
    verify: dict[str, Any] | None
    local_user: dict[str, Any] | None = None
    later_secrets: list[str] = field(default_factory=list)
    later_encryption: list[dict[str, Any]] = field(default_factory=list)
    """The encryption block of each ROOM_METADATA_UPDATE, empty if the update has none."""

    @property
    def encryption(self) -> dict[str, Any]:
        """The room's `end_to_end_encryption_features`, empty if there are none."""
        return _at(self.room, "metadata", "room_features", "end_to_end_encryption_features")

    @property
    def secret(self) -> str | None:
        """The secret that the server sent."""
        return _text(self.encryption, "encryption_key")

    @property
    def session_id(self) -> str | None:
        """The room's session id."""
        return _text(self.room or {}, "room_sid")

    def comparable(self) -> dict[str, Any]:
        """The answers without fields that differ between any two joiners (REQ WRONG-9, NOKEY-9)."""
        return {
            "verify": _strip(self.verify),
            # "created" at first, "active" once the first participant's media arrives
            "room": _strip({k: v for k, v in (self.room or {}).items() if k != "status"}),
            "local_user": _strip(self.local_user),
            "media": _strip(self.media),
        }


def answers(log: TrafficLog) -> Answers:
    """Read the answers from a page's traffic so far."""
    verify = _verify(log)
    room: dict[str, Any] | None = None
    local_user: dict[str, Any] | None = None
    media: dict[str, Any] | None = None
    later: list[str] = []
    blocks: list[dict[str, Any]] = []
    for event in log.server_events():
        if event.name == "RES_INITIAL_DATA" and room is None:
            data = decode_nested(event.json())
            room, local_user = _object(data.get("room")), _object(data.get("local_user"))
        elif event.name == "RES_MEDIA_SERVER_DATA" and media is None:
            media = decode_nested(event.json())
            token = media.get("token")
            if isinstance(token, str):
                media["token"] = _claims(token)
        elif event.name == "ROOM_METADATA_UPDATE":
            e2ee = _at(
                decode_nested(event.json()), "room_features", "end_to_end_encryption_features"
            )
            blocks.append(e2ee)
            if key := _text(e2ee, "encryption_key"):
                later.append(key)
    asks = None if verify is None else bool(verify.get("enabled_self_insert_encryption_key"))
    return Answers(asks, room, media, verify, local_user, later, blocks)


def _object(value: Any) -> dict[str, Any] | None:
    """`value` if it is a JSON object, else None. A server may send any value."""
    return value if isinstance(value, dict) else None


def _at(value: Any, *names: str) -> dict[str, Any]:
    """The object at this path of names, empty if there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return dict(value) if isinstance(value, dict) else {}


def _text(value: dict[str, Any], name: str) -> str | None:
    """The field's value if it is text, else None."""
    found = value.get(name)
    return found if isinstance(found, str) else None


_MAX_DEPTH = 40
"""Levels of nesting that are decoded. The product's answers have eight."""


def decode_nested(value: Any, depth: int = 0) -> Any:
    """Decode JSON and the JSON inside its strings (`metadata`); too deep levels become "…"."""
    if depth > _MAX_DEPTH:
        return "…" if isinstance(value, dict | list) else value
    if isinstance(value, dict):
        return {key: decode_nested(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [decode_nested(item, depth + 1) for item in value]
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return decode_nested(json.loads(value), depth + 1)
        except (ValueError, RecursionError):
            return value
    return value


def _verify(log: TrafficLog) -> dict[str, Any] | None:
    from google.protobuf.json_format import MessageToDict

    for exchange in log.http:
        if exchange.url.partition("?")[0].endswith("/api/verifyToken") and exchange.response_body:
            answer = pb.VerifyTokenRes()
            try:
                answer.ParseFromString(exchange.response_body)
            except Exception:  # noqa: S112 - a hostile answer counts as none
                continue
            decoded: dict[str, Any] = MessageToDict(answer, preserving_proto_field_name=True)
            return decoded
    return None


def _claims(token: str) -> Any:
    try:
        return decode_nested(jwt.decode(token, options={"verify_signature": False}))
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return "not a JWT"


def _strip(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _strip(item) for key, item in value.items() if key not in _PER_JOINER}
    if isinstance(value, list):
        return [_strip(item) for item in value]
    return value
