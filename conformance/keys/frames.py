"""LiveKit's encrypted media frames: parse, open, seal.

    clear || ciphertext || tag (16) || IV (12) || 0x0c || key index

The cipher is AES-GCM with the clear bytes as associated data. The trailer is not covered, so the
key index is not authenticated. In H.264 and H.265 all bytes after the clear bytes, trailer
included, are escaped like an RBSP after encryption (ITU-T H.264 section 7.4.1). Frames that the
server itself injects into an encrypted track are not encrypted. They end in a trailer that the
room's participants know: see `server_injected`. Source: livekit-client 2.21.0, src/e2ee.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

IV_BYTES = 12
TAG_BYTES = 16
TRAILER_BYTES = 2
OVERHEAD = TAG_BYTES + IV_BYTES + TRAILER_BYTES
"""Bytes that encryption adds to a frame, before escaping."""

_VP8_CLEAR = {True: 10, False: 3}
_NAL = re.compile(rb"\x00\x00\x01(?=(.))", re.DOTALL)
_H264_SLICES = frozenset({1, 5})  # non-IDR and IDR slice, ITU-T H.264 table 7-1
_H265_SLICES = frozenset({*range(10), *range(16, 22)})  # ITU-T H.265 table 7-1, not reserved

KNOWN_INJECTED = {
    "ef0161653d8b2b23aad46624b420af1d03ce48950e9fc85718028f91b50f9219": "VP8, 8x8 key frame",
    "f0a0e09647d891d6d50aa898bce7108090375d0d55e50a2bb21147afee558e44": "H.264, 2x2, SPS",
    "61d9665eed71b6d424ae9539330a3bdd5cb386d4d781c808219a6e36750493a7": "H.264, 2x2, PPS",
    "faffc26b68a2fc09096fa20f3351e706398b6f838a7500c8063472c2e476e90d": "H.264, 2x2, IDR slice",
    "aad8d31fc56b2802ca500e58c2fb9d0b29ad71bb7cb52cd6530251eade188988": "Opus, silence",
}
"""SHA-256 of each payload that a receiver accepts unencrypted (livekit-client 2.21.0,
sifPayload.ts)."""


class Codec(StrEnum):
    """Codecs whose encrypted frames can be read."""

    OPUS = "opus"
    VP8 = "vp8"
    VP9 = "vp9"
    H264 = "h264"
    H265 = "h265"


_CODECS = {
    "audio/opus": Codec.OPUS,
    "audio/red": Codec.OPUS,
    "video/vp8": Codec.VP8,
    "video/vp9": Codec.VP9,
    "video/h264": Codec.H264,
    "video/h265": Codec.H265,
}


def codec_of(mime: str) -> Codec | None:
    """The codec of WebRTC's MIME type (`video/VP8`), None for one that cannot be read."""
    return _CODECS.get(mime.lower())


class FrameMalformed(ValueError):
    """The bytes cannot be an encrypted frame of this codec; the message says why."""


class FrameRefused(Exception):
    """The frame does not open with this key: the key is another one or the frame was altered."""


class FrameNotOurs(FrameRefused):
    """The frame is unencrypted and has the server's trailer, but no LiveKit server sends it."""


@dataclass(frozen=True)
class EncryptedFrame:
    """The parts of an encrypted frame, without escapes."""

    clear: bytes
    ciphertext: bytes
    tag: bytes
    iv: bytes
    key_index: int


def clear_length(data: bytes, codec: Codec, key_frame: bool) -> int:
    """The number of clear bytes at the start of `data`, the same before and after encryption.

    Opus 1, VP8 10 in a key frame and 3 in a delta frame, VP9 0. H.264 and H.265: up to the second
    byte of the first slice, or as VP8 if there is no slice (as livekit-client does).
    """
    return _clear_length(data, codec, key_frame)[0]


