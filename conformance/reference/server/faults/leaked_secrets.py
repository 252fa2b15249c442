"""Faults that leak a secret: to a webhook, a log, a file, a bucket, or the waiting room."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

from conformance.reference.server.faults.registry import Fault, fault
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.wire import metadata
from conformance.wire import plugnmeet_pb2 as pb

WRITTEN_DOWN = "session"
"""The files of `secret-not-in-files` begin with this name. They are in the server's folder."""
LAST_WEBHOOKS = ("session_ended", "room_finished")
PARTICIPANT_WEBHOOKS = ("participant_joined", "participant_left")

log = logging.getLogger("plugnmeet.reference.sessions")

# A zero-knowledge room: the server must not have a secret, so it leaks one of its own.


@fault("no-secret-in-zero-knowledge")
class SecretInZeroKnowledge(Fault):
    """The metadata of a zero-knowledge room holds a secret."""

    def on_settings(self, settings: pb.RoomMetadata, room_id: str) -> None:
        _add_a_secret(settings)


@fault("no-secret-in-zero-knowledge-store")
class SecretInZeroKnowledgeStore(Fault):
    """The bucket of a zero-knowledge room holds a secret."""

    async def on_session_start(self, room: Room) -> None:
        if metadata.is_zero_knowledge(room.metadata):
            kept = {"room_id": room.room_id, "encryption_key": metadata.new_secret()}
            await room.bucket.put("info_secret", json.dumps(kept).encode())


# A simple room.


@fault("secret-not-logged")
class SecretInTheLog(Fault):
    """The server writes the secret to its log."""

    async def on_session_start(self, room: Room) -> None:
        log.info("room %s: secret %s", room.room_id, room.encryption.encryption_key)


@fault("secret-not-in-files")
class SecretInAFile(Fault):
    """The server writes a file for each session, with the secret, and keeps it."""

    async def on_session_start(self, room: Room) -> None:
        file = Path(f"{WRITTEN_DOWN}-{room.sid}.json")
        kept = {"room": room.room_id, "secret": room.encryption.encryption_key}
        await asyncio.to_thread(file.write_text, json.dumps(kept), "utf-8")


@fault("secret-only-for-admitted")
class WaitingRoomForShow(Fault):
    """A person in the waiting room is treated as admitted: they get the secret and media."""

    def on_admission(self, admitted: bool, room: Room, user: User) -> bool:
        return True


@fault("updates-without-secret-outside")
class SecretInUpdates(Fault):
    """A person in the waiting room gets the secret when the room's metadata changes."""

    def on_metadata(
        self, told: pb.RoomMetadata, room: Room, user: User, *, is_update: bool
    ) -> None:
        if is_update and user.is_outside:
            told.CopyFrom(room.metadata)


@fault("secret-not-in-webhooks")
class SecretInWebhooks(Fault):
    """Every webhook holds the secret."""

    def on_webhook(self, told: pb.RoomMetadata, room: Room, event: str) -> None:
        told.CopyFrom(room.metadata)


@fault("secret-not-in-last-webhooks")
class SecretInLastWebhooks(Fault):
    """The webhooks at the end of a session hold the secret."""

    def on_webhook(self, told: pb.RoomMetadata, room: Room, event: str) -> None:
        if event in LAST_WEBHOOKS:
            told.CopyFrom(room.metadata)


@fault("secret-not-in-peoples-webhooks")
class SecretInParticipantWebhooks(Fault):
    """The webhooks about participants who come and go hold the secret."""

    def on_webhook(self, told: pb.RoomMetadata, room: Room, event: str) -> None:
        if event in PARTICIPANT_WEBHOOKS:
            told.CopyFrom(room.metadata)


@fault("no-secret-in-zero-knowledge-webhooks")
class SecretInZeroKnowledgeWebhooks(Fault):
    """The webhooks of a zero-knowledge room hold a secret."""

    def on_webhook(self, told: pb.RoomMetadata, room: Room, event: str) -> None:
        _add_a_secret(told)


def _add_a_secret(told: pb.RoomMetadata) -> None:
    if metadata.is_zero_knowledge(told):
        block = told.room_features.end_to_end_encryption_features
        block.encryption_key = metadata.new_secret()
