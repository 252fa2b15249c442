"""The reference server's HTTP answers, with a fake bus that only records calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import nkeys
import pytest
from starlette.testclient import TestClient

from conformance.reference.server.app import Server
from conformance.reference.server.bus.connection import Bus
from conformance.reference.server.config import ServerConfig
from conformance.wire import answers, signatures
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire.reference import BREAK

KEY, SECRET = "key", "secret-of-at-least-thirty-two-bytes!"
SEED = nkeys.encode_seed(b"\x01" * 32, nkeys.PREFIX_BYTE_ACCOUNT).decode()


class Bucket:
    async def put(self, key: str, value: bytes) -> None: ...


class Published:
    async def publish(self, subject: str, payload: bytes) -> None: ...


class QuietBus:
    """The part of the bus that the HTTP API uses."""

    def __init__(self) -> None:
        self.js = Published()

    async def room_bucket(self, room_id: str) -> Bucket:
        return Bucket()

    async def drop_room_bucket(self, room_id: str) -> None: ...

    async def drop_consumer(self, room_id: str, user_id: str) -> None: ...


def config(**more: Any) -> dict[str, Any]:
    return {
        "listen": {"port": 1},
        "api_key": KEY,
        "api_secret": SECRET,
        "nats": {
            "url": "nats://127.0.0.1:1",
            "ws_url": "http://localhost:1",
            "user": "u",
            "password": "p",
            "issuer_seed": SEED,
        },
        "livekit": {"url": "http://localhost:1", "api_key": "k", "api_secret": "s" * 32},
        **more,
    }


def client(**more: Any) -> TestClient:
    server = Server(ServerConfig.model_validate(config(**more)), cast(Bus, QuietBus()))
    return TestClient(server.app)


@pytest.fixture
def http() -> Iterator[TestClient]:
    with client() as opened:
        yield opened


def post(
    http: TestClient, path: str, body: Any, headers: dict[str, str | None] | None = None
) -> tuple[int, dict[str, Any]]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent: dict[str, str | None] = {
        "API-KEY": KEY,
        "HASH-SIGNATURE": signatures.sign(data, SECRET),
        **(headers or {}),
    }
    kept = {name: value for name, value in sent.items() if value is not None}
    response = http.post(f"/auth/{path}", content=data, headers=kept)
    return response.status_code, response.json()


def room(e2ee: dict[str, Any] | None = None, room_id: str = "room") -> dict[str, Any]:
    features = {"end_to_end_encryption_features": e2ee} if e2ee else {}
    return {"room_id": room_id, "metadata": {"room_title": "Room", "room_features": features}}


SIMPLE = {"is_enabled": True, "enabled_self_insert_encryption_key": False}
ZERO = {"is_enabled": True, "enabled_self_insert_encryption_key": True}


def key_of(answer: dict[str, Any]) -> str | None:
    features = json.loads(answer["room_info"]["metadata"])["room_features"]
    return cast("str | None", features["end_to_end_encryption_features"].get("encryption_key"))


@pytest.mark.parametrize(
    ("headers", "msg", "code"),
    [
        ({"API-KEY": None}, "Missing API-KEY header.", "MISSING_REQUIRED_PARAMETER"),
        ({"API-KEY": "x"}, "Invalid API key provided.", "INVALID_API_KEY"),
        (
            {"HASH-SIGNATURE": None},
            "Missing HASH-SIGNATURE header.",
            "MISSING_REQUIRED_PARAMETER",
        ),
        (
            {"HASH-SIGNATURE": "00"},
            "Failed to verify provided authentication details.",
            "INVALID_TOKEN_OR_SIGNATURE",
        ),
    ],
)
def test_a_request_that_is_not_signed_by_us_is_refused_and_creates_nothing(
    http: TestClient, headers: dict[str, str | None], msg: str, code: str
) -> None:
    status, answer = post(http, "room/create", room(), headers)
    assert (status, answer) == (401, {"status": False, "msg": msg, "status_code": code})
    assert not post(http, "room/isRoomActive", {"room_id": "room"})[1]["is_active"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", room({**SIMPLE, "encryption_key": "mine"}), room(room_id="a b")],
)
def test_a_request_that_breaks_the_rules_is_refused_and_creates_nothing(
    http: TestClient, body: Any
) -> None:
    status, answer = post(http, "room/create", body)
    assert (status, answer["status"], answer["status_code"]) == (200, False, "INVALID_PARAMETERS")
    assert post(http, "room/getActiveRoomsInfo", {})[1]["msg"] == "no active room found"


def test_creating_an_active_room_again_changes_nothing(http: TestClient) -> None:
    first = post(http, "room/create", room(SIMPLE))[1]
    second = post(http, "room/create", room())[1]
    assert first["room_info"]["sid"] == second["room_info"]["sid"]
    assert key_of(first) == key_of(second)


def test_a_token_of_an_unknown_room_or_a_reserved_user_is_refused(http: TestClient) -> None:
    user = {"name": "Alice", "user_id": "alice"}
    ask = {"room_id": "room", "user_info": user}
    assert post(http, "room/getJoinToken", ask)[1]["status_code"] == "ROOM_NOT_FOUND"
    post(http, "room/create", room())
    for change, text in (
        ({"name": ""}, "validation error: user_info.name: value is required"),
        ({"user_id": ""}, "user_id should only contain"),
        ({"user_id": "sip_1"}, "reserved for internal use only"),
        ({"user_id": "alice-native"}, "suffix -native is reserved"),
        ({"name": "PLUGNMEET_RECORDER_AUTH"}, "is reserved"),
    ):
        answer = post(http, "room/getJoinToken", {**ask, "user_info": {**user, **change}})[1]
        assert not answer["status"]
        assert text in answer["msg"]
    assert post(http, "room/getJoinToken", ask)[1]["token"]


def test_without_a_good_token_the_participants_api_answers_401(http: TestClient) -> None:
    for headers, msg in (
        ({}, "notifications.auth-header-missing"),
        ({"Authorization": "x.y.z"}, "notifications.invalid-token"),
    ):
        response = http.post("/api/verifyToken", content=b"", headers=headers)
        answer = answers.from_bytes(response.content, pb.CommonResponse)
        assert (response.status_code, answer.msg) == (401, msg)


def test_verify_token_prompts_in_zero_knowledge_only(http: TestClient) -> None:
    for name, e2ee, prompts in (("p", None, False), ("s", SIMPLE, False), ("z", ZERO, True)):
        post(http, "room/create", room(e2ee, name))
        ask = {"room_id": name, "user_info": {"name": "Alice", "user_id": "alice"}}
        token = post(http, "room/getJoinToken", ask)[1]["token"]
        response = http.post("/api/verifyToken", content=b"", headers={"Authorization": token})
        answer = answers.from_bytes(response.content, pb.VerifyTokenRes)
        assert answer.status
        assert answer.enabled_self_insert_encryption_key is prompts


def test_a_page_of_another_origin_may_send_requests(http: TestClient) -> None:
    headers = {"Access-Control-Request-Headers": "authorization, content-type"}
    answer = http.options("/api/verifyToken", headers=headers)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == "authorization, content-type"


def test_a_webhook_that_livekit_did_not_sign_is_refused(http: TestClient) -> None:
    assert http.post("/webhook", content=b"{}", headers={"Authorization": "x"}).status_code == 401


def test_a_clients_files_are_served_and_nothing_outside_them(tmp_path: Path) -> None:
    page = tmp_path / "page"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<title>page</title>")
    (page / "assets" / "a.js").write_text("1")
    (tmp_path / "outside").write_text("secret")
    with client(client_files=page) as http:
        assert "page" in http.get("/?access_token=x").text
        assert http.get("/assets/a.js").text == "1"
        assert "window.location.origin" in http.get("/assets/config.js").text
        for path in ("/assets/../../outside", "/assets/%2e%2e/%2e%2e/outside", "/outside"):
            assert "secret" not in http.get(path).text
        (page / "assets" / "config.js").write_text("own")
        own, ours = http.get("/assets/config.js").text.splitlines()
        assert own == "own"
        assert "window.location.origin" in ours, "which server it talks to is ours to say"


@pytest.mark.parametrize(
    ("rule", "e2ee", "has_key"),
    [
        ("no-secret-in-zero-knowledge", ZERO, True),
        ("secret-in-simple", SIMPLE, False),
        ("encrypt-as-asked", SIMPLE, False),
        ("plain-unless-asked", None, True),
    ],
)
def test_a_broken_rule_shows(rule: str, e2ee: dict[str, Any] | None, has_key: bool) -> None:
    for broken in ([], [rule]):
        with client(**{"break": broken}) as http:
            answer = post(http, "room/create", room(e2ee))[1]
        assert (key_of(answer) is not None) is (has_key if broken else not has_key)


def test_two_sessions_share_a_secret_only_where_that_rule_is_broken() -> None:
    for broken, shared in (([], False), (["secret-unique-per-session"], True)):
        with client(**{"break": broken}) as http:
            keys = {key_of(post(http, "room/create", room(SIMPLE, name))[1]) for name in "ab"}
        assert (len(keys) == 1) is shared


@pytest.mark.parametrize(
    ("rule", "body", "headers"),
    [
        ("reject-bad-signature", room(), {"HASH-SIGNATURE": "00"}),
        ("reject-wrong-api-key", room(), {"API-KEY": "x"}),
        ("reject-own-encryption-key", room({**SIMPLE, "encryption_key": "mine"}), {}),
        ("reject-malformed-request", room(room_id="a b"), {}),
    ],
)
def test_a_broken_rule_accepts_bad_requests(
    rule: str, body: dict[str, Any], headers: dict[str, str | None]
) -> None:
    with client(**{"break": [rule]}) as http:
        assert post(http, "room/create", body, headers)[1]["status"]


def test_a_running_server_can_be_made_to_break_rules(http: TestClient) -> None:
    attempt = {"room_id": "made", "metadata": {"room_features": {}}}
    assert post(http, "room/create", attempt)[1]["status"] is False
    assert (
        post(http, BREAK.removeprefix("/auth/"), {"break": ["reject-malformed-request"]})[1][
            "status"
        ]
        is True
    )
    assert post(http, "room/create", attempt)[1]["status"] is True
    assert post(http, BREAK.removeprefix("/auth/"), {"break": []})[1]["status"] is True
    assert post(http, "room/create", {**attempt, "room_id": "b"})[1]["status"] is False


@pytest.mark.parametrize(
    ("body", "words"),
    [({"break": ["refuse-rtpm"]}, "did you mean"), ({}, "break"), ([], "object"), (b"{", "JSON")],
)
def test_an_unknown_rule_breaks_nothing(http: TestClient, body: Any, words: str) -> None:
    _, answer = post(http, BREAK.removeprefix("/auth/"), body)
    assert answer["status"] is False
    assert words in answer["msg"]


def test_only_the_operator_breaks_rules(http: TestClient) -> None:
    status, _ = post(
        http, BREAK.removeprefix("/auth/"), {"break": []}, {"HASH-SIGNATURE": "0" * 64}
    )
    assert status == 401
