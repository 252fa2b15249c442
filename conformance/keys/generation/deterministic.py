"""What the generators of the vectors share: bytes from a label, with one bit changed, as text."""

from __future__ import annotations

from hashlib import shake_256


def stream(label: str, length: int) -> bytes:
    """`length` bytes that depend on nothing but `label`."""
    return shake_256(f"plugnmeet-vectors {label}".encode()).digest(length)


def flipped(blob: bytes, at: int) -> bytes:
    """`blob` with the lowest bit of the byte `at` changed."""
    altered = bytearray(blob)
    altered[at] ^= 0x01
    return bytes(altered)


def as_text(value: bytes) -> str | None:
    """`value` as text if it is UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None