def _clear_length(data: bytes, codec: Codec, key_frame: bool) -> tuple[int, bool]:
    """The clear length, and whether the rest is escaped."""
    if codec is Codec.OPUS:
        return 1, False
    if codec is Codec.VP9:
        return 0, False
    if codec in (Codec.H264, Codec.H265):
        for start in _NAL.finditer(data):
            if _is_slice(start[1][0], codec):
                return start.end() + 2, True
    return _VP8_CLEAR[key_frame], False


def _is_slice(header: int, codec: Codec) -> bool:
    """Whether a NAL unit that begins with the byte `header` holds picture data."""
    if codec is Codec.H264:
        return header & 0x1F in _H264_SLICES
    return header >> 1 & 0x3F in _H265_SLICES


def server_injected(data: bytes, sif_trailer: bytes) -> bytes | None:
    """The payload that the server injected, without the trailer; None for every other frame.

    `sif_trailer` is the `sif_trailer` of LiveKit's JoinResponse, one per room. If it is empty, no
    frame counts as injected. An injected frame is not encrypted, so it is neither proof nor breach.

    Raises:
        FrameNotOurs: the trailer is there, but the rest is not one of `KNOWN_INJECTED`. All
            participants of the room know the trailer, and one of them may use it to send
            unencrypted media.
    """
    if not sif_trailer or not data.endswith(sif_trailer):
        return None
    payload = data[: -len(sif_trailer)]
    if sha256(payload).hexdigest() not in KNOWN_INJECTED:
        raise FrameNotOurs(
            f"{len(payload)} unencrypted bytes have the server's trailer, "
            "but no LiveKit server sends them"
        )
    return payload


def parse_frame(data: bytes, codec: Codec, key_frame: bool) -> EncryptedFrame:
    """Parse a whole frame (not an RTP packet).

    Raises:
        FrameMalformed: it is too short, or the trailer does not announce a 12-byte IV. A frame that
            was never encrypted nearly always has this result.
    """
    length, escaped = _clear_length(data, codec, key_frame)
    clear, rest = data[:length], data[length:]
    if escaped:
        rest = unescape(rest)
    if len(rest) < OVERHEAD:
        raise FrameMalformed(
            f"{len(data)} bytes are not an encrypted {codec} frame: "
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


def open_frame(
    data: bytes, key: bytes, codec: Codec, key_frame: bool, at_index: int | None = None
) -> bytes:
    """Return the frame before encryption, clear bytes included; `key` has 16 or 32 bytes.

    With `at_index` the key is at that index of the key ring, which holds no other key.

    Raises:
        FrameMalformed: see `parse_frame`.
        FrameRefused: the tag does not match, or the frame names another index.
    """
    frame = parse_frame(data, codec, key_frame)
    if at_index is not None and frame.key_index != at_index:
        raise FrameRefused(
            f"the frame names the key at index {frame.key_index}; the only key is at {at_index}"
        )
    try:
        plain = AESGCM(key).decrypt(frame.iv, frame.ciphertext + frame.tag, frame.clear)
    except InvalidTag:
        raise FrameRefused(
            f"the {codec} frame of {len(data)} bytes (key index {frame.key_index}) does not open "
            "with this key; the key is another one or the frame was altered"
        ) from None
    return frame.clear + plain


def seal_frame(
    plain: bytes, key: bytes, iv: bytes, codec: Codec, key_frame: bool, key_index: int = 0
) -> bytes:
    """Encrypt a whole frame as LiveKit does; `iv` (12 bytes) must be new for every frame.

    Raises:
        FrameMalformed: the frame is shorter than its clear bytes, `iv` is not 12 bytes long, or
            `key_index` does not fit into a byte.
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
    """Insert 0x03 between two zeros and a byte of at most 3 (emulation prevention)."""
    return _TO_ESCAPE.sub(b"\x00\x00\x03", rbsp)


def unescape(stream: bytes) -> bytes:
    """Remove every 0x03 that follows two zeros."""
    return _ESCAPED.sub(b"\x00\x00", stream)
