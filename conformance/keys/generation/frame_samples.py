"""The plain frames that the vectors seal: a typical one of each codec."""

from __future__ import annotations

from hashlib import shake_256

from conformance.keys.frames import Codec

SPS = bytes.fromhex("000000016742c01fda0141000003000100000300") + b"\x3c\x0f\x16\x2e\x48"
PPS = bytes.fromhex("0000000168ce3c80")
SEI = bytes.fromhex("00000106052a") + b"user data"
AUD = bytes.fromhex("0000000109f0")


def stream(label: str, length: int) -> bytes:
    """`length` bytes that depend only on `label`, without zeros (so without start codes)."""
    return bytes(byte or 0xA5 for byte in shake_256(f"frames {label}".encode()).digest(length))


def opus(size: int, label: str) -> bytes:
    return b"\x78" + stream(f"opus {label}", size)


def vp8(key_frame: bool, size: int, label: str) -> bytes:
    head = bytes.fromhex("3042009d012a4001b400" if key_frame else "b16a01")
    return head + stream(f"vp8 {label}", size)


def vp9(key_frame: bool, size: int, label: str) -> bytes:
    return bytes.fromhex("82498342" if key_frame else "86004092") + stream(f"vp9 {label}", size)


def h264_head(key_frame: bool) -> bytes:
    """All bytes up to the second byte of the first slice."""
    if key_frame:
        return AUD + SPS + PPS + SEI + bytes.fromhex("000000016588")
    return bytes.fromhex("00000001419a")


def h264(key_frame: bool, size: int, label: str) -> bytes:
    return h264_head(key_frame) + stream(f"h264 {label}", size)


H265_SETS = (
    bytes.fromhex("0000000140010c01ffff016000000300900000030000030078959809")
    + bytes.fromhex("00000001420101016000000300900000030000030078a0078200887de5")
    + bytes.fromhex("000000014401c172b46240")
    + bytes.fromhex("0000014e0105ffff")
)


def h265_head(key_frame: bool) -> bytes:
    """All bytes up to the second byte of the first slice: VPS, SPS, PPS, SEI, IDR_W_RADL."""
    return H265_SETS + bytes.fromhex("000000012601") if key_frame else b"\0\0\0\1\x02\x01"


def h265(key_frame: bool, size: int, label: str) -> bytes:
    return h265_head(key_frame) + stream(f"h265 {label}", size)


HEADS = {Codec.H264: h264_head, Codec.H265: h265_head}
"""Codecs whose clear bytes end in the first slice, with all bytes up to its second one."""
