"""The complete list of keys that are the secret itself or a plain transformation of it."""

from __future__ import annotations

import base64
import hashlib

import pytest

from conformance.keys.direct import direct_keys

RAW = b"sixteen bytes 16"


def test_a_secret_of_sixteen_bytes_is_a_key_as_it_is() -> None:
    keys = direct_keys(RAW.decode())
    assert keys["UTF-8, first 16 bytes"] == RAW
    assert keys["UTF-8, filled up to 32 with zeros"] == RAW + bytes(16)
    assert keys["UTF-8, filled up to 32 with spaces"] == RAW + b" " * 16
    assert keys["UTF-8, filled up to 32 with characters 0"] == RAW + b"0" * 16
    assert keys["UTF-8, repeated to 32"] == RAW * 2
    assert keys["UTF-16, first 32 bytes"] == RAW.decode().encode("utf-16-le")
    assert keys["hex, first 16 bytes"] == RAW.hex().encode()[:16]
    assert keys["hex, first 32 bytes"] == RAW.hex().encode()
    assert keys["base64, first 16 bytes"] == base64.b64encode(RAW)[:16]
    assert not [name for name in keys if name.startswith("from hex")]


def test_every_plain_hash_is_a_key_raw_and_in_hex() -> None:
    keys = direct_keys("x")
    for algorithm in ("md5", "sha1", "sha256", "sha384", "sha512"):
        digest = hashlib.new(algorithm, b"x")
        assert keys[f"{algorithm}, first 16 bytes"] == digest.digest()[:16]
        assert keys[f"{algorithm} in hex, first 32 bytes"] == digest.hexdigest().encode()[:32]
    assert "md5, first 32 bytes" not in keys


@pytest.mark.parametrize("text", ["-_-_QUJDREVGR0hJSktM", "-_-_QUJDREVGR0hJSktMTQ", "QUJDRA"])
def test_a_secret_that_is_base64_is_tried_decoded_with_or_without_its_end(text: str) -> None:
    value = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    keys = direct_keys(text)
    found = [key for name, key in keys.items() if name.startswith("from base64, ")]
    assert all(key.startswith(value[:16]) for key in found)
    assert len(found) >= 3


@pytest.mark.parametrize("text", ["not base64!", "AAA*", "A", "é"])
def test_invalid_base64_is_not_decoded(text: str) -> None:
    assert not [name for name in direct_keys(text) if name.startswith("from ")]


def test_a_secret_in_hex_is_tried_decoded() -> None:
    assert direct_keys(RAW.hex())["from hex, first 16 bytes"] == RAW


def test_an_empty_secret_is_not_repeated() -> None:
    assert not [name for name in direct_keys("") if "repeated" in name or "from" in name]
