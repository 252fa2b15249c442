"""Media frames of the published vectors: a typical frame of each kind and its variations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from hashlib import shake_256
from itertools import count

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conformance.keys.frames import Codec, clear_length, escape, parse_frame, seal_frame
from conformance.keys.profiles import PROFILES
from conformance.keys.published.schema import MediaFrameGroup, Session
from conformance.keys.published.schema_tests import MediaFrameTest, Result

NOTES = {
    "AssociatedData": "The clear bytes are authenticated as they are, and nothing besides.",
    "Escape": "Bytes behind the clear ones look like a start code and are escaped.",
    "EscapeMissing": "The sender did not escape; what the receiver takes for an escape is data.",
    "FrameType": "A key frame taken for a delta frame or the reverse: the clear length is wrong.",
    "IvLength": "The trailer announces an IV of other than 12 bytes; "
    "receivers that follow the trailer may open what was really sealed so.",
    "KeyIndex": "The key index is not authenticated: it only says which key to take.",
    "Modified": "One bit or byte differs from a valid frame.",
    "LongHeader": "More than 255 clear bytes; old versions of libwebrtc count in one byte.",
    "NoSlice": "H.264 or H.265 without a slice: "
    "livekit-client encrypts it as VP8, others do otherwise.",
    "OtherSession": "The key of the same secret in another session.",
    "Truncated": "Too short, or cut.",
    "Unencrypted": "The frame was never encrypted.",
    "WrongKey": "The key is not the one that sealed the frame.",
}

_SPS = bytes.fromhex("000000016742c01fda0141000003000100000300") + b"\x3c\x0f\x16\x2e\x48"
_PPS = bytes.fromhex("0000000168ce3c80")
_SEI = bytes.fromhex("00000106052a") + b"user data"
_AUD = bytes.fromhex("0000000109f0")


def stream(label: str, length: int) -> bytes:
    """`length` bytes that depend only on `label`, without zeros (so without start codes)."""
    return bytes(byte or 0xA5 for byte in shake_256(f"frames {label}".encode()).digest(length))


@dataclass
class _Frames:
    """Collects the tests of one group; `key` seals the frames unless a test says otherwise."""

    codec: Codec
    key_frame: bool
    key: bytes
    ids: Iterator[int]
    tests: list[MediaFrameTest] = field(default_factory=list)

    @property
    def label(self) -> str:
        return f"{self.codec} {'key' if self.key_frame else 'delta'}"

    def iv(self) -> bytes:
        """An IV that no other frame has."""
        return stream(f"{self.label} iv {len(self.tests)} {len(self.key)}", 12)

    def seal(self, plain: bytes, key_index: int = 0) -> bytes:
        return seal_frame(plain, self.key, self.iv(), self.codec, self.key_frame, key_index)

    def good(
        self,
        comment: str,
        plain: bytes,
        *flags: str,
        key_index: int = 0,
        frame: bytes | None = None,
        result: Result = "valid",
        at_index: int | None = None,
    ) -> bytes:
        """Add a frame that opens."""
        frame = self.seal(plain, key_index) if frame is None else frame
        parts = parse_frame(frame, self.codec, self.key_frame)
        self.tests.append(
            MediaFrameTest(
                tc_id=next(self.ids),
                comment=comment,
                result=result,
                flags=flags,
                key_hex=self.key.hex(),
                at_index=at_index,
                frame_hex=frame.hex(),
                plain_hex=plain.hex(),
                clear_hex=parts.clear.hex(),
                iv_hex=parts.iv.hex(),
                key_index=parts.key_index,
            )
        )
        return frame

    def bad(
        self,
        comment: str,
        frame: bytes,
        *flags: str,
        key: bytes | None = None,
        at_index: int | None = None,
    ) -> None:
        """Add a frame that must be refused."""
        self.tests.append(
            MediaFrameTest(
                tc_id=next(self.ids),
                comment=comment,
                result="invalid",
                flags=flags,
                key_hex=(key or self.key).hex(),
                at_index=at_index,
                frame_hex=frame.hex(),
            )
        )

    def with_ciphertext(self, head: bytes, wanted: bytes) -> tuple[bytes, bytes]:
        """Return a plaintext that starts with `head` and encrypts to `wanted`, and its IV."""
        iv = self.iv()
        pad = AESGCM(self.key).encrypt(iv, bytes(len(wanted)), None)
        return head + bytes(a ^ b for a, b in zip(pad, wanted, strict=False)), iv


def _opus(size: int, label: str) -> bytes:
    return b"\x78" + stream(f"opus {label}", size)


def _vp8(key_frame: bool, size: int, label: str) -> bytes:
    head = bytes.fromhex("3042009d012a4001b400" if key_frame else "b16a01")
    return head + stream(f"vp8 {label}", size)


def _vp9(key_frame: bool, size: int, label: str) -> bytes:
    return bytes.fromhex("82498342" if key_frame else "86004092") + stream(f"vp9 {label}", size)


def _h264_head(key_frame: bool) -> bytes:
    """All bytes up to the second byte of the first slice."""
    if key_frame:
        return _AUD + _SPS + _PPS + _SEI + bytes.fromhex("000000016588")
    return bytes.fromhex("00000001419a")


def _h264(key_frame: bool, size: int, label: str) -> bytes:
    return _h264_head(key_frame) + stream(f"h264 {label}", size)


_H265_SETS = (
    bytes.fromhex("0000000140010c01ffff016000000300900000030000030078959809")
    + bytes.fromhex("00000001420101016000000300900000030000030078a0078200887de5")
    + bytes.fromhex("000000014401c172b46240")
    + bytes.fromhex("0000014e0105ffff")
)


def _h265_head(key_frame: bool) -> bytes:
    """All bytes up to the second byte of the first slice: VPS, SPS, PPS, SEI, IDR_W_RADL."""
    return _H265_SETS + bytes.fromhex("000000012601") if key_frame else b"\0\0\0\1\x02\x01"


def _h265(key_frame: bool, size: int, label: str) -> bytes:
    return _h265_head(key_frame) + stream(f"h265 {label}", size)


def frame_groups(secret: str, session: str, other_session: str) -> Iterator[MediaFrameGroup]:
    """All groups: the raw profiles as in the product today, the others bound to the session."""
    ids = count(1)
    raw, bound, wide = (
        "livekit-pbkdf2-raw",
        "session-bound-pbkdf2-then-livekit",
        "livekit-pbkdf2-raw-256",
    )
    kinds: list[tuple[Codec, bool, str, Callable[[int, str], bytes]]] = [
        (Codec.OPUS, True, raw, _opus),
        (Codec.OPUS, True, bound, _opus),
        (Codec.OPUS, True, wide, _opus),
    ]
    videos: list[tuple[Codec, str, Callable[[bool, int, str], bytes]]] = [
        (Codec.VP8, raw, _vp8),
        (Codec.VP8, bound, _vp8),
        (Codec.VP9, bound, _vp9),
        (Codec.H264, bound, _h264),
        (Codec.H265, bound, _h265),
    ]
    kinds += [
        (codec, key_frame, name, partial(make, key_frame))
        for codec, name, make in videos
        for key_frame in (True, False)
    ]
    for codec, key_frame, name, frame in kinds:
        profile = PROFILES[name]
        key = profile.derive(secret, session)
        frames = _Frames(codec, key_frame, key, ids)
        _common(frames, frame)
        _keys(
            frames,
            frame(30, "keys"),
            profile.derive(f"{secret} ", session),
            profile.derive(secret, other_session) if profile.session_bound else None,
        )
        if codec in _HEADS:
            _escapes(frames, _HEADS[codec](key_frame))
            _slices(frames)
        if codec is Codec.VP8:
            sealed = seal_frame(frame(40, "type"), key, frames.iv(), codec, not key_frame)
            frames.bad("sealed as the other frame type", sealed, "FrameType")
        yield MediaFrameGroup(
            description=f"{frames.label} frames under a key of {name}.",
            profile=name,
            key_size=profile.bits,
            codec=codec,
            frame_type="key" if key_frame else "delta",
            clear_bytes=None if codec in _HEADS else clear_length(b"", codec, key_frame),
            session=Session(secret_utf8=secret, session_id=session, key_hex=key.hex()),
            tests=tuple(frames.tests),
        )


def _common(frames: _Frames, frame: Callable[[int, str], bytes]) -> None:
    """The tests of every codec."""
    plain = frame(60, "typical")
    sealed = frames.good("typical", plain)
    # livekit-client 2.21.0 ignores slices of less than 4 bytes, which no encoder makes
    least = 2 if frames.codec in _HEADS else 0
    for size in (least, least + 1):
        frames.good(f"{size} bytes behind the clear ones", frame(size, f"least {size}"))
    frames.good("1200 bytes", frame(1200, "long"))
    frames.good("key index 15", plain, "KeyIndex", key_index=15)
    frames.good("key index altered on the way", plain, "KeyIndex", frame=sealed[:-1] + b"\x05")
    at_15 = frames.good(
        "key index 15, the key is there", plain, "KeyIndex", key_index=15, at_index=15
    )
    frames.bad("key index 15, the key is at 0", at_15, "KeyIndex", at_index=0)
    frames.bad("key index 0, the key is at 1", sealed, "KeyIndex", at_index=1)
    wrapped = frames.seal(plain, 16)
    frames.bad("key index 16, the key is at 0 of 16", wrapped, "KeyIndex", at_index=0)
    _associated_data(frames, plain, frame(60, "other"))
    length = clear_length(sealed, frames.codec, frames.key_frame)
    places = {"last clear byte": length - 1, "ciphertext": length, "tag": -30, "IV": -14}
    for name, at in places.items():
        if at != -1:
            frames.bad(f"one bit of the {name} flipped", _xored(sealed, at), "Modified")
    frames.bad("a byte behind the trailer", sealed + b"\x00", "Modified")
    frames.bad("last byte missing", sealed[:-1], "Truncated")
    frames.bad("first byte missing", sealed[1:], "Truncated")
    frames.bad("last byte of the ciphertext missing", sealed[:-31] + sealed[-30:], "Truncated")
    frames.bad("trailer alone", sealed[-2:], "Truncated")
    frames.bad("tag, IV and trailer one byte short", sealed[: length + 29], "Truncated")
    for size in (0, 11, 13, 255):
        frames.bad(f"IV length {size}", sealed[:-2] + bytes((size, 0)), "IvLength")
    _long_iv(frames, plain)
    frames.bad("never encrypted", plain, "Unencrypted")
    as_if = plain + frames.iv() + b"\x0c\x00"
    frames.bad("never encrypted, but with IV and trailer", as_if, "Unencrypted")


def _associated_data(frames: _Frames, plain: bytes, other: bytes) -> None:
    """Frames sealed with other associated data, or with another frame's clear bytes."""
    length = clear_length(plain, frames.codec, frames.key_frame)
    clear, iv = plain[:length], frames.iv()
    wrong = {"IV": iv, "key index": clear + b"\0", "trailer": clear + iv + b"\x0c\0"}
    if clear:
        wrong["nothing"] = b""
    if len(clear) > 1:
        wrong |= {"clear bytes in reverse": clear[::-1], "clear bytes but the last": clear[:-1]}
    for name, data in wrong.items():
        rest = AESGCM(frames.key).encrypt(iv, plain[length:], data) + iv + b"\x0c\0"
        rest = escape(rest) if frames.codec in _HEADS else rest
        frames.bad(f"associated data: {name}", clear + rest, "AssociatedData")
    if clear:
        swapped = frames.seal(plain)
        head = _xored(clear, 0 if frames.codec is Codec.OPUS else length - 1)
        frames.bad("under the clear bytes of another frame", head + swapped[length:],
                   "AssociatedData")  # fmt: skip


