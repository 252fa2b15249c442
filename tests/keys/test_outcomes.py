"""The outcomes of this package for vectors that leave a choice or state something impossible."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.keys.frames import Codec, FrameRefused, open_frame, seal_frame
from conformance.keys.profiles import PROFILES
from conformance.keys.published.locate import vectors_folder
from conformance.keys.published.outcomes import python_outcomes
from conformance.keys.published.schema import VectorFile
from conformance.keys.ratchet import open_ratcheted


def _published(name: str) -> Any:
    return json.loads((vectors_folder() / name).read_bytes())


def _read(content: Any) -> VectorFile:
    return VectorFile.model_validate_json(json.dumps(content), strict=True, by_alias=True)


def test_each_of_the_servers_own_frames_is_played_not_dropped() -> None:
    vectors = _read(_published("server_injected_frame.json"))
    outcomes = python_outcomes(vectors)
    theirs = [test for _, test in vectors.tests() if "MayDrop" in test.flags]
    single = [test for test in theirs if "as one frame" not in test.comment]
    assert len(single) == 17
    for test in single:
        assert outcomes[test.tc_id] == {"plainHex": getattr(test, "plain_hex")}  # noqa: B009


def test_a_refusal_says_why() -> None:
    vectors = _read(_published("data_message.json"))
    outcomes = python_outcomes(vectors)
    refused = [outcomes[t.tc_id]["refused"] for _, t in vectors.tests() if t.result == "invalid"]
    assert all("message" in str(why) for why in refused)


def test_a_group_without_its_profiles_session_is_refused() -> None:
    content = _published("media_frame.json")
    bound = next(p.id for p in PROFILES.values() if p.session_bound and p.role == "media")
    content["testGroups"] = content["testGroups"][:1]
    group = content["testGroups"][0]
    group["profile"], group["session"]["sessionId"] = bound, ""
    content["numberOfTests"] = len(group["tests"])
    outcomes = python_outcomes(_read(content))
    why = f"profile {bound} is bound to a session; give the session id of the room"
    assert outcomes[-1] == {"refused": why}


def test_a_packet_beside_other_fields_is_an_error_in_words() -> None:
    content = _published("encrypted_packet.json")
    content["testGroups"] = content["testGroups"][:1]
    group = content["testGroups"][0]
    group["tests"] = [one for one in group["tests"] if one["result"] == "valid"][:1]
    content["numberOfTests"] = 1
    test = group["tests"][0]
    test["ivHex"] = "00" * 12
    outcomes = python_outcomes(_read(content))
    assert outcomes[test["tcId"]] == {"error": "packetHex differs from the fields beside it"}


@pytest.mark.parametrize("key_frame", [True, False])
def test_a_window_opens_key_and_delta_frames_with_what_follows(key_frame: bool) -> None:
    keys = [bytes([n]) * 16 for n in range(5)]
    plain = bytes(range(40))
    frame = seal_frame(plain, keys[2], bytes(12), Codec.VP8, key_frame)
    assert open_frame(frame, keys[2], Codec.VP8, key_frame) == plain
    assert open_ratcheted(frame, keys.__getitem__, 2, Codec.VP8, key_frame) == plain
    why = "^none of 2 successively ratcheted keys opens the frame$"
    with pytest.raises(FrameRefused, match=why):
        open_ratcheted(frame, keys.__getitem__, 1, Codec.VP8, key_frame)
