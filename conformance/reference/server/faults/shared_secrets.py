"""Faults in sharing the secret of a simple room: who gets which secret."""

from __future__ import annotations

from conformance.reference.server.faults.registry import Fault, fault
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.wire import metadata
from conformance.wire import plugnmeet_pb2 as pb


@fault("secret-in-simple")
class NoSecret(Fault):
    """A simple room has no secret."""

    def on_settings(self, settings: pb.RoomMetadata, room_id: str) -> None:
        if not metadata.is_zero_knowledge(settings):
            block = settings.room_features.end_to_end_encryption_features
            block.ClearField("encryption_key")


@fault("breakout-own-secret")
class ParentsSecret(Fault):
    """A breakout room has the secret of its parent."""

    def on_request(self, asked: pb.RoomMetadata, request: pb.CreateRoomReq) -> None:
        if not asked.is_breakout_room:
            return
        parent = self.server.rooms.running(asked.parent_room_id)
        if parent is not None and parent.encryption.encryption_key:
            block = asked.room_features.end_to_end_encryption_features
            block.encryption_key = parent.encryption.encryption_key


@fault("secret-same-for-all")
class SecretForEach(Fault):
    """Each participant gets another secret."""

    def on_metadata(
        self, told: pb.RoomMetadata, room: Room, user: User, *, is_update: bool
    ) -> None:
        _give_another_secret(told, room, user)


@fault("secret-same-for-the-tenth")
class SecretForTheTenth(Fault):
    """One participant in several gets another secret; those who are not online yet do, too."""

    def on_metadata(
        self, told: pb.RoomMetadata, room: Room, user: User, *, is_update: bool
    ) -> None:
        if user.order % self.number("every", room.room_id) == 0:
            _give_another_secret(told, room, user)


@fault("secret-same-when-back")
class SecretForTheReturned(Fault):
    """A participant who leaves and comes back gets another secret than before."""

    def on_metadata(
        self, told: pb.RoomMetadata, room: Room, user: User, *, is_update: bool
    ) -> None:
        if user.reconnected_at:
            _give_another_secret(told, room, user)


def _give_another_secret(told: pb.RoomMetadata, room: Room, user: User) -> None:
    block = told.room_features.end_to_end_encryption_features
    if block.encryption_key:
        block.encryption_key = room.encryption.encryption_key[::-1] + user.user_id