def _long_iv(frames: _Frames, plain: bytes) -> None:
    length = clear_length(plain, frames.codec, frames.key_frame)
    iv = stream(f"{frames.label} long iv", 16)
    sealed = AESGCM(frames.key).encrypt(iv, plain[length:], plain[:length])
    rest = sealed + iv + b"\x10\x00"
    rest = escape(rest) if frames.codec in _HEADS else rest
    frames.tests.append(
        MediaFrameTest(
            tc_id=next(frames.ids),
            comment="sealed with an IV of 16 bytes",
            result="acceptable",
            flags=("IvLength",),
            key_hex=frames.key.hex(),
            frame_hex=(plain[:length] + rest).hex(),
            plain_hex=plain.hex(),
            clear_hex=plain[:length].hex(),
            iv_hex=iv.hex(),
            key_index=0,
        )
    )


def _keys(frames: _Frames, plain: bytes, wrong: bytes, other: bytes | None) -> None:
    sealed = frames.seal(plain)
    frames.bad("another secret (a space more)", sealed, "WrongKey", key=wrong)
    frames.bad("key of zeros", sealed, "WrongKey", key=bytes(len(wrong)))
    if len(wrong) == 32:
        frames.bad("first half of the key", sealed, "WrongKey", key=frames.key[:16])
    if other is not None:
        frames.bad("same secret, another session", sealed, "OtherSession", key=other)


