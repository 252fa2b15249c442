"""LiveKit's encrypted media frames: parse, open, seal.

    clear || ciphertext || tag (16) || IV (12) || 0x0c || key index

AES-GCM with the clear bytes as associated data; the trailer is outside it, so the key index is
not authenticated. In H.264 everything behind the clear bytes, trailer included, is escaped like
an RBSP after encryption (ITU-T H.264 section 7.4.1). Source: livekit-client 2.21.0, src/e2ee.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

IV_BYTES = 12
TAG_BYTES = 16
TRAILER_BYTES = 2
OVERHEAD = TAG_BYTES + IV_BYTES + TRAILER_BYTES
"""Bytes that encryption adds to a frame, before escaping."""

_VP8_CLEAR = {True: 10, False: 3}
_NAL = re.compile(rb"\x00\x00\x01(?=(.))", re.DOTALL)
_SLICES = (1, 5)  # non-IDR and IDR slice, ITU-T H.264 table 7-1


class Codec(StrEnum):
    """Codecs whose encrypted frames can be read."""

    OPUS = "opus"
    VP8 = "vp8"
    VP9 = "vp9"
    H264 = "h264"


class FrameMalformed(ValueError):
    """The bytes cannot be an encrypted frame of this codec; the sentence says why."""


class FrameRefused(Exception):
    """The frame does not open with this key: another key, or altered on the way."""


@dataclass(frozen=True)
class EncryptedFrame:
    """The parts of an encrypted frame, escapes removed."""

    clear: bytes
    ciphertext: bytes
    tag: bytes
    iv: bytes
    key_index: int


def clear_length(data: bytes, codec: Codec, key_frame: bool) -> int:
    """How many bytes at the start of `data` stay clear; the same before and after encryption.

    Opus 1, VP8 10 in a key frame and 3 in a delta frame, VP9 0; H.264 up to the second byte of
    the first slice, or, without any slice, as VP8 (livekit-client does so).
    """
    return _clear_length(data, codec, key_frame)[0]


def _clear_length(data: bytes, codec: Codec, key_frame: bool) -> tuple[int, bool]:
    """The clear length and whether the rest is escaped."""
    if codec is Codec.OPUS:
        return 1, False
    if codec is Codec.VP9:
        return 0, False
    if codec is Codec.H264:
        for start in _NAL.finditer(data):
            if start[1][0] & 0x1F in _SLICES:
                return start.end() + 2, True
    return _VP8_CLEAR[key_frame], False


def parse_frame(data: bytes, codec: Codec, key_frame: bool) -> EncryptedFrame:
    """Take a whole frame (not an RTP packet) apart.

    Raises:
        FrameMalformed: too short, or the trailer does not announce a 12-byte IV. A frame that
            was never encrypted nearly always ends here.
    """
    length, escaped = _clear_length(data, codec, key_frame)
    clear, rest = data[:length], data[length:]
    if escaped:
        rest = unescape(rest)
    if len(rest) < OVERHEAD:
        raise FrameMalformed(
            f"{len(data)} bytes are no encrypted {codec} frame: "
            f"{length} clear bytes and {OVERHEAD} of tag, IV and trailer do not fit"
        )
    if rest[-2] != IV_BYTES:
        raise FrameMalformed(
            f"the trailer announces an IV of {rest[-2]} bytes, not {IV_BYTES}: "
            "the frame is not encrypted, or not by LiveKit"
        )
    iv_at = len(rest) - TRAILER_BYTES - IV_BYTES
    tag_at = iv_at - TAG_BYTES
    return EncryptedFrame(clear, rest[:tag_at], rest[tag_at:iv_at], rest[iv_at:-2], rest[-1])


def open_frame(data: bytes, key: bytes, codec: Codec, key_frame: bool) -> bytes:
    """The frame as it was before encryption, clear bytes included; `key` has 16 or 32 bytes.

    Raises:
        FrameMalformed: see `parse_frame`.
        FrameRefused: the tag does not fit.
    """
    frame = parse_frame(data, codec, key_frame)
    try:
        plain = AESGCM(key).decrypt(frame.iv, frame.ciphertext + frame.tag, frame.clear)
    except InvalidTag:
        raise FrameRefused(
            f"an {codec} frame of {len(data)} bytes (key index {frame.key_index}) does not open "
            "with this key; the key is another one or the frame was altered"
        ) from None
    return frame.clear + plain


def seal_frame(
    plain: bytes, key: bytes, iv: bytes, codec: Codec, key_frame: bool, key_index: int = 0
) -> bytes:
    """Encrypt a whole frame as LiveKit does; `iv` (12 bytes) must be fresh for every frame.

    Raises:
        FrameMalformed: the frame is shorter than its clear bytes, `iv` is not 12 bytes long, or
            `key_index` is no byte.
    """
    length, escaped = _clear_length(plain, codec, key_frame)
    if len(plain) < length:
        raise FrameMalformed(
            f"a {codec} frame of {len(plain)} bytes is shorter than its {length} clear bytes"
        )
    if len(iv) != IV_BYTES:
        raise FrameMalformed(f"an IV has {IV_BYTES} bytes, not {len(iv)}")
    if not 0 <= key_index <= 0xFF:
        raise FrameMalformed(f"a key index is one byte, not {key_index}")
    clear = plain[:length]
    rest = AESGCM(key).encrypt(iv, plain[length:], clear) + iv + bytes((IV_BYTES, key_index))
    return clear + (escape(rest) if escaped else rest)


_ESCAPED = re.compile(rb"\x00\x00\x03")
_TO_ESCAPE = re.compile(rb"\x00\x00(?=[\x00-\x03])")


def escape(rbsp: bytes) -> bytes:
    """Put 0x03 between two zeros and a byte of at most 3 (emulation prevention)."""
    return _TO_ESCAPE.sub(b"\x00\x00\x03", rbsp)


def unescape(stream: bytes) -> bytes:
    """Drop every 0x03 that follows two zeros."""
    return _ESCAPED.sub(b"\x00\x00", stream)
