"""Frames at the limits: long ones, uncommon IVs, large and small key rings."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from conformance.keys.frames import Codec, seal_frame
from conformance.keys.generation.frame_collector import Frames
from conformance.keys.generation.frame_samples import stream

_LENGTHS = (1201, 1500, 5000)
"""Bytes: more than one network packet, and more than 255 blocks of AES."""

_TWO_LENGTH_BYTES = 65_537

IVS = {
    "IV of zeros": bytes(12),
    "IV of ones": b"\xff" * 12,
    "IV of ones but the last bit": b"\xff" * 11 + b"\xfe",
    "IV as livekit-client counts it: no SSRC, the counter has passed zero": bytes.fromhex(
        "ffffffff00000005fffffffb"
    ),
    "IV as livekit-client counts it: the largest counter": bytes.fromhex(
        "0a1b2c3d0000fffe00000000"
    ),
    "IV as libwebrtc counts it: the first frame": bytes.fromhex("0a1b2c3dfffffffefffffffe"),
}
"""IVs of 12 bytes by comment; the words of the last three are SSRC, timestamp, timestamp less
counter."""


def lengths(frames: Frames, make: Callable[[int, str], bytes]) -> None:
    """Frames of more than 1200 bytes; key frames of VP8 and H.264 also of more than 65536."""
    for size in _LENGTHS:
        frames.good(f"{size} bytes", make(size, f"long {size}"), "Long")
    if frames.key_frame and frames.codec in (Codec.VP8, Codec.H264):
        plain = make(_TWO_LENGTH_BYTES, "very long")
        frames.good(f"{_TWO_LENGTH_BYTES} bytes", plain, "Long")


def ivs(frames: Frames, plain: bytes) -> None:
    """Frames with each of IVS, and with a longer IV that makes the block counter wrap."""
    for comment, iv in IVS.items():
        sealed = seal_frame(plain, frames.key, iv, frames.codec, frames.key_frame)
        frames.good(comment, plain, "IvExtreme", frame=sealed)
    iv = iv_that_wraps(frames.key, stream(f"{frames.label} wrap", 12))
    frames.long_iv("IV of 16 bytes, the block counter wraps", plain, iv, "CounterWrap")


def key_rings(frames: Frames, plain: bytes) -> None:
    """Key indexes from 16 on, and rings of 1 to 256 keys."""
    for index in (16, 100, 255):
        frames.good(f"key index {index}, one key for all", plain, "KeyIndex", key_index=index)
    for size, indexes in ((256, (16, 17, 128, 255)), (17, (16,))):
        for index in indexes:
            frames.good(
                f"key index {index}, the key is there, ring of {size}", plain,
                "KeyIndex", "LargeKeyRing", key_index=index, at_index=index, ring_size=size,
            )  # fmt: skip
    frames.good("key index 0, ring of 1", plain, "KeyIndex", at_index=0, ring_size=1)
    for index, at, size in (
        (16, 0, 256), (0, 16, 256), (255, 15, 256), (15, 255, 256), (144, 16, 256), (128, 0, 256),
        (0, 128, 256), (17, 0, 17), (255, 254, 256),
    ):  # fmt: skip
        frames.bad(
            f"key index {index}, the key is at {at}, ring of {size}", frames.seal(plain, index),
            "KeyIndex", "LargeKeyRing", at_index=at, ring_size=size,
        )  # fmt: skip
    for index, at, size in ((1, 0, 1), (2, 0, 2), (255, 15, 16), (32, 0, 16)):
        comment = f"key index {index}, the key is at {at}, ring of {size}"
        frames.bad(comment, frames.seal(plain, index), "KeyIndex", at_index=at, ring_size=size)


def iv_that_wraps(key: bytes, start: bytes) -> bytes:
    """The IV of 16 bytes from which GCM gets the counter block `start` (12 bytes) || ffffffff.

    GCM hashes such an IV: block = (IV * H + length) * H (NIST SP 800-38D, section 7.1); here that
    is undone. The first block of the text is then the one whose counter has wrapped.
    """
    encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 - GCM's hash key is one block
    inverse = _inverse(int.from_bytes(encryptor.update(bytes(16))))
    block = int.from_bytes(start + b"\xff" * 4)
    length = 128
    return _times(_times(block, inverse) ^ length, inverse).to_bytes(16)


def _times(a: int, b: int) -> int:
    """The product in GCM's field of 2^128 elements, whose bits are in reverse."""
    product = 0
    for bit in range(127, -1, -1):
        if b >> bit & 1:
            product ^= a
        a = a >> 1 ^ (0xE1 << 120 if a & 1 else 0)
    return product


def _inverse(a: int) -> int:
    """a to the power of 2^128 - 2."""
    result, square = 1 << 127, a
    for _ in range(127):
        square = _times(square, square)
        result = _times(result, square)
    return result
