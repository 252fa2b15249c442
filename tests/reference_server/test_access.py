"""Only a participant who is inside the room may know the secret."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from conformance.reference.server.access import Access
from conformance.reference.server.extension_points import ExtensionPoints
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.wire import metadata
from conformance.wire import plugnmeet_pb2 as pb


def simple_room() -> Room:
    asked = pb.RoomMetadata(room_title="Room")
    asked.room_features.end_to_end_encryption_features.is_enabled = True
    return Room("room", "sid", 1, metadata.prepare(asked), 0, 0, Mock())


@pytest.mark.parametrize(
    ("waits", "in_lobby", "knows", "comes_in"),
    [
        (False, False, True, True),
        (True, False, False, False),
        (True, True, False, False),
        (False, True, False, True),  # admitted, but people in the lobby can read the same messages
    ],
)
def test_only_a_participant_inside_the_room_may_know_the_secret(
    waits: bool, in_lobby: bool, knows: bool, comes_in: bool
) -> None:
    room, access = simple_room(), Access(ExtensionPoints())
    about = pb.UserMetadata(wait_for_approval=waits)
    user = User("guest", "Guest", "room", False, about, in_lobby=in_lobby)
    assert access.may_know_secret(room, user) is knows
    assert access.may_have_media(room, user) is knows
    assert access.may_come_in(room, user) is comes_in
    told = access.metadata_for(room, user).room_features.end_to_end_encryption_features
    assert told.is_enabled
    assert (told.encryption_key == room.encryption.encryption_key) is knows
    assert bool(told.encryption_key) is knows
