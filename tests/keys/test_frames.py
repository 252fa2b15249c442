"""The frame codec encrypts and decrypts frames as LiveKit does."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from conformance.keys.frames import (
    OVERHEAD,
    Codec,
    FrameMalformed,
    FrameNotOurs,
    FrameRefused,
    clear_length,
    escape,
    open_frame,
    parse_frame,
    seal_frame,
    server_injected,
    unescape,
)

KEY, IV = bytes(range(16)), bytes(range(100, 112))
SLICE = bytes.fromhex("0000000165 88")


def _plain(codec: Codec, payload: bytes) -> bytes:
    if codec is Codec.H265:
        return bytes.fromhex("000000012601") + payload
    return SLICE + payload if codec is Codec.H264 else b"\x42" * 10 + payload


@given(st.sampled_from(Codec), st.booleans(), st.binary(max_size=200), st.integers(0, 255))
def test_encryption_round_trips(
    codec: Codec, key_frame: bool, payload: bytes, key_index: int
) -> None:
    plain = _plain(codec, payload)
    sealed = seal_frame(plain, KEY, IV, codec, key_frame, key_index)
    assert open_frame(sealed, KEY, codec, key_frame) == plain
    frame = parse_frame(sealed, codec, key_frame)
    assert (frame.iv, frame.key_index) == (IV, key_index)
    assert frame.clear == plain[: clear_length(plain, codec, key_frame)]


@given(st.sampled_from(Codec), st.binary(min_size=1, max_size=80), st.data())
def test_no_altered_byte_before_the_trailer_opens(
    codec: Codec, payload: bytes, data: st.DataObject
) -> None:
    sealed = bytearray(seal_frame(_plain(codec, payload), KEY, IV, codec, True))
    sealed[data.draw(st.integers(0, len(sealed) - 2))] ^= data.draw(st.integers(1, 255))
    with pytest.raises((FrameMalformed, FrameRefused)):
        open_frame(bytes(sealed), KEY, codec, True)


@given(st.sampled_from(Codec), st.booleans(), st.binary(max_size=100))
def test_arbitrary_bytes_give_a_typed_error(codec: Codec, key_frame: bool, data: bytes) -> None:
    with pytest.raises((FrameMalformed, FrameRefused)):
        open_frame(data, KEY, codec, key_frame)


def test_a_frame_is_laid_out_as_livekit_does() -> None:
    plain = b"\x78opus payload"
    sealed = seal_frame(plain, KEY, IV, Codec.OPUS, True, 3)
    assert sealed == (
        b"\x78" + AESGCM(KEY).encrypt(IV, b"opus payload", b"\x78") + IV + b"\x0c\x03"
    )
    assert len(sealed) == len(plain) + OVERHEAD


@pytest.mark.parametrize(
    ("codec", "key_frame", "length"),
    [
        (Codec.OPUS, True, 1),
        (Codec.VP8, True, 10),
        (Codec.VP8, False, 3),
        (Codec.VP9, True, 0),
        (Codec.VP9, False, 0),
    ],
)
def test_each_codec_keeps_its_own_header_bytes_clear(
    codec: Codec, key_frame: bool, length: int
) -> None:
    assert clear_length(bytes(50), codec, key_frame) == length


def test_h264_is_clear_up_to_the_second_byte_of_the_first_slice() -> None:
    head = bytes.fromhex("00000001 6742c01f 00000001 68ce3c80 000001 65 88")
    assert clear_length(head + b"rest", Codec.H264, True) == len(head)


def test_h264_without_a_slice_is_treated_as_vp8() -> None:
    parameters = bytes.fromhex("00000001 6742c01f 00000001 68ce3c80")
    assert clear_length(parameters, Codec.H264, True) == 10
    assert clear_length(parameters, Codec.H264, False) == 3


def test_another_key_is_refused_by_type_and_says_so() -> None:
    sealed = seal_frame(bytes(40), KEY, IV, Codec.VP8, True)
    why = (
        "^the vp8 frame of 70 bytes \\(key index 0\\) does not open with this key; "
        "the key is another one or the frame was altered$"
    )
    with pytest.raises(FrameRefused, match=why):
        open_frame(sealed, bytes(16), Codec.VP8, True)


def test_an_unencrypted_frame_is_malformed_and_says_so() -> None:
    why = (
        "^the trailer announces an IV of 120 bytes, not 12: "
        "the frame is not encrypted, or not by LiveKit$"
    )
    with pytest.raises(FrameMalformed, match=why):
        parse_frame(b"\x42" * 78 + b"\x78\x43", Codec.OPUS, True)


def test_a_frame_that_is_too_short_says_what_does_not_fit() -> None:
    why = (
        "^30 bytes are not an encrypted opus frame: "
        "1 clear bytes and 30 of tag, IV and trailer do not fit$"
    )
    with pytest.raises(FrameMalformed, match=why):
        parse_frame(bytes(30), Codec.OPUS, True)


def test_another_index_is_refused_and_both_are_named() -> None:
    sealed = seal_frame(bytes(40), KEY, IV, Codec.VP8, True, 3)
    why = "^the frame names the key at index 3; the only key is at 5$"
    with pytest.raises(FrameRefused, match=why):
        open_frame(sealed, KEY, Codec.VP8, True, 5)
    assert open_frame(sealed, KEY, Codec.VP8, True, 3) == bytes(40)


@pytest.mark.parametrize(
    ("plain", "iv", "index", "why"),
    [
        (b"\x00" * 9, IV, 0, "shorter than its 10 clear bytes"),
        (b"\x00" * 20, IV[1:], 0, "12 bytes, not 11"),
        (b"\x00" * 20, IV, 256, "one byte, not 256"),
    ],
)
def test_unencryptable_input_is_malformed(plain: bytes, iv: bytes, index: int, why: str) -> None:
    with pytest.raises(FrameMalformed, match=why):
        seal_frame(plain, KEY, iv, Codec.VP8, True, index)


@given(st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 4, 255]), max_size=60).map(bytes))
def test_escaped_bytes_hold_no_start_code_and_unescape_to_the_same(rbsp: bytes) -> None:
    escaped = escape(rbsp)
    assert not any(code in escaped for code in (b"\0\0\0", b"\0\0\1", b"\0\0\2"))
    assert unescape(escaped) == rbsp


SIF = b"trailer of a room"
SILENCE = bytes.fromhex("f8fffe") + bytes(77)


def test_the_servers_own_frame_is_recognised_by_trailer_and_content() -> None:
    assert server_injected(SILENCE + SIF, SIF) == SILENCE
    assert server_injected(SILENCE, SIF) is None
    assert server_injected(SILENCE + SIF, b"") is None


def test_a_participants_frame_with_the_servers_trailer_is_refused() -> None:
    with pytest.raises(FrameNotOurs, match=r"trailer, but no LiveKit server sends them$"):
        server_injected(b"\x78 spoken in clear" + SIF, SIF)


@pytest.mark.parametrize(
    ("kind", "is_slice"), [(0, True), (9, True), (10, False), (16, True), (21, True), (22, False)]
)
def test_h265_is_clear_up_to_the_second_byte_of_the_first_slice(kind: int, is_slice: bool) -> None:
    frame = bytes.fromhex("0000000140010c 000001") + bytes((kind << 1, 1)) + b"rest"
    assert clear_length(frame, Codec.H265, True) == (len(frame) - 4 if is_slice else 10)