def _escapes(frames: _Frames, head: bytes) -> None:
    """The tests of H.264 and H.265 only."""
    tail = stream("escape tail", 20)
    for wanted in (
        "000000",
        "000001",
        "000002",
        "000003",
        "0000000000000001",
        "000004",
        "00000300",
    ):
        plain, iv = frames.with_ciphertext(head, bytes.fromhex(wanted) + tail)
        sealed = seal_frame(plain, frames.key, iv, frames.codec, frames.key_frame)
        frames.good(f"ciphertext begins with {wanted}", plain, "Escape", frame=sealed)
    plain = head + stream("escape iv", 33)
    for name in ("000001020000030000000001", "000000000000000000000000"):
        iv = bytes.fromhex(name)
        sealed = seal_frame(plain, frames.key, iv, frames.codec, frames.key_frame)
        frames.good(f"IV {name}", plain, "Escape", frame=sealed)
    plain, iv = frames.with_ciphertext(head, bytes.fromhex("5500000377") + tail)
    bare = AESGCM(frames.key).encrypt(iv, plain[len(head) :], head) + iv + b"\x0c\x00"
    frames.bad("ciphertext has 000003, not escaped", head + bare, "EscapeMissing")
    slices = head + stream("first", 30) + _HEADS[frames.codec](False) + stream("second", 25)
    frames.good("two slices: the second one is not clear", slices)
    frames.good("start code of three bytes", head.replace(b"\0\0\0\1", b"\0\0\1") + tail)
    note = _SEI if frames.codec is Codec.H264 else bytes.fromhex("0000014e0105ff")
    long = note + stream("long header", 300) + head + tail
    frames.good("300 bytes of SEI before the slice", long, "LongHeader")
    cut = frames.seal(head + tail)[: len(head) - 1]
    frames.bad("ends with the header of the slice", cut, "Truncated")


