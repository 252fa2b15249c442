"""An active room that is created again with weaker settings, and the data that joiners get then."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.bench.core.claims import Claim, Observation
from conformance.bench.rooms.server_responses import create_once
from conformance.clients.headless import session
from conformance.observers.answers import decode_nested
from conformance.stacks.base import RoomKind, Stack
from conformance.stacks.control_api import ServerRefused

_BLOCK: Final = "end_to_end_encryption_features"
_WITHOUT: Final[Mapping[str, Any]] = {}
_OFF: Final[Mapping[str, Any]] = {_BLOCK: {"is_enabled": False}}
_SERVERS: Final[Mapping[str, Any]] = {
    _BLOCK: {**RoomKind.SIMPLE.encryption, "enabled_self_insert_encryption_key": False}
}
_BARE: Final = ("included_chat_messages", "included_whiteboard")


@dataclass(frozen=True)
class SecondCreation:
    """One more createRoom of the room: the request in words, the answer, a new joiner's data."""

    words: str
    answered: Mapping[str, Any] | None
    """The encryption block in the answer; None for a refusal or an answer without one."""
    refused: str | None
    told: session.InitialData


@dataclass
class RecreatedRoom:
    """A room with an active session, and every attempt to weaken it."""

    room_id: str
    kind: RoomKind
    first: session.InitialData
    attempts: list[SecondCreation] = field(default_factory=list)

    def was_encrypted(self) -> Claim:
        """The control: before that, a joiner got the requested settings."""

        async def look() -> Observation:
            block = self.first.encryption
            right = {key: bool(block.get(key)) for key in self.kind.encryption}
            return Observation(right == self.kind.encryption, f"told: {right}", {"told": right})

        return Claim(f"the room was made a {self.kind} one", look, [])

    def is_not_weakened(self) -> list[Claim]:
        """After each request a joiner gets the same as before: settings, session, secret."""
        return [self._told_the_same(again) for again in self.attempts]

    def nobody_claims_otherwise(self) -> list[Claim]:
        """Each request was refused, or answered with the room's real settings."""
        return [self._answered_truly(again) for again in self.attempts]

    def _told_the_same(self, again: SecondCreation) -> Claim:
        async def look() -> Observation:
            before, after = self.first, again.told
            changed = sorted(
                key
                for key in {*before.encryption, *after.encryption}
                if before.encryption.get(key) != after.encryption.get(key)
            )
            changed += ["session id"] if before.session_id != after.session_id else []
            asks = after.verify.enabled_self_insert_encryption_key
            if asks != before.verify.enabled_self_insert_encryption_key:
                changed.append("who supplies the secret")
            words = f"changed: {', '.join(changed)}" if changed else "nothing has changed"
            return Observation(not changed, words, {"changed": changed})

        return Claim(f"created again {again.words}, the room stays as it was", look, [])

    def _answered_truly(self, again: SecondCreation) -> Claim:
        async def look() -> Observation:
            if again.refused is not None:
                return Observation(True, f"refused: {again.refused}")
            told = {key: bool((again.answered or {}).get(key)) for key in self.kind.encryption}
            silent = again.answered is None
            return Observation(
                silent or told == self.kind.encryption,
                "the answer does not mention encryption" if silent else f"answered: {told}",
                {"answered": told},
            )

        return Claim(f"created again {again.words}, the server claims no change", look, [])


async def recreate_weaker(stack: Stack, kind: RoomKind) -> RecreatedRoom:
    """Create a room, fetch a joiner's data, and create the room again in each weaker way.

    Raises:
        InsufficientEvidence: the server gave a joiner no usable answer.
    """
    room_id = await create_once(stack, kind)
    made = RecreatedRoom(room_id, kind, await _fetch(stack, room_id))
    weaker: dict[str, Mapping[str, Any]] = {
        "without the block": _WITHOUT,
        "with encryption off": _OFF,
        "with chat and whiteboard left out": {
            _BLOCK: {**kind.encryption, **dict.fromkeys(_BARE, False)}
        },
    }
    if kind is RoomKind.ZERO_KNOWLEDGE:
        weaker["with a secret from the server"] = _SERVERS
    for words, features in weaker.items():
        answered, refused = await _create_again(stack, room_id, features)
        made.attempts.append(SecondCreation(words, answered, refused, await _fetch(stack, room_id)))
    await stack.api.see_room_ended(room_id)
    return made


async def _create_again(
    stack: Stack, room_id: str, features: Mapping[str, Any]
) -> tuple[Mapping[str, Any] | None, str | None]:
    try:
        answer = await stack.api.create_room(room_id, RoomKind.PLAIN, features=features)
    except ServerRefused as refusal:
        return None, str(refusal)
    about = decode_nested(answer.get("room_info") or {})
    block = ((about.get("metadata") or {}).get("room_features") or {}).get(_BLOCK)
    return (dict(block) if isinstance(block, dict) else None), None


async def _fetch(stack: Stack, room_id: str) -> session.InitialData:
    return await session.fetch_initial_data(stack, room_id, f"fetcher-{secrets.token_hex(3)}")
