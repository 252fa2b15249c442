"""Faults of a server that suspects people of a wrong secret, in a zero-knowledge room.

It believes that the first two people have the right secret, and treats the others differently.
"""

from __future__ import annotations

from typing import Final

from google.protobuf.message import Message

from conformance.reference.server.faults.registry import Fault, fault
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.wire import metadata
from conformance.wire import plugnmeet_pb2 as pb

BELIEVED: Final = 2
REMOVED: Final = "notifications.room-disconnected-participant-removed"


@fault("same-answers-for-all")
class SuspectIsTold(Fault):
    """The answer to verifyToken says that the secret is suspect."""

    def on_answer(self, answer: Message, room: Room, user: User | None) -> None:
        if (
            isinstance(answer, pb.VerifyTokenRes)
            and metadata.is_zero_knowledge(room.metadata)
            and len(room.online()) >= BELIEVED
        ):
            answer.msg = "token is valid, the secret is suspect"


@fault("same-media-token-for-all")
class SuspectIsMarked(Fault):
    """The token for the SFU has a mark that no page shows."""

    def on_answer(self, answer: Message, room: Room, user: User | None) -> None:
        if isinstance(answer, pb.MediaServerConnInfo) and user and _is_suspect(room, user):
            answer.token = self.server.media.token(user, metadata="suspect")


@fault("everyone-is-listed")
class SuspectIsNotListed(Fault):
    """The others do not learn that a suspect is there."""

    def on_listing(self, listed: bool, room: Room, user: User) -> bool:
        return listed and not _is_suspect(room, user)


@fault("wrong-key-not-kicked")
class SuspectIsPutOut(Fault):
    """The server puts a suspect out of the room."""

    async def on_arrival(self, room: Room, user: User) -> None:
        if _is_suspect(room, user):
            await self.server.presence.put_out(room, user, REMOVED)


@fault("others-stay")
class FirstIsPutOut(Fault):
    """When a suspect comes, the server puts the first person out of the room."""

    async def on_arrival(self, room: Room, user: User) -> None:
        if _is_suspect(room, user):
            await self.server.presence.put_out(room, room.online()[0], REMOVED)


def _is_suspect(room: Room, user: User) -> bool:
    return metadata.is_zero_knowledge(room.metadata) and user.order > BELIEVED
