"""Claims about the server's answers to the operator's requests and to joiners."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Participant
from conformance.observers.answers import answers, decode_nested
from conformance.stacks.base import RoomKind, Stack

_SELF = "enabled_self_insert_encryption_key"


def told_encryption(person: Participant, *, is_enabled: bool, asks_for_secret: bool) -> Claim:
    """The server told this joiner whether encryption is on and who supplies the secret.

    It may repeat this as often as it likes, but must never say anything else.
    """

    async def look() -> Observation:
        told = answers(person.traffic)
        block = told.encryption
        seen_enabled = _says(block, "is_enabled")
        seen_asks = bool(told.asks_for_secret)
        in_metadata = _says(block, _SELF)
        complete = knows_room(person)
        flips = [
            later
            for later in told.later_encryption
            if (_says(later, "is_enabled"), _says(later, _SELF)) != (seen_enabled, in_metadata)
        ]
        return Observation(
            complete
            and not flips
            and (seen_enabled, seen_asks, in_metadata)
            == (is_enabled, asks_for_secret, asks_for_secret),
            "no answer was seen"
            if not complete
            else f"encryption {'on' if seen_enabled else 'off'}, "
            f"{'asked' if seen_asks else 'not asked'} for a secret, "
            f"metadata says {'the user' if in_metadata else 'the server'} supplies it"
            + (f"; {len(flips)} of {len(told.later_encryption)} updates differ" if flips else ""),
            {
                "encryption": _without_secret(block),
                "asks_for_secret": told.asks_for_secret,
                "updates_that_say_other": [_without_secret(one) for one in flips[:5]],
            },
            decided=complete,
        )

    words = f"encryption {'on' if is_enabled else 'off'}" + (
        f", {'the user' if asks_for_secret else 'the server'} supplies the secret"
        if is_enabled
        else ""
    )
    return Claim(f"{person.name} is told: {words}", look, [person.changes, person.traffic], 10.0)


def knows_room(person: Participant) -> bool:
    """Has this joiner received the server's description of the room? Then the joiner may leave."""
    told = answers(person.traffic)
    return told.room is not None and told.verify is not None


def told_of_room(person: Participant) -> Claim:
    """The server described the room to this joiner, whatever the description says."""

    async def look() -> Observation:
        if knows_room(person):
            return Observation(True, "verifyToken and RES_INITIAL_DATA were answered")
        return Observation(False, f"no answer was seen ({person.join_failure or 'yet'})")

    return Claim(
        f"{person.name} gets the room's description", look, [person.changes, person.traffic], 10.0
    )


def has_answers(person: Participant) -> Claim:
    """All of the server's answers to this joiner were readable."""

    async def look() -> Observation:
        told = answers(person.traffic)
        missing = [
            name
            for name, value in (
                ("verifyToken", told.verify),
                ("RES_INITIAL_DATA", told.room),
                ("RES_MEDIA_SERVER_DATA", told.media),
            )
            if value is None
        ]
        return Observation(not missing, f"missing: {', '.join(missing) or 'none'}", {})

    return Claim(
        f"the server's answers to {person.name} were read",
        look,
        [person.changes, person.traffic],
        10.0,
    )


def differences(one: Participant, other: Participant) -> list[str]:
    """Where the server's answers to two joiners differ, apart from values that always differ."""
    mine, theirs = answers(one.traffic).comparable(), answers(other.traffic).comparable()
    found: list[str] = []
    _compare("", mine, theirs, found)
    return found


def same_answers(one: Participant, other: Participant) -> Claim:
    """The server gave both the same answers."""

    async def look() -> Observation:
        found = differences(one, other)
        return Observation(
            not found,
            "no difference" if not found else f"differences in {', '.join(found[:5])}",
            {"differences": found},
        )

    return Claim(f"the server answers {one.name} and {other.name} the same way", look, [])


def different_answers(one: Participant, other: Participant) -> Claim:
    """The comparison's canary: it does notice a difference."""

    async def look() -> Observation:
        found = differences(one, other)
        return Observation(
            bool(found), f"differences in {', '.join(found[:5]) or 'nothing'}", {"found": found}
        )

    return Claim(f"the comparison tells {one.name} from {other.name}", look, [])


# -- the operator's requests -------------------------------------------------------------------


@dataclass
class BadRequest:
    """One createRoom request that must be refused, and its result.

    `metadata` and `headers` are merged into a request that would be accepted; `body` replaces it.
    """

    name: str
    words: Sequence[str]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    encryption: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str | None] = field(default_factory=dict)
    body: Callable[[bytes], bytes] = bytes
    room_id: str = "conform-bad"

    def for_new_room(self) -> BadRequest:
        """The same request for a new room id."""
        return replace(self, room_id=f"conform-bad-{secrets.token_hex(5)}")

    def request(self) -> bytes:
        """The request's exact body."""
        features = {
            "end_to_end_encryption_features": {
                **RoomKind.SIMPLE.encryption,
                **self.encryption,
            }
        }
        metadata = {"room_title": "never", "room_features": features, **self.metadata}
        whole = {"room_id": self.room_id, "metadata": metadata}
        return self.body(json.dumps(whole).encode())

    def refused(self, stack: Stack) -> Claim:
        """The server answers with the documented error."""

        async def look() -> Observation:
            response = await stack.api.post_signed(
                "/auth/room/create", self.request(), headers=self.headers
            )
            text = response.text
            try:
                answer = response.json()
                accepted = bool(answer.get("status"))
                said = str(answer.get("msg", ""))
            except (ValueError, AttributeError):
                accepted, said = response.status_code == 200, text[:200]
            right = not accepted and any(word in said for word in self.words)
            return Observation(
                right,
                f'HTTP {response.status_code}, {"accepted" if accepted else "refused"}: "{said}"',
                {"http_status": response.status_code, "msg": said, "expected": list(self.words)},
            )

        return Claim(f"createRoom ({self.name}) is refused for its own reason", look, [])

    def created_nothing(self, stack: Stack) -> Claim:
        """No room with that id is active afterwards."""
        return room_is(stack, self.room_id, active=False)


def room_is(stack: Stack, room_id: str, *, active: bool) -> Claim:
    """The server says that a room is (not) active."""

    async def look() -> Observation:
        seen = await stack.api.is_room_active(room_id)
        return Observation(seen is active, "active" if seen else "not active", {"active": seen})

    return Claim(f"room {room_id} is {'' if active else 'not '}active", look, [])


def secret_of_created(created: Mapping[str, Any]) -> str | None:
    """The secret in createRoom's answer for a simple room; None for other kinds."""
    about = decode_nested(created.get("room_info") or {})
    features = ((about.get("metadata") or {}).get("room_features")) or {}
    block = features.get("end_to_end_encryption_features") or {}
    return block.get("encryption_key") or None


async def create_once(stack: Stack, kind: RoomKind, room_id: str | None = None) -> str:
    """Create a room through the API only. Returns its id."""
    chosen = room_id or f"conform-{kind.value}-{secrets.token_hex(5)}"
    await stack.api.create_room(chosen, kind)
    return chosen


def _says(block: Mapping[str, Any], name: str) -> bool:
    return bool(block.get(name))


def _without_secret(block: Mapping[str, Any]) -> dict[str, Any]:
    return {key: ("…" if key == "encryption_key" else value) for key, value in block.items()}


def _compare(path: str, one: Any, other: Any, found: list[str]) -> None:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            _compare(f"{path}.{key}", one.get(key), other.get(key), found)
    elif one != other:
        found.append(path.lstrip("."))