def _slices(frames: _Frames) -> None:
    """Tests of the NAL unit types that are slices."""
    start, tail = b"\0\0\0\1", stream("escape tail", 20)
    if frames.codec is Codec.H264:
        other = b"\x41" if frames.key_frame else b"\x65"
        frames.good("the other type of slice", start + other + b"\x88" + tail)
        frames.good("header with other nal_ref_idc", start + b"\x01\x00" + tail)
        frames.good("no slice", _AUD + _SPS + tail, "NoSlice", result="acceptable")
        return
    for kind in (0, 2, 9, 16, 20, 21) if frames.key_frame else (3, 5, 6, 7, 8, 19):
        slice_ = start + bytes((kind << 1, 1)) + tail
        frames.good(f"slice of type {kind}", slice_)
    for kind in (10, 15, 22, 31):
        before = start + bytes((kind << 1, 1)) + b"reserved" + _h265_head(frames.key_frame)
        frames.good(f"reserved type {kind} is no slice", before + tail)
    frames.good("header with layer and temporal ids", start + b"\x03\x42" + tail)
    frames.good("no slice", _H265_SETS + tail, "NoSlice", result="acceptable")


_HEADS = {Codec.H264: _h264_head, Codec.H265: _h265_head}
"""Codecs whose clear bytes end in the first slice."""


def _xored(frame: bytes, at: int) -> bytes:
    altered = bytearray(frame)
    altered[at] ^= 0x10
    return bytes(altered)
