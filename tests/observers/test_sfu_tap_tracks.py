"""What the SFU tap's page hands over is taken apart, whatever it is."""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.keys.frames import Codec, seal_frame
from conformance.observers.sfu_tap import Forwarded
from conformance.observers.sfu_tap.tracks import primary_of_red

KEY = bytes(range(16))


def row(n: int, data: bytes, size: int | None = None) -> dict[str, Any]:
    text = base64.b64encode(data).decode()
    size = len(data) if size is None else size
    return {"sid": "TR_1", "n": n, "key": n == 0, "data": text, "size": size, "ssrc": 5, "rtp": n}


def told(*frames: dict[str, Any]) -> dict[str, Any]:
    return {
        "tracks": [{"sid": "TR_1", "seen": len(frames), "cut": 0, "mime": "video/VP8"}],
        "said": [{"sid": "TR_1", "identity": "bob", "kind": "video", "source": "camera",
                  "encryption": 1, "mime": "video/VP8"}],
        "frames": list(frames),
        "leftOut": 0,
        "ended": None,
    }  # fmt: skip


def test_frames_are_kept_by_track_with_what_the_publisher_claims() -> None:
    forwarded = Forwarded()
    forwarded.take(told(row(0, b"first"), row(1, b"second"), row(20, b"later")))
    (track,) = forwarded.of("bob", "camera")
    assert track.codec is Codec.VP8
    assert track.encryption == "GCM"
    assert [(f.number, f.data) for f in track.frames] == [
        (0, b"first"),
        (1, b"second"),
        (20, b"later"),
    ]
    assert track.frames[0].key
    assert not forwarded.of("bob", "microphone")


def test_nonce_and_tag_are_read_of_whole_frames_and_of_ends_alike() -> None:
    plain, nonces = os.urandom(500), [os.urandom(12) for _ in range(3)]
    sealed = [seal_frame(plain, KEY, iv, Codec.VP8, False) for iv in nonces]
    forwarded = Forwarded()
    injected = b"black" + b"the trailer of the room, 0123456789"
    forwarded.take(told(row(0, sealed[0]), *(row(n, s[-48:], len(s)) for n, s in
                        enumerate(sealed[1:], 1)), row(3, injected)))  # fmt: skip
    (track,) = forwarded.tracks.values()
    ends = track.sealed_ends(b"the trailer of the room, 0123456789")
    assert [nonce for nonce, _ in ends] == nonces
    assert [tag for _, tag in ends] == [s[-30:-14] for s in sealed]


def test_ends_of_h264_frames_lose_their_escapes() -> None:
    iv = b"\x00\x00\x01\x00\x00\x02\x00\x00\x03\x00\x00\x00"
    frame = seal_frame(b"\x00\x00\x00\x01\x65\x88" + bytes(200), KEY, iv, Codec.H264, True)
    forwarded = Forwarded()
    answer = told(row(0, frame[-48:], len(frame)))
    answer["tracks"][0]["mime"] = answer["said"][0]["mime"] = "video/H264"
    forwarded.take(answer)
    (track,) = forwarded.tracks.values()
    assert [nonce for nonce, _ in track.sealed_ends(b"")] == [iv]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
FIELDS = st.sampled_from(["sid", "n", "key", "data", "size", "rtp", "ssrc", "at", "seen", "mime"])
ROWS = st.lists(st.dictionaries(FIELDS, JSON, max_size=8), max_size=4)


@given(st.fixed_dictionaries({"frames": ROWS | JSON, "tracks": ROWS | JSON, "said": ROWS | JSON,
                              "leftOut": JSON, "ended": JSON}))  # fmt: skip
def test_any_page_message_is_handled(answer: dict[str, Any]) -> None:
    forwarded = Forwarded()
    forwarded.take(answer)
    for track in forwarded.tracks.values():
        track.sealed_ends(b"x")


@pytest.mark.parametrize("count", [1_000])
def test_the_number_of_tracks_is_bounded(count: int) -> None:
    forwarded = Forwarded()
    forwarded.take({"said": [{"sid": f"TR_{n}", "identity": "bob"} for n in range(count)]})
    assert len(forwarded.tracks) < count


def test_redundant_sound_is_read_by_its_newest_block() -> None:
    older, newest = b"old", b"\xf8new"
    red = bytes([0x80 | 111, 0, 0, len(older), 111]) + older + newest
    assert primary_of_red(red) == newest
    assert primary_of_red(bytes([111]) + newest) == newest
    two = b"\xef\x00\x01\x05\xef\x00\x02\x01\x6f" + bytes(0x105 + 0x201)
    assert primary_of_red(two + newest) == newest
    assert primary_of_red(two) is None
    assert primary_of_red(b"\xef\x00\x00\x00\x6f" + newest) == newest
    for broken in (
        b"\x6f",
        b"\xef\x00\x00\x00",
        b"\xef\x00\x00\x00\x6f",
        b"",
        b"\xef",
        b"\xef\x00\x03",
        b"\xef\x00\x03\xff\x6f",
        b"\xff" * 64,
    ):
        assert primary_of_red(broken) is None
