"""Decides which participant may know the secret of a simple room.

- A participant who is inside the room may know it.
- A person in the waiting room may not. The same holds after the approval, until they have left the
  lobby account: everybody in the lobby can read what is sent there.
- Nobody may know it through a webhook or through the settings of a breakout room
  (`wire.metadata.without_secret`).
- The operator sees it in the signed API, as in the product.
- An AI agent gets it with its task, as in the product (`features/agents.py`). The server starts no
  agent in an encrypted room.

In a zero-knowledge room the server has no secret.
"""

from __future__ import annotations

from conformance.reference.server.extension_points import ExtensionPoints
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.wire import metadata
from conformance.wire import plugnmeet_pb2 as pb


class Access:
    """Decides who may know the secret, and who may come in."""

    def __init__(self, points: ExtensionPoints) -> None:
        self._points = points

    def may_come_in(self, room: Room, user: User) -> bool:
        """Whether the bus lets `user` into the room's account; others go to the lobby account."""
        return self._points.on_admission(not user.waits, room, user)

    def may_know_secret(self, room: Room, user: User) -> bool:
        """Whether `user` may know the room's secret."""
        return self._points.on_admission(not user.is_outside, room, user)

    def may_have_media(self, room: Room, user: User) -> bool:
        """Whether `user` may have a token for the SFU: exactly when they may know the secret."""
        return self.may_know_secret(room, user)

    def metadata_for(self, room: Room, user: User, *, is_update: bool = False) -> pb.RoomMetadata:
        """A copy of the room's metadata with what `user` may know.

        `is_update`: the copy is for an update, not for an answer.
        """
        told = pb.RoomMetadata()
        told.CopyFrom(room.metadata)
        if not self.may_know_secret(room, user):
            told = metadata.without_secret(told)
        self._points.on_metadata(told, room, user, is_update=is_update)
        return told
