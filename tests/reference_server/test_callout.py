"""Tokens that open the bus: an expired one only for a person who was kept waiting with it."""

from __future__ import annotations

import time
from unittest.mock import Mock

import pytest

from conformance.reference.server.access import Access
from conformance.reference.server.access_tokens import AccessTokens
from conformance.reference.server.api.callout import Callout
from conformance.reference.server.config import ServerConfig
from conformance.reference.server.extension_points import ExtensionPoints
from conformance.reference.server.rooms.registry import Rooms
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire import tokens
from tests.reference_server.test_http import SECRET, config


def callout(*, in_lobby: bool) -> Callout:
    user = User("guest", "Guest", "room", False, pb.UserMetadata(), in_lobby=in_lobby)
    room = Room("room", "sid", 1, pb.RoomMetadata(), 0, 0, Mock(), users={"guest": user})
    rooms = Mock(spec=Rooms)
    rooms.running = {"room": room}.get
    settings, honest = ServerConfig.model_validate(config()), ExtensionPoints()
    access_tokens = AccessTokens(settings, honest)
    return Callout(Mock(), rooms, Access(honest), access_tokens, settings.nats, honest)


def token(*, hours_ago: float, user_id: str = "guest", secret: str = SECRET) -> str:
    claims = tokens.Claims(name="Guest", user_id=user_id, room_id="room")
    return tokens.mint_access_token(
        claims,
        api_key=config()["api_key"],
        api_secret=secret,
        validity=600,
        now=time.time() - 3600 * hours_ago,
    )


def test_an_expired_token_still_admits_a_person_who_was_kept_waiting() -> None:
    assert callout(in_lobby=True).claims_of(token(hours_ago=1)).user_id == "guest"


@pytest.mark.parametrize(
    ("in_lobby", "bad"),
    [
        (False, token(hours_ago=1)),
        (True, token(hours_ago=5)),
        (True, token(hours_ago=1, user_id="somebody")),
        (True, token(hours_ago=0, secret="forged" * 8)),
        (True, ""),
    ],
)
def test_no_other_bad_token_opens_the_bus(in_lobby: bool, bad: str) -> None:
    with pytest.raises(tokens.TokenRefused):
        callout(in_lobby=in_lobby).claims_of(bad)
