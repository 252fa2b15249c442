"""Ingress and SIP dial-in: doors through which media enters that nobody has encrypted.

Asked for as the room's administrator, in an encrypted room and, as the control, in a plain room of
the same server. Source: plugNmeet-server v2.4.0, pkg/models/room_features.go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from google.protobuf.message import Message

from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room
from conformance.clients.headless.requests import post
from conformance.observers.answers import decode_nested
from conformance.stacks.base import Stack
from conformance.wire import plugnmeet_pb2 as pb

Door = Literal["ingress", "SIP dial-in"]
DOORS: Final[tuple[Door, ...]] = ("ingress", "SIP dial-in")


@dataclass(frozen=True)
class _Kind:
    path: str
    request: Callable[[str], Message]
    answer: type[pb.CreateIngressRes] | type[pb.CommonResponse]
    feature: str
    marks: tuple[str, ...]
    """What of the feature's metadata is set once the door is open."""


_KINDS: Final[dict[Door, _Kind]] = {
    "ingress": _Kind(
        "/api/ingress/create",
        lambda room_id: pb.CreateIngressReq(
            input_type=pb.IngressInput.RTMP_INPUT, participant_name="camera", room_id=room_id
        ),
        pb.CreateIngressRes,
        "ingress_features",
        ("url", "stream_key"),
    ),
    "SIP dial-in": _Kind(
        "/api/enableSipDialIn",
        lambda room_id: pb.EnableSipDialInReq(room_id=room_id),
        pb.CommonResponse,
        "sip_dial_in_features",
        ("is_active", "pin", "dispatch_rule_id"),
    ),
}


@dataclass(frozen=True)
class Knocked:
    """What came of asking for one door in one room."""

    door: Door
    room: Room
    accepted: bool
    said: str
    given: str
    """What the answer itself hands out: an address, a stream key."""
    marked: dict[str, Any]
    """What of the door stands in the room's metadata afterwards."""

    @property
    def opened(self) -> bool:
        """Whether media could come in."""
        return self.accepted or bool(self.given) or bool(self.marked)

    @property
    def words(self) -> str:
        """For a report."""
        said = f"{'accepted' if self.accepted else 'refused'}: {self.said!r}"
        return said + (f"; the room's metadata has {', '.join(self.marked)}" if self.marked else "")


async def knock(stack: Stack, room: Room, admin: Participant, door: Door) -> Knocked:
    """Ask for a door of `room`.

    Raises:
        Thin: the server gave no answer that can be read.
    """
    kind = _KINDS[door]
    answer = await post(stack, admin.token, kind.path, kind.request(room.room_id), kind.answer)
    given = getattr(answer, "stream_key", "") or getattr(answer, "url", "")
    info = decode_nested((await stack.api.active_room_info(room.room_id)).get("room") or {})
    metadata = (info.get("room_info") or {}).get("metadata") or {}
    feature = (metadata.get("room_features") or {}).get(kind.feature) or {}
    marked = {name: feature[name] for name in kind.marks if feature.get(name)}
    return Knocked(door, room, answer.status, answer.msg, given, marked)


def stays_shut(asked: Knocked) -> Claim:
    """In an encrypted room the door is refused in words, and nothing of it is handed out."""

    async def look() -> Observation:
        return Observation(
            not asked.opened and bool(asked.said),
            asked.words,
            {"said": asked.said, "marked": sorted(asked.marked)},
        )

    return Claim(f"in an encrypted room {asked.door} is refused", look, [])
