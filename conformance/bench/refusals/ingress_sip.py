"""Ingress and SIP dial-in: two ways by which unencrypted media can enter a room.

The room's administrator requests them in an encrypted room and, as the control, in a plain room of
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

MediaEntry = Literal["ingress", "SIP dial-in"]
MEDIA_ENTRIES: Final[tuple[MediaEntry, ...]] = ("ingress", "SIP dial-in")


@dataclass(frozen=True)
class _EntryContract:
    path: str
    request: Callable[[str], Message]
    answer: type[pb.CreateIngressRes] | type[pb.CommonResponse]
    feature: str
    marks: tuple[str, ...]
    """The fields of the feature's metadata that are set once the entry is open."""


_CONTRACTS: Final[dict[MediaEntry, _EntryContract]] = {
    "ingress": _EntryContract(
        "/api/ingress/create",
        lambda room_id: pb.CreateIngressReq(
            input_type=pb.IngressInput.RTMP_INPUT, participant_name="camera", room_id=room_id
        ),
        pb.CreateIngressRes,
        "ingress_features",
        ("url", "stream_key"),
    ),
    "SIP dial-in": _EntryContract(
        "/api/enableSipDialIn",
        lambda room_id: pb.EnableSipDialInReq(room_id=room_id),
        pb.CommonResponse,
        "sip_dial_in_features",
        ("is_active", "pin", "dispatch_rule_id"),
    ),
}


@dataclass(frozen=True)
class IngressRequest:
    """One request for one entry in one room, and its outcome."""

    entry: MediaEntry
    room: Room
    accepted: bool
    said: str
    given: str
    """What the response hands out: an address or a stream key."""
    marked: dict[str, Any]
    """The fields of this entry that the room's metadata contains afterwards."""

    @property
    def opened(self) -> bool:
        """Can media enter?"""
        return self.accepted or bool(self.given) or bool(self.marked)

    @property
    def words(self) -> str:
        """The outcome, for a report."""
        said = f"{'accepted' if self.accepted else 'refused'}: {self.said!r}"
        return said + (f"; the room's metadata has {', '.join(self.marked)}" if self.marked else "")


async def request_ingress(
    stack: Stack, room: Room, admin: Participant, entry: MediaEntry
) -> IngressRequest:
    """Request one media entry for `room`.

    Raises:
        InsufficientEvidence: the server gave no readable answer.
    """
    contract = _CONTRACTS[entry]
    answer = await post(
        stack, admin.token, contract.path, contract.request(room.room_id), contract.answer
    )
    given = getattr(answer, "stream_key", "") or getattr(answer, "url", "")
    info = decode_nested((await stack.api.active_room_info(room.room_id)).get("room") or {})
    metadata = (info.get("room_info") or {}).get("metadata") or {}
    feature = (metadata.get("room_features") or {}).get(contract.feature) or {}
    marked = {name: feature[name] for name in contract.marks if feature.get(name)}
    return IngressRequest(entry, room, answer.status, answer.msg, given, marked)


def ingress_is_refused(request: IngressRequest) -> Claim:
    """In an encrypted room the entry is refused with a message, and nothing of it is handed out."""

    async def look() -> Observation:
        return Observation(
            not request.opened and bool(request.said),
            request.words,
            {"said": request.said, "marked": sorted(request.marked)},
        )

    return Claim(f"in an encrypted room {request.entry} is refused", look, [])
