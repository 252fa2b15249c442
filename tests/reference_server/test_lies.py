"""The reference server lies in one room and is honest in every other room."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from conformance.reference.rules import NotInOneRoom, Rules, UnknownRule
from conformance.reference.server.app import Server
from conformance.reference.server.bus.connection import Bus
from conformance.reference.server.config import ServerConfig
from conformance.reference.server.faults.lures import PATH as LURE
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire.reference import BREAK
from tests.reference_server.test_http import QuietBus, config, key_of, post, room

ZERO = {"is_enabled": True, "enabled_self_insert_encryption_key": True}
LIES = BREAK.removeprefix("/auth/")


@pytest.fixture
def server() -> Server:
    return Server(ServerConfig.model_validate(config()), cast(Bus, QuietBus()))


@pytest.fixture
def http(server: Server) -> Iterator[TestClient]:
    with TestClient(server.app) as opened:
        yield opened


def told(server: Server, room_id: str) -> pb.RoomMetadata:
    """What a participant is told about this room."""
    there = cast(Room, server.rooms.running(room_id))
    user = User("alice", "alice", room_id, is_admin=False, metadata=pb.UserMetadata())
    return server.access.metadata_for(there, user)


def lie(http: TestClient, room_id: str, *rules: str) -> tuple[int, dict[str, Any]]:
    return post(http, LIES, {"room_id": room_id, "break": list(rules)})


def test_a_rule_is_broken_in_one_room_only_and_restored() -> None:
    rules = Rules(["refuse-rtmp"])
    rules.lie_in("lying", ["kind-as-announced"])
    assert not rules.in_room("lying").keeps("kind-as-announced")
    assert not rules.in_room("lying").keeps("refuse-rtmp")
    assert rules.in_room("other").keeps("kind-as-announced")
    assert rules.keeps("kind-as-announced")
    rules.lie_in("lying", [])
    assert rules.in_room("lying").keeps("kind-as-announced")


def test_only_known_supported_rules_are_broken_in_one_room() -> None:
    with pytest.raises(UnknownRule):
        Rules().lie_in("room", ["kind-as-announce"])
    with pytest.raises(NotInOneRoom, match="kind-as-announced"):
        Rules().lie_in("room", ["refuse-rtmp"])


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"{", "JSON"),
        ({"room_id": "", "break": []}, "room_id"),
        ({"room_id": "r", "break": ["no-such-rule"]}, "no rule 'no-such-rule'"),
        ({"room_id": "r", "break": ["refuse-rtmp"]}, "cannot be broken in one room"),
    ],
)
def test_a_bad_request_to_lie_is_refused_with_the_reason(
    http: TestClient, body: Any, text: str
) -> None:
    _, answer = post(http, LIES, body)
    assert not answer["status"]
    assert text in answer["msg"]


def test_only_the_operators_signature_makes_the_server_lie(http: TestClient) -> None:
    status, _ = post(http, LIES, {"room_id": "r", "break": []}, {"HASH-SIGNATURE": "x"})
    assert status == 401


@pytest.mark.parametrize(
    ("rule", "enabled", "typed", "secret"),
    [
        ("encrypted-as-announced", False, False, False),
        ("kind-as-announced", True, False, True),
        ("no-secret-in-zero-knowledge", True, True, True),
    ],
)
def test_each_lie_is_told_in_its_room_and_in_no_other(
    server: Server, http: TestClient, rule: str, enabled: bool, typed: bool, secret: bool
) -> None:
    assert lie(http, "lying", rule)[1]["status"]
    for room_id in ("lying", "honest"):
        assert post(http, "room/create", room(ZERO, room_id))[1]["status"]
    lied = told(server, "lying").room_features.end_to_end_encryption_features
    assert lied.is_enabled == enabled
    assert lied.enabled_self_insert_encryption_key == typed
    assert bool(lied.encryption_key) == secret
    honest = told(server, "honest").room_features.end_to_end_encryption_features
    assert honest.is_enabled
    assert honest.enabled_self_insert_encryption_key
    assert not honest.encryption_key


def test_the_servers_secret_of_a_lying_room_is_the_same_for_all(
    server: Server, http: TestClient
) -> None:
    lie(http, "lying", "kind-as-announced")
    _, created = post(http, "room/create", room(ZERO, "lying"))
    assert key_of(created) is None
    first, second = told(server, "lying"), told(server, "lying")
    assert first.room_features == second.room_features


def test_lures_lead_to_this_server_only(server: Server, http: TestClient) -> None:
    lie(http, "lying", "messages-lead-nowhere")
    post(http, "room/create", room(ZERO, "lying"))
    metadata = told(server, "lying")
    assert metadata.logout_url.startswith(f"http://localhost:1{LURE}")
    assert metadata.room_features.display_external_link_features.is_active


def test_a_lie_ends_with_its_session(server: Server, http: TestClient) -> None:
    lie(http, "lying", "encrypted-as-announced")
    post(http, "room/create", room(ZERO, "lying"))
    assert post(http, "room/endRoom", {"room_id": "lying"})[1]["status"]
    asyncio.run(server.sessions.close())
    assert json.loads(post(http, "room/create", room(ZERO, "lying"))[1]["room_info"]["metadata"])
    assert told(server, "lying").room_features.end_to_end_encryption_features.is_enabled
