"""The opener of many frames, and keys that a program takes from a secret without derivation."""

from __future__ import annotations

import hashlib
import os

import pytest

from conformance.keys.direct import direct_keys
from conformance.keys.frames import Codec, open_frame, seal_frame
from conformance.keys.opener import Opener, sealed_frame

KEY = bytes(range(16))


@pytest.mark.parametrize("codec", list(Codec))
def test_opener_and_single_frames_agree(codec: Codec) -> None:
    start = {Codec.H264: b"\x00\x00\x00\x01\x65\x88", Codec.H265: b"\x00\x00\x00\x01\x26\x01"}
    plain = start.get(codec, b"") + os.urandom(200)
    frame = seal_frame(plain, KEY, os.urandom(12), codec, True)
    sealed = sealed_frame(frame, codec, True)
    assert sealed is not None
    assert Opener(KEY).open(sealed) == open_frame(frame, KEY, codec, True) == plain
    assert Opener(bytes(32)).open(sealed) is None
    assert Opener(KEY).count([sealed, sealed]) == 2
    assert sealed.key_index == 0


def test_a_frame_in_clear_does_not_read_as_encrypted() -> None:
    assert sealed_frame(b"", Codec.OPUS, False) is None
    assert sealed_frame(b"\x78" + bytes(100), Codec.OPUS, False) is None


def test_direct_keys_are_those_of_careless_programs() -> None:
    secret = "correct horse"
    keys = direct_keys(secret)
    raw = secret.encode()
    assert raw.ljust(16, b"\0") in keys.values()
    assert raw.ljust(32, b"\0") in keys.values()
    assert hashlib.sha256(raw).digest() in keys.values()
    assert hashlib.md5(raw, usedforsecurity=False).digest() in keys.values()
    assert hashlib.sha1(raw, usedforsecurity=False).digest()[:16] in keys.values()
    assert hashlib.sha256(raw).hexdigest().encode()[:32] in keys.values()
    assert {len(key) for key in keys.values()} == {16, 32}


@pytest.mark.parametrize("secret", ["", "x", "é" * 100, "a\0b", "0" * 64, "AAAA"])
def test_direct_keys_of_any_secret_fit_aes(secret: str) -> None:
    assert {len(key) for key in direct_keys(secret).values()} <= {16, 32}


def test_a_secret_that_is_hex_or_base64_is_also_tried_decoded() -> None:
    key = os.urandom(32)
    assert key in direct_keys(key.hex()).values()
