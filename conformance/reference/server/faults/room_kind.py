"""Faults in the kind of a room (plain, simple, zero-knowledge), and in what people learn of it."""

from __future__ import annotations

import hashlib

from google.protobuf.message import Message

from conformance.reference.server.extension_points import Action, Refusal
from conformance.reference.server.faults.registry import Fault, fault
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.wire import metadata
from conformance.wire import plugnmeet_pb2 as pb

# What the room is.


@fault("encrypt-as-asked")
class EncryptionIgnored(Fault):
    """The server ignores the encryption block of the request, so the room is plain."""

    def on_request(self, asked: pb.RoomMetadata, request: pb.CreateRoomReq) -> None:
        if metadata.is_encrypted(request.metadata):
            asked.room_features.end_to_end_encryption_features.Clear()


@fault("zero-knowledge-as-asked")
class ZeroKnowledgeIgnored(Fault):
    """A room that was requested as zero-knowledge is a simple room."""

    def on_request(self, asked: pb.RoomMetadata, request: pb.CreateRoomReq) -> None:
        if metadata.is_encrypted(request.metadata):
            block = asked.room_features.end_to_end_encryption_features
            block.enabled_self_insert_encryption_key = False


@fault("plain-unless-asked")
class AlwaysEncrypted(Fault):
    """A room that was requested as plain is a simple room."""

    def on_request(self, asked: pb.RoomMetadata, request: pb.CreateRoomReq) -> None:
        if not metadata.is_encrypted(request.metadata):
            asked.room_features.end_to_end_encryption_features.is_enabled = True


@fault("recreate-keeps-settings")
class RecreationChangesSettings(Fault):
    """Creating a running room again replaces the settings of its session."""

    async def on_refusal(self, refusal: Refusal) -> bool:
        room, request = refusal.room, refusal.request
        if (
            refusal.action == Action.CHANGE_SETTINGS
            and room is not None
            and isinstance(request, pb.CreateRoomReq)
        ):
            room.metadata.CopyFrom(self.server.sessions.settings_for(request))
            await self.server.events.room_changed(room)
        return True


# What people learn before they join.


@fault("announce-zero-knowledge")
class ZeroKnowledgeNotAnnounced(Fault):
    """The answer to verifyToken never says that participants supply the secret."""

    def on_answer(self, answer: Message, room: Room, user: User | None) -> None:
        if isinstance(answer, pb.VerifyTokenRes):
            answer.enabled_self_insert_encryption_key = False


@fault("announce-in-zero-knowledge-only")
class ZeroKnowledgeAlwaysAnnounced(Fault):
    """The answer to verifyToken always says that participants supply the secret."""

    def on_answer(self, answer: Message, room: Room, user: User | None) -> None:
        if isinstance(answer, pb.VerifyTokenRes):
            answer.enabled_self_insert_encryption_key = True


# What people learn inside.


@fault("encryption-never-flips")
class FlippingEncryption(Fault):
    """When a user arrives, everybody learns that the room is plain, and then what it really is."""

    async def on_arrival(self, room: Room, user: User) -> None:
        plain = pb.RoomMetadata()
        plain.CopyFrom(room.metadata)
        plain.room_features.end_to_end_encryption_features.Clear()
        metadata.renew_id(plain)
        update = pb.NatsMsgServerToClientEvents.ROOM_METADATA_UPDATE
        await self.server.events.to_all(room, update, plain)
        await self.server.events.room_changed(room)


@fault("kind-as-announced")
class CalledSimple(Fault):
    """People in a zero-knowledge room learn that it is a simple room, and get a secret."""

    def on_metadata(
        self, told: pb.RoomMetadata, room: Room, user: User, *, is_update: bool
    ) -> None:
        if metadata.is_zero_knowledge(room.metadata):
            block = told.room_features.end_to_end_encryption_features
            block.enabled_self_insert_encryption_key = False
            block.encryption_key = _secret_of_the_server(room)


@fault("encrypted-as-announced")
class CalledPlain(Fault):
    """People in a zero-knowledge room learn that it is a plain room."""

    def on_metadata(
        self, told: pb.RoomMetadata, room: Room, user: User, *, is_update: bool
    ) -> None:
        if metadata.is_zero_knowledge(room.metadata):
            told.room_features.end_to_end_encryption_features.Clear()


@fault("included-as-announced")
class CalledNotIncluded(Fault):
    """People in an encrypted room learn that its encryption includes no chat and no whiteboard."""

    def on_metadata(
        self, told: pb.RoomMetadata, room: Room, user: User, *, is_update: bool
    ) -> None:
        if metadata.is_encrypted(room.metadata):
            block = told.room_features.end_to_end_encryption_features
            block.included_chat_messages = block.included_whiteboard = False


def _secret_of_the_server(room: Room) -> str:
    """A secret that is the same for everybody in a session, as in a simple room."""
    return hashlib.sha256(f"known to the server: {room.sid}".encode()).hexdigest()[:32]
