"""What a client computes counts if a secret, or a value that counts, went into it."""

from __future__ import annotations

import base64
from typing import Any

from conformance.observers.page.computed import counted
from conformance.observers.page.made_keys import Computed, MadeKeys

SECRET = "right-0123456789abcdef01234567"
BITS, KEY, DIGEST = b"b" * 32, b"k" * 16, b"d" * 32


def values(*records: Computed) -> set[bytes]:
    return {one.value for one in counted(records, [SECRET])}


def test_an_output_of_the_secret_counts() -> None:
    assert values(Computed("digest", "SHA-1", (b"x" + SECRET.encode() + b"y",), DIGEST)) == {DIGEST}


def test_a_part_of_the_secret_is_enough() -> None:
    assert values(Computed("digest", "SHA-1", (SECRET[3:11].upper().encode(),), DIGEST)) == {DIGEST}


def test_a_digest_of_something_public_does_not_count() -> None:
    assert values(Computed("digest", "SHA-256", (b"v=0 o=- fingerprint",), DIGEST)) == set()


def test_the_secret_is_followed_through_keys() -> None:
    assert values(
        Computed("deriveBits", "PBKDF2", (b"salt",), BITS, key="a:1"),
        Computed("importKey", "PBKDF2", (SECRET.encode(),), b"", makes="a:1"),
        Computed("digest", "SHA-256", (b"id " + base64.b64encode(BITS),), DIGEST),
    ) == {BITS, DIGEST}


def test_a_ciphertext_may_leave_but_not_one_of_the_secret() -> None:
    key = Computed("importKey", "AES-GCM", (KEY,), KEY, makes="a:1", is_key=True)
    assert values(
        key, Computed("encrypt", "AES-GCM", (b"hello, world",), b"c" * 40, key="a:1")
    ) == {KEY}
    sealed = Computed("encrypt", "AES-GCM", (SECRET.encode(),), b"c" * 40)
    assert values(sealed) == {b"c" * 40}


def test_what_a_client_signs_with_its_key_counts() -> None:
    key = Computed("deriveKey", "HKDF", (), KEY, makes="a:1", is_key=True)
    signed = Computed("sign", "HMAC", (b"room",), DIGEST, key="a:1")
    assert values(key, signed) == {KEY, DIGEST}


def test_reports_become_records() -> None:
    made = MadeKeys()
    report: dict[str, Any] = {
        "realm": "r", "call": "deriveKey", "how": "PBKDF2", "inputs": ["00ff", 7], "key": 1,
        "makes": 2, "isKey": True, "output": "61" * 16,
    }  # fmt: skip
    made.take(report)
    assert made.keys == [b"a" * 16]
    assert made.records == [
        Computed("deriveKey", "PBKDF2", (b"\0\xff", b""), b"a" * 16, "r:1", "r:2", True)
    ]
    made.take({"realm": "r", "more": True})
    assert made.more
