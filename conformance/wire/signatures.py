"""Signatures of the control API: HMAC-SHA256 of the exact body, in lower-case hex.

Source: plugNmeet-server v2.4.0, pkg/controllers/auth.go. There is no timestamp and no nonce.
"""

from __future__ import annotations

import hashlib
import hmac

API_KEY_HEADER = "API-KEY"
SIGNATURE_HEADER = "HASH-SIGNATURE"


def sign(body: bytes, secret: str) -> str:
    """The signature of `body`: 64 lower-case hex digits."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def verify(body: bytes, secret: str, signature: str) -> bool:
    """Whether `signature` is that of `body`, compared in constant time; upper case is rejected."""
    return hmac.compare_digest(sign(body, secret).encode(), signature.encode())
