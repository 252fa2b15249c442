"""The server's answers to a joiner are read from its traffic; hostile data is no answer."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest

from conformance.observers.answers import Answers, answers, decode_nested
from conformance.observers.page.traffic import HttpExchange, TrafficLog, _Connection
from conformance.wire import plugnmeet_pb2 as pb

SECRET = "a secret of the room"
METADATA = {
    "room_title": "x",
    "metadata_id": "changes",
    "room_features": {
        "end_to_end_encryption_features": {"is_enabled": True, "encryption_key": SECRET}
    },
}
ROOM = {"room_id": "room01", "room_sid": "RM_1", "status": "active", "metadata": METADATA}
USER = {"user_id": "alice", "is_presenter": True, "metadata": '{"raised": [1, {"joined_at": 2}]}'}
CLAIMS = {"sub": "alice", "video": {"room": "RM_1"}, "exp": 1, "note": '{"a": 1}'}


def _event(name: str, said: Any) -> bytes:
    number = pb.NatsMsgServerToClientEvents.Value(name)
    text = said if isinstance(said, str) else json.dumps(said)
    event = pb.NatsMsgServerToClient(id="1", event=number, msg=text).SerializeToString()
    return f"MSG sysPrivate.room01.alice 1 {len(event)}\r\n".encode() + event + b"\r\n"


def _token(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, "a secret of the tests' own, long enough", algorithm="HS256")


def _heard(*events: bytes, bodies: tuple[tuple[str, bytes], ...] = ()) -> Answers:
    log = TrafficLog()
    connection = _Connection("ws://x")
    log.take_frame(connection, "received", b"INFO {}\r\n" + b"".join(events), 0.0)
    log.http += [HttpExchange("POST", url, 200, {}, b"", body, 0.0) for url, body in bodies]
    return answers(log)


def _verified(**fields: Any) -> tuple[tuple[str, bytes], ...]:
    answer = pb.VerifyTokenRes(status=True, msg="ok", **fields)
    return (("https://x/api/verifyToken?a=b", answer.SerializeToString()),)


def test_no_traffic_gives_no_answers() -> None:
    said = _heard()
    assert said == Answers(None, None, None, None)
    assert (said.secret, said.session_id, said.encryption) == (None, None, {})


def test_the_first_room_and_secret_count() -> None:
    first = {"room": ROOM | {"metadata": json.dumps(METADATA)}, "local_user": USER}
    other = {"room": ROOM | {"room_sid": "RM_2"}, "local_user": {}}
    said = _heard(_event("RES_INITIAL_DATA", first), _event("RES_INITIAL_DATA", other))
    assert said.session_id == "RM_1"
    assert said.secret == SECRET
    assert said.encryption == {"is_enabled": True, "encryption_key": SECRET}
    assert said.local_user == USER | {"metadata": {"raised": [1, {"joined_at": 2}]}}


def test_the_first_media_answer_counts_with_the_claims_of_its_token() -> None:
    said = _heard(
        _event("RES_MEDIA_SERVER_DATA", {"url": "wss://a", "token": _token(CLAIMS)}),
        _event("RES_MEDIA_SERVER_DATA", {"url": "wss://b"}),
    )
    assert said.media == {"url": "wss://a", "token": CLAIMS | {"note": {"a": 1}}}


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\ud800", "[" * 5000])
def test_an_invalid_token_is_reported(token: str) -> None:
    said = _heard(_event("RES_MEDIA_SERVER_DATA", json.dumps({"token": token})))
    assert said.media == {"token": "not a JWT"}


def test_a_token_that_is_no_text_is_kept_unchanged() -> None:
    assert _heard(_event("RES_MEDIA_SERVER_DATA", {"token": 7})).media == {"token": 7}


def test_secrets_of_later_metadata_are_kept_in_order() -> None:
    later = [
        {"room_features": {"end_to_end_encryption_features": {"encryption_key": key}}}
        for key in ("one", "", 7, "two")
    ]
    events = [_event("ROOM_METADATA_UPDATE", one) for one in later]
    assert _heard(*events, _event("ROOM_METADATA_UPDATE", {})).later_secrets == ["one", "two"]


@pytest.mark.parametrize("asks", [True, False])
def test_whether_it_asks_for_a_secret_is_in_its_answer_to_the_token(asks: bool) -> None:
    said = _heard(bodies=_verified(enabled_self_insert_encryption_key=asks))
    assert said.asks_for_secret is asks
    assert said.verify is not None
    assert said.verify["msg"] == "ok"


def test_only_the_answer_to_the_token_counts_and_only_if_it_can_be_read() -> None:
    good = _verified(enabled_self_insert_encryption_key=True)
    others = (("https://x/api/other", good[0][1]), ("https://x/api/verifyToken", b""))
    broken = (("https://x/api/verifyToken", b"\xff"),)
    assert _heard(bodies=others).verify is None
    assert _heard(bodies=broken).verify is None
    assert _heard(bodies=(*others, *broken, *good)).asks_for_secret is True


def test_differences_between_any_two_joiners_are_not_compared() -> None:
    said = _heard(
        _event("RES_INITIAL_DATA", {"room": ROOM, "local_user": USER}),
        _event("RES_MEDIA_SERVER_DATA", {"url": "wss://a", "token": _token(CLAIMS)}),
        bodies=_verified(),
    )
    features = METADATA["room_features"]
    assert said.comparable() == {
        "verify": {"status": True, "msg": "ok"},
        "room": {
            "room_id": "room01",
            "room_sid": "RM_1",
            "metadata": {"room_title": "x", "room_features": features},
        },
        "local_user": {"is_presenter": True, "metadata": {"raised": [1, {}]}},
        "media": {
            "url": "wss://a",
            "token": {"video": {"room": "RM_1"}, "note": {"a": 1}},
        },
    }


@pytest.mark.parametrize("odd", ["x", 7, ["x"], None, {"metadata": 7}, {"metadata": {"a": 1}}])
def test_answers_of_another_form_are_no_answers(odd: Any) -> None:
    said = _heard(
        _event("RES_INITIAL_DATA", {"room": odd, "local_user": odd}),
        _event("ROOM_METADATA_UPDATE", {"room_features": odd}),
    )
    assert (said.secret, said.session_id, said.encryption, said.later_secrets) == (
        None, None, {}, [],
    )  # fmt: skip
    assert said.room == (odd if isinstance(odd, dict) else None)
    assert said.local_user == said.room


def test_names_that_are_no_text_are_ignored() -> None:
    features = {"end_to_end_encryption_features": {"encryption_key": ["x"]}}
    room = {"room_sid": {}, "metadata": {"room_features": features}}
    said = _heard(_event("RES_INITIAL_DATA", {"room": room}))
    assert (said.secret, said.session_id) == (None, None)


def test_only_valid_json_in_strings_is_decoded() -> None:
    assert decode_nested({"a": '["b", "{\\"c\\": 1}"]'}) == {"a": ["b", {"c": 1}]}
    assert decode_nested(["[", "{x", "1", "[1]", ""]) == ["[", "{x", "1", [1], ""]
    assert decode_nested("[" * 5000) == "[" * 5000


@pytest.mark.parametrize("lists", [40, 41, 42, 60])
@pytest.mark.parametrize("named", [True, False])
def test_deep_nesting_is_truncated(lists: int, named: bool) -> None:
    value: Any = "end"
    for _ in range(lists):
        value = {"a": value} if named else [value]
    found = json.dumps(decode_nested(value), ensure_ascii=False)
    assert ("…" in found) is (lists > 41)
    assert ("end" in found) is (lists <= 41)
