"""The message codec encrypts and decrypts data messages."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from conformance.keys.messages import (
    OVERHEAD,
    MessageMalformed,
    MessageRefused,
    open_message,
    seal_message,
)

KEY = bytes(range(32))


@given(st.binary(max_size=300))
def test_encryption_round_trips(plain: bytes) -> None:
    sealed = seal_message(plain, KEY)
    assert len(sealed) == len(plain) + OVERHEAD
    assert open_message(sealed, KEY) == plain


def test_a_message_is_iv_ciphertext_and_tag_without_associated_data() -> None:
    iv = bytes(range(12))
    assert seal_message(b"text", KEY, iv) == iv + AESGCM(KEY).encrypt(iv, b"text", None)


def test_every_message_gets_an_iv_of_its_own() -> None:
    assert len({seal_message(b"text", KEY)[:12] for _ in range(50)}) == 50


@given(st.binary(max_size=50), st.data())
def test_no_altered_message_opens(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal_message(plain, KEY))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(
        MessageRefused, match=r"; the key is another one or the message was altered$"
    ):
        open_message(bytes(sealed), KEY)


@pytest.mark.parametrize("length", [0, 11, 12, 27])
def test_a_message_shorter_than_iv_and_tag_is_malformed(length: int) -> None:
    with pytest.raises(MessageMalformed, match=f"^{length} bytes"):
        open_message(bytes(length), KEY)


def test_an_iv_of_another_length_is_malformed() -> None:
    with pytest.raises(MessageMalformed, match="12 bytes, not 16"):
        seal_message(b"text", KEY, bytes(16))
