"""Faults in the refusal of an ingress and of telephone dial-in (SIP) in encrypted rooms."""

from __future__ import annotations

import secrets

from google.protobuf.message import Message

from conformance.reference.server.extension_points import Action, Refusal
from conformance.reference.server.faults.registry import Fault, fault
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.wire import plugnmeet_pb2 as pb


@fault("refuse-ingress")
class IngressIsCreated(Fault):
    """The server creates an ingress in an encrypted room."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        return refusal.action != Action.CREATE_INGRESS


@fault("refused-ingress-hands-out-nothing")
class RefusedIngressHasAnAddress(Fault):
    """The refusal of an ingress holds an address and a stream key."""

    def on_answer(self, answer: Message, room: Room, user: User | None) -> None:
        if isinstance(answer, pb.CreateIngressRes):
            answer.url = f"{self.server.config.livekit.url}/ingress"
            answer.stream_key = secrets.token_urlsafe(16)


@fault("refused-ingress-says-no")
class RefusedIngressSaysYes(Fault):
    """The refusal of an ingress has the status of a success."""

    def on_answer(self, answer: Message, room: Room, user: User | None) -> None:
        if isinstance(answer, pb.CreateIngressRes):
            answer.status = True


@fault("refused-sip-marks-nothing")
class RefusedDialInMarksTheRoom(Fault):
    """The server refuses dial-in, and the room's metadata says that it is on, with a PIN."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        if refusal.action == Action.DIAL_IN and refusal.room is not None:
            features = refusal.room.metadata.room_features.sip_dial_in_features
            features.is_active, features.pin = True, "0000"
            await self.server.events.room_changed(refusal.room)
        return True


@fault("refuse-sip")
class DialInIsEnabled(Fault):
    """The server enables dial-in in an encrypted room."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        return refusal.action != Action.DIAL_IN
