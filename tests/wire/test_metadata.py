"""Room metadata has the product's defaults and refusals and the article's encryption rules."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.wire import answers, metadata
from conformance.wire import plugnmeet_pb2 as pb

SIMPLE = {"is_enabled": True, "enabled_self_insert_encryption_key": False}
ZERO = {"is_enabled": True, "enabled_self_insert_encryption_key": True}


def request(features: dict[str, Any] | None = None, **more: Any) -> pb.CreateRoomReq:
    body = {
        "room_id": "room",
        "metadata": {"room_title": "Room", "room_features": features or {}},
        **more,
    }
    return answers.from_json(json.dumps(body), pb.CreateRoomReq)


def prepared(e2ee: dict[str, Any] | None) -> dict[str, Any]:
    asked = request({"end_to_end_encryption_features": e2ee} if e2ee else {})
    return dict(answers.to_object(metadata.prepare(asked.metadata))["room_features"])


def test_a_simple_room_gets_a_secret_of_32_alphanumerics_new_each_time() -> None:
    keys = {prepared(SIMPLE)["end_to_end_encryption_features"]["encryption_key"] for _ in "12345"}
    assert len(keys) == 5
    assert all(len(key) == 32 and key.isalnum() and key.isascii() for key in keys)


def test_a_zero_knowledge_room_has_no_key_at_all() -> None:
    assert "encryption_key" not in prepared(ZERO)["end_to_end_encryption_features"]


@pytest.mark.parametrize("e2ee", [None, {"is_enabled": False, "included_chat_messages": True}])
def test_without_encryption_every_flag_is_off(e2ee: dict[str, Any] | None) -> None:
    block = prepared(e2ee)["end_to_end_encryption_features"]
    assert not any(block.values())
    assert "encryption_key" not in block


@pytest.mark.parametrize("e2ee", [SIMPLE, ZERO])
def test_encryption_disables_features_that_need_clear_media(e2ee: dict[str, Any]) -> None:
    features = prepared(e2ee)
    insights = features["insights_features"]
    assert not features["recording_features"]["is_allow_cloud"]
    assert not features["external_broadcasting_features"]["is_allow_rtmp"]
    assert not features["ingress_features"]["is_allow"]
    assert not features["sip_dial_in_features"]["is_allow"]
    assert not insights["transcription_features"]["is_allow"]
    assert not insights["ai_features"]["meeting_summarization_features"]["is_allow"]
    assert features["chat_features"]["is_allow"]


def test_a_plain_room_has_all_features() -> None:
    features = prepared(None)
    assert features["recording_features"]["is_allow_cloud"]
    assert features["external_broadcasting_features"]["is_allow_rtmp"]
    assert features["ingress_features"]["is_allow"]


def test_every_feature_block_is_there() -> None:
    blocks = [name for name in prepared(None) if name.endswith("_features")]
    assert len(blocks) == 14
    assert all(isinstance(prepared(None)[name], dict) for name in blocks)


def test_a_false_in_the_request_does_not_switch_off_a_default() -> None:
    asked = request({"allow_webcams": False, "allow_raise_hand": False})
    made = metadata.prepare(asked.metadata).room_features
    assert made.allow_webcams
    assert not made.allow_raise_hand


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"room_id": ""}, "room_id: room_id should only contain ASCII letters"),
        ({"room_id": "a b"}, "room_id: room_id should only contain ASCII letters"),
        ({"room_id": "a\n"}, "room_id: room_id should only contain ASCII letters"),
        ({"metadata": None}, "metadata: value is required"),
        ({"metadata": {"room_features": {}}}, "metadata.room_title: value is required"),
        ({"metadata": {"room_title": "x"}}, "metadata.room_features: value is required"),
        (
            {
                "metadata": {
                    "room_title": "x",
                    "room_features": {
                        "end_to_end_encryption_features": {**SIMPLE, "encryption_key": "mine"}
                    },
                }
            },
            "metadata.room_features.end_to_end_encryption_features.encryption_key: "
            "encryption_key should not contain any value",
        ),
    ],
)
def test_a_request_that_breaks_a_rule_is_refused_with_the_products_words(
    change: dict[str, Any], text: str
) -> None:
    with pytest.raises(metadata.RequestInvalid, match="validation error: ") as refused:
        metadata.check_create_request(request(**change))
    assert text in str(refused.value)


def test_a_breakout_room_inherits_encryption_but_not_the_secret() -> None:
    parent = metadata.prepare(request({"end_to_end_encryption_features": SIMPLE}).metadata)
    child = metadata.prepare(metadata.breakout_request(parent, "room", "One"))
    keys = [
        one.room_features.end_to_end_encryption_features.encryption_key for one in (parent, child)
    ]
    assert all(keys)
    assert keys[0] != keys[1]


def test_json_is_written_as_the_products_go_server_writes_it() -> None:
    written = answers.to_object(pb.GetActiveRoomInfoRes(msg="no"))
    assert written == {"status": False, "msg": "no", "status_code": "UNKNOWN_STATUS", "room": None}
    assert answers.to_object(pb.ActiveRoomInfo(creation_time=5))["creation_time"] == "5"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"room_id": 5}', b"null"])
def test_a_body_that_is_no_message_is_refused_as_unreadable(body: bytes) -> None:
    with pytest.raises(answers.MessageUnreadable):
        answers.from_json(body, pb.CreateRoomReq)
