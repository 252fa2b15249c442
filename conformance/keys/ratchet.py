"""LiveKit's key ratchet: each key material is derived from the previous one.

    material(0) is the secret;  material(n+1) = KDF(material(n), 256 bits);
    key(n) = KDF(material(n), 128 or 256 bits)

KDF is PBKDF2-HMAC-SHA256 with 100 000 iterations for a secret given as text, and HKDF-SHA256 with
128 zero bytes of info for a secret given as bytes. Both steps use LiveKit's salt. So a 128-bit key
is the first half of the next material: a person who gets that material can open earlier frames.
Plug-N-Meet does not ratchet. Source: livekit-client 2.21.0, src/e2ee/utils.ts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from conformance.keys.frames import Codec, FrameRefused, open_frame
from conformance.keys.profiles import hkdf, pbkdf2

Kdf = Literal["PBKDF2-HMAC-SHA256", "HKDF-SHA256"]
ROUNDS = 100_000
INFO = bytes(128)


def derived(kdf: Kdf, material: bytes, salt: bytes, bits: int) -> bytes:
    """Derive `bits` bits from `material`: a key, or with 256 bits the next material."""
    if kdf == "HKDF-SHA256":
        return hkdf(material, salt, INFO, bits // 8)
    return pbkdf2(material, salt, ROUNDS)[: bits // 8]


def ratcheted(kdf: Kdf, material: bytes, salt: bytes, times: int) -> bytes:
    """The material after `times` steps; it has 32 bytes from the first step on."""
    for _ in range(times):
        material = derived(kdf, material, salt, 256)
    return material


def open_ratcheted(
    data: bytes, keys: Callable[[int], bytes], window: int, codec: Codec, key_frame: bool
) -> bytes:
    """Open a frame with `keys(0)` or one of the next `window` keys.

    Raises:
        FrameMalformed: see `parse_frame`.
        FrameRefused: none of the keys opens the frame.
    """
    for times in range(window + 1):
        try:
            return open_frame(data, keys(times), codec, key_frame)
        except FrameRefused:
            continue
    raise FrameRefused(f"none of {window + 1} successively ratcheted keys opens the frame")
