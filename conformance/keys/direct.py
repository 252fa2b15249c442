"""Keys that a careless program makes from a secret without a key derivation.

Each key is the secret itself (truncated or padded to an AES key length), the secret decoded from a
text form, or one plain hash of it. None of them uses a key derivation function (NIST SP 800-132
section 5): there is no salt, no iteration count and no Session ID.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

_LENGTHS = (16, 32)
_FILLS = {"zeros": b"\x00", "spaces": b" ", "characters 0": b"0"}
_HASHES = ("md5", "sha1", "sha256", "sha384", "sha512")


def direct_keys(secret: str) -> dict[str, bytes]:
    """AES-128 and AES-256 keys made from the secret itself, by a description of the method.

    Raises:
        UnicodeEncodeError: the secret cannot be encoded as UTF-8.
    """
    raw = secret.encode()
    found: dict[str, bytes] = {}
    texts = {
        "UTF-8": raw,
        "UTF-16": secret.encode("utf-16-le"),
        "hex": raw.hex().encode(),
        "base64": base64.b64encode(raw),
        **_decoded(raw),
    }
    for name, value in texts.items():
        for length in _LENGTHS:
            if len(value) >= length:
                found[f"{name}, first {length} bytes"] = value[:length]
                continue
            for fill_name, fill in _FILLS.items():
                found[f"{name}, filled up to {length} with {fill_name}"] = value.ljust(length, fill)
            if value:
                repeated = (value * (length // len(value) + 1))[:length]
                found[f"{name}, repeated to {length}"] = repeated
    for algorithm in _HASHES:
        digest = hashlib.new(algorithm, raw, usedforsecurity=False)
        for form, value in (("", digest.digest()), (" in hex", digest.hexdigest().encode())):
            for length in _LENGTHS:
                if len(value) >= length:
                    found[f"{algorithm}{form}, first {length} bytes"] = value[:length]
    return found


def _decoded(raw: bytes) -> dict[str, bytes]:
    """The secret decoded from hex and from base64, if its text is valid."""
    found = {}
    for name, decode in (("from hex", bytes.fromhex), ("from base64", _from_base64)):
        try:
            value = decode(raw.decode())
        except (ValueError, binascii.Error):
            continue
        if value:
            found[name] = value
    return found


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
