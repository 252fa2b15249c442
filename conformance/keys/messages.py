"""Encrypted data messages (chat, whiteboard, data channel): IV (12) || ciphertext || tag (16).

The cipher is AES-GCM without associated data. Source: Plug-N-Meet client 2.4.0,
src/helpers/libs/cryptoMessages.ts. The plaintext is a protobuf message, which this module does not
parse.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

IV_BYTES = 12
TAG_BYTES = 16
OVERHEAD = IV_BYTES + TAG_BYTES


class MessageMalformed(ValueError):
    """The bytes cannot be an encrypted message; the message of the error says why."""


class MessageRefused(Exception):
    """The message does not open with this key: it is another key or the message was altered."""


def open_message(blob: bytes, key: bytes) -> bytes:
    """Return the plaintext of `blob` under `key` (16 or 32 bytes).

    Raises:
        MessageMalformed: shorter than IV and tag.
        MessageRefused: the tag does not match.
    """
    if len(blob) < OVERHEAD:
        raise MessageMalformed(
            f"{len(blob)} bytes are not an encrypted message: IV and tag alone have {OVERHEAD}"
        )
    try:
        return AESGCM(key).decrypt(blob[:IV_BYTES], blob[IV_BYTES:], None)
    except InvalidTag:
        raise MessageRefused(
            f"a message of {len(blob)} bytes does not open with this key; "
            "the key is another one or the message was altered"
        ) from None


def seal_message(plain: bytes, key: bytes, iv: bytes | None = None) -> bytes:
    """Encrypt `plain` under `key` (16 or 32 bytes); `iv` is random unless given (for vectors only).

    Raises:
        MessageMalformed: `iv` is not 12 bytes long.
    """
    iv = os.urandom(IV_BYTES) if iv is None else iv
    if len(iv) != IV_BYTES:
        raise MessageMalformed(f"an IV has {IV_BYTES} bytes, not {len(iv)}")
    return iv + AESGCM(key).encrypt(iv, plain, None)
