"""The active faults: at each extension point, those faults act whose rules are broken now."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from google.protobuf.message import Message
from starlette.datastructures import MutableHeaders

from conformance.reference.rules import Rules, rules_of
from conformance.reference.server.extension_points import BusAccess, ExtensionPoints, Refusal
from conformance.reference.server.faults import (
    ai,
    bus_access,
    carried_secrets,
    doors,
    habits,
    ingress_and_sip,
    kept_data,
    leaked_secrets,
    lures,
    predictable_secrets,
    recording,
    requests,
    room_kind,
    shared_secrets,
    suspicion,
    unreadable,
    weak_secrets,
)
from conformance.reference.server.faults.registry import FAULTS, Fault, ServerParts
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.wire import plugnmeet_pb2 as pb

FAMILIES: tuple[ModuleType, ...] = (
    requests,
    shared_secrets,
    weak_secrets,
    unreadable,
    habits,
    room_kind,
    lures,
    leaked_secrets,
    kept_data,
    bus_access,
    suspicion,
    recording,
    ai,
    ingress_and_sip,
    predictable_secrets,
    carried_secrets,
    doors,
)
"""The modules of faults. Where several faults act at one point, they act in the order of this list,
and within a module in the order of their definition."""


class ActiveFaults(ExtensionPoints):
    """Passes each call through the active faults. Without broken rules the server is honest."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._faults: dict[str, Fault] = {}

    def attach(self, server: ServerParts) -> None:
        """Create the faults. Before this call the server is honest."""
        for family in FAMILIES:
            for rule_id, cls in FAULTS.items():
                if cls.__module__ == family.__name__:
                    self._faults[rule_id] = cls(server)
                    self._faults[rule_id].rules = self._rules

    def _active(self, room_id: str = "") -> list[Fault]:
        """The faults that act in this room; without a room, those that act everywhere.

        Only a rule with `in_one_room` can be broken in one room alone.
        """
        known = rules_of("server")
        here = self._rules.in_room(room_id)
        return [
            fault
            for rule_id, fault in self._faults.items()
            if not (here if known[rule_id].in_one_room else self._rules).keeps(rule_id)
        ]

    def on_request(self, asked: pb.RoomMetadata, request: pb.CreateRoomReq) -> None:
        for fault in self._active(request.room_id):
            fault.on_request(asked, request)

    def on_settings(self, settings: pb.RoomMetadata, room_id: str) -> None:
        for fault in self._active(room_id):
            fault.on_settings(settings, room_id)

    def on_secret(self, secret: str, room_id: str) -> str:
        for fault in self._active(room_id):
            secret = fault.on_secret(secret, room_id)
        return secret

    def on_session_id(self, session_id: str, room_id: str) -> str:
        for fault in self._active(room_id):
            session_id = fault.on_session_id(session_id, room_id)
        return session_id

    async def on_session_start(self, room: Room) -> None:
        for fault in self._active(room.room_id):
            await fault.on_session_start(room)

    def on_session_end(self, delete: bool, room: Room) -> bool:
        """As in the base class. What was broken in this room alone ends with the session."""
        for fault in self._active(room.room_id):
            delete = fault.on_session_end(delete, room)
        self._rules.lie_in(room.room_id, ())
        return delete

    def on_token(self, grace_s: int) -> int:
        for fault in self._active():
            grace_s = fault.on_token(grace_s)
        return grace_s

    def on_claims(self, more: dict[str, Any], room_id: str) -> None:
        for fault in self._active(room_id):
            fault.on_claims(more, room_id)

    def on_admission(self, admitted: bool, room: Room, user: User) -> bool:
        for fault in self._active(room.room_id):
            admitted = fault.on_admission(admitted, room, user)
        return admitted

    def on_bus_access(self, access: BusAccess, room: Room) -> BusAccess:
        for fault in self._active(room.room_id):
            access = fault.on_bus_access(access, room)
        return access

    async def on_arrival(self, room: Room, user: User) -> None:
        for fault in self._active(room.room_id):
            await fault.on_arrival(room, user)

    def on_listing(self, listed: bool, room: Room, user: User) -> bool:
        for fault in self._active(room.room_id):
            listed = fault.on_listing(listed, room, user)
        return listed

    def on_metadata(
        self, told: pb.RoomMetadata, room: Room, user: User, *, is_update: bool
    ) -> None:
        for fault in self._active(room.room_id):
            fault.on_metadata(told, room, user, is_update=is_update)

    def on_answer(self, answer: Message, room: Room, user: User | None) -> None:
        for fault in self._active(room.room_id):
            fault.on_answer(answer, room, user)

    def on_headers(self, headers: MutableHeaders, room: Room) -> None:
        for fault in self._active(room.room_id):
            fault.on_headers(headers, room)

    def on_webhook(self, told: pb.RoomMetadata, room: Room, event: str) -> None:
        for fault in self._active(room.room_id):
            fault.on_webhook(told, room, event)

    async def on_refusal(self, refusal: Refusal) -> bool:
        """As in the base class. Once a fault has lifted the refusal, no other fault sees it."""
        for fault in self._active(refusal.room.room_id if refusal.room else ""):
            if not await fault.on_refusal(refusal):
                return False
        return True

    def on_recorder(self, recorder_id: str | None) -> str | None:
        for fault in self._active():
            recorder_id = fault.on_recorder(recorder_id)
        return recorder_id

    async def on_overheard(self, subject: str, data: bytes) -> None:
        for fault in self._active():
            await fault.on_overheard(subject, data)
