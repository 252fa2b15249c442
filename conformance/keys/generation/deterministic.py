"""Functions that the vector generators share: bytes from a label, a flipped bit, text."""

from __future__ import annotations

from hashlib import shake_256


def stream(label: str, length: int) -> bytes:
    """`length` bytes that depend only on `label`."""
    return shake_256(f"plugnmeet-vectors {label}".encode()).digest(length)


def flipped(blob: bytes, at: int) -> bytes:
    """`blob` with the lowest bit of the byte `at` changed."""
    altered = bytearray(blob)
    altered[at] ^= 0x01
    return bytes(altered)


def as_text(value: bytes) -> str | None:
    """`value` as text if it is UTF-8, else None."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None
