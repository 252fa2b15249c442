"""Media frames of the published vectors: a typical frame of each kind and its variations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conformance.keys.frames import Codec, clear_length, escape, seal_frame
from conformance.keys.generation.frame_collector import Frames
from conformance.keys.generation.frame_layers import layer_groups, superframes
from conformance.keys.generation.frame_limits import ivs, key_rings, lengths
from conformance.keys.generation.frame_samples import (
    AUD,
    H265_SETS,
    HEADS,
    SEI,
    SPS,
    h264,
    h265,
    h265_head,
    opus,
    stream,
    vp8,
    vp9,
)
from conformance.keys.profiles import PROFILES
from conformance.keys.published.schema import MediaFrameGroup, Session


def frame_groups(secret: str, session: str, other_session: str) -> Iterator[MediaFrameGroup]:
    """All groups: the raw profiles as in the product today, the others bound to the session."""
    ids = count(1)
    raw, bound, wide = (
        "livekit-pbkdf2-raw",
        "session-bound-pbkdf2-then-livekit",
        "livekit-pbkdf2-raw-256",
    )
    kinds: list[tuple[Codec, bool, str, Callable[[int, str], bytes]]] = [
        (Codec.OPUS, True, raw, opus),
        (Codec.OPUS, True, bound, opus),
        (Codec.OPUS, True, wide, opus),
    ]
    videos: list[tuple[Codec, str, Callable[[bool, int, str], bytes]]] = [
        (Codec.VP8, raw, vp8),
        (Codec.VP8, bound, vp8),
        (Codec.VP9, bound, vp9),
        (Codec.H264, bound, h264),
        (Codec.H265, bound, h265),
    ]
    kinds += [
        (codec, key_frame, name, partial(make, key_frame))
        for codec, name, make in videos
        for key_frame in (True, False)
    ]
    for codec, key_frame, name, frame in kinds:
        profile = PROFILES[name]
        key = profile.derive(secret, session)
        frames = Frames(codec, key_frame, key, ids)
        _common(frames, frame)
        _keys(
            frames,
            frame(30, "keys"),
            profile.derive(f"{secret} ", session),
            profile.derive(secret, other_session) if profile.session_bound else None,
        )
        if codec in HEADS:
            _escapes(frames, HEADS[codec](key_frame))
            _slices(frames)
        if codec is Codec.VP9:
            superframes(frames)
        if codec is Codec.VP8:
            sealed = seal_frame(frame(40, "type"), key, frames.iv(), codec, not key_frame)
            frames.bad("sealed as the other frame type", sealed, "FrameType")
        yield MediaFrameGroup(
            description=f"{frames.label} frames under a key of {name}.",
            profile=name,
            key_size=profile.bits,
            codec=codec,
            frame_type="key" if key_frame else "delta",
            clear_bytes=None if codec in HEADS else clear_length(b"", codec, key_frame),
            session=Session(secret_utf8=secret, session_id=session, key_hex=key.hex()),
            tests=tuple(frames.tests),
        )
    yield from layer_groups(ids, secret, session)


def _common(frames: Frames, frame: Callable[[int, str], bytes]) -> None:
    """The tests of every codec."""
    plain = frame(60, "typical")
    sealed = frames.good("typical", plain)
    # livekit-client 2.21.0 ignores slices of less than 4 bytes, which no encoder makes
    least = 2 if frames.codec in HEADS else 0
    for size in (least, least + 1):
        frames.good(f"{size} bytes behind the clear ones", frame(size, f"least {size}"))
    frames.good("1200 bytes", frame(1200, "long"))
    lengths(frames, frame)
    ivs(frames, plain)
    frames.good("key index 15", plain, "KeyIndex", key_index=15)
    frames.good("key index altered on the way", plain, "KeyIndex", frame=sealed[:-1] + b"\x05")
    at_15 = frames.good(
        "key index 15, the key is there", plain, "KeyIndex", key_index=15, at_index=15
    )
    frames.bad("key index 15, the key is at 0", at_15, "KeyIndex", at_index=0)
    frames.bad("key index 0, the key is at 1", sealed, "KeyIndex", at_index=1)
    wrapped = frames.seal(plain, 16)
    frames.bad("key index 16, the key is at 0 of 16", wrapped, "KeyIndex", at_index=0)
    key_rings(frames, plain)
    _associated_data(frames, plain)
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
    frames.long_iv("sealed with an IV of 16 bytes", plain, stream(f"{frames.label} long iv", 16))
    frames.bad("never encrypted", plain, "Unencrypted")
    as_if = plain + frames.iv() + b"\x0c\x00"
    frames.bad("never encrypted, but with IV and trailer", as_if, "Unencrypted")


def _associated_data(frames: Frames, plain: bytes) -> None:
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
        rest = escape(rest) if frames.codec in HEADS else rest
        frames.bad(f"associated data: {name}", clear + rest, "AssociatedData")
    if clear:
        swapped = frames.seal(plain)
        head = _xored(clear, 0 if frames.codec is Codec.OPUS else length - 1)
        frames.bad("under the clear bytes of another frame", head + swapped[length:],
                   "AssociatedData")  # fmt: skip


def _keys(frames: Frames, plain: bytes, wrong: bytes, other: bytes | None) -> None:
    sealed = frames.seal(plain)
    frames.bad("another secret (a space more)", sealed, "WrongKey", key=wrong)
    frames.bad("key of zeros", sealed, "WrongKey", key=bytes(len(wrong)))
    if len(wrong) == 32:
        frames.bad("first half of the key", sealed, "WrongKey", key=frames.key[:16])
    if other is not None:
        frames.bad("same secret, another session", sealed, "OtherSession", key=other)


def _escapes(frames: Frames, head: bytes) -> None:
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
    slices = head + stream("first", 30) + HEADS[frames.codec](False) + stream("second", 25)
    frames.good("two slices: the second one is not clear", slices)
    frames.good("start code of three bytes", head.replace(b"\0\0\0\1", b"\0\0\1") + tail)
    note = SEI if frames.codec is Codec.H264 else bytes.fromhex("0000014e0105ff")
    long = note + stream("long header", 300) + head + tail
    frames.good("300 bytes of SEI before the slice", long, "LongHeader")
    cut = frames.seal(head + tail)[: len(head) - 1]
    frames.bad("ends with the header of the slice", cut, "Truncated")


def _slices(frames: Frames) -> None:
    """Tests of the NAL unit types that are slices."""
    start, tail = b"\0\0\0\1", stream("escape tail", 20)
    if frames.codec is Codec.H264:
        other = b"\x41" if frames.key_frame else b"\x65"
        frames.good("the other type of slice", start + other + b"\x88" + tail)
        frames.good("header with other nal_ref_idc", start + b"\x01\x00" + tail)
        frames.good("no slice", AUD + SPS + tail, "NoSlice", result="acceptable")
        return
    for kind in (0, 2, 9, 16, 20, 21) if frames.key_frame else (3, 5, 6, 7, 8, 19):
        slice_ = start + bytes((kind << 1, 1)) + tail
        frames.good(f"slice of type {kind}", slice_)
    for kind in (10, 15, 22, 31):
        before = start + bytes((kind << 1, 1)) + b"reserved" + h265_head(frames.key_frame)
        frames.good(f"reserved type {kind} is no slice", before + tail)
    frames.good("header with layer and temporal ids", start + b"\x03\x42" + tail)
    frames.good("no slice", H265_SETS + tail, "NoSlice", result="acceptable")


def _xored(frame: bytes, at: int) -> bytes:
    altered = bytearray(frame)
    altered[at] ^= 0x10
    return bytes(altered)
