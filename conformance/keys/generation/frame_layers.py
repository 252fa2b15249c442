"""Frames of more than one part: VP9 superframes, AV1 temporal units, redundant sound."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conformance.keys.frames import Codec, seal_frame
from conformance.keys.generation.frame_collector import Frames
from conformance.keys.generation.frame_samples import opus, stream, vp9
from conformance.keys.profiles import PROFILES
from conformance.keys.published.schema import MediaFrameGroup, OptionalCodec, Session

_PROFILE = "session-bound-pbkdf2-then-livekit"


def _indexed(layers: list[bytes]) -> bytes:
    """A VP9 superframe: its frames and the index of their sizes (VP9 bitstream, annex B)."""
    marker = bytes((0b11000000 | 1 << 3 | len(layers) - 1,))
    sizes = b"".join(len(layer).to_bytes(2, "little") for layer in layers)
    return b"".join(layers) + marker + sizes + marker


def superframes(frames: Frames) -> None:
    """VP9 with two and three spatial layers, in one frame and one by one."""
    first = vp9(frames.key_frame, 90, "layer 0")
    layers = [first, *(b"\xa2" + stream(f"vp9 layer {n}", 120 * n) for n in (1, 2))]
    for count in (2, 3):
        plain = _indexed(layers[:count])
        frames.good(f"superframe of {count} spatial layers", plain, "Superframe")
    for number, layer in enumerate(layers):
        frames.good(f"spatial layer {number} as a frame of its own", layer, "Layer")
    frames.good("superframe that ends in a frame of one byte",
                _indexed([first, b"\x88"]), "Superframe")  # fmt: skip
    whole = frames.seal(_indexed(layers[:2]))
    alone = [_sealed(frames, layer, n) for n, layer in enumerate(layers[:2])]
    frames.bad("each layer sealed alone, and an index of what came out", _indexed(alone),
               "Superframe")  # fmt: skip
    frames.bad("each layer sealed alone, without an index", b"".join(alone), "Superframe")
    index = _indexed(layers[:2])[-6:]
    frames.bad("the index in clear behind the trailer", _sealed(frames, b"".join(layers[:2]), 9)
               + index, "Superframe")  # fmt: skip
    frames.bad("the first layer in clear, the second sealed", first + alone[1],
               "Superframe", "Unencrypted")  # fmt: skip
    frames.bad("the second layer cut off", whole[: len(first)] + whole[-30:],
               "Superframe", "Truncated")  # fmt: skip
    frames.bad("two sealed frames joined", alone[1] + alone[0], "Superframe")


def layer_groups(ids: Iterator[int], secret: str, session: str) -> Iterator[MediaFrameGroup]:
    """Groups of AV1 and of redundant sound, which a product may refuse altogether."""
    key = PROFILES[_PROFILE].derive(secret, session)
    wrong = PROFILES[_PROFILE].derive(f"{secret} ", session)
    for key_frame in (True, False):
        units = Frames(Codec.VP9, key_frame, key, ids)  # as VP9: no byte is clear
        _av1(units, wrong)
        yield _group("av1", units, 0, secret, session)
    sounds = Frames(Codec.OPUS, True, key, ids)
    _redundant(sounds, wrong)
    yield _group("red", sounds, 1, secret, session)


def _group(
    codec: OptionalCodec, frames: Frames, clear: int, secret: str, session: str
) -> MediaFrameGroup:
    profile = PROFILES[_PROFILE]
    what = "AV1 temporal units" if codec == "av1" else "Redundant sound"
    kind = "key" if frames.key_frame else "delta"
    return MediaFrameGroup(
        description=f"{what} ({kind} frames) under a key of {profile.id}.",
        profile=profile.id,
        key_size=profile.bits,
        codec=codec,
        frame_type="key" if frames.key_frame else "delta",
        clear_bytes=clear,
        session=Session(secret_utf8=secret, session_id=session, key_hex=frames.key.hex()),
        tests=tuple(frames.tests),
    )


def _sealed(frames: Frames, plain: bytes, number: int) -> bytes:
    iv = stream(f"{frames.label} part {number}", 12)
    return seal_frame(plain, frames.key, iv, frames.codec, frames.key_frame)


def _refused(frames: Frames, plain: bytes, wrong: bytes, flag: str) -> None:
    """What no product may open."""
    sealed = frames.seal(plain)
    frames.bad("never encrypted", plain, flag, "Unencrypted")
    as_if = plain + frames.iv() + b"\x0c\x00"
    frames.bad("never encrypted, but with IV and trailer", as_if, flag, "Unencrypted")
    frames.bad("another secret (a space more)", sealed, flag, "WrongKey", key=wrong)
    frames.bad("key index 0, the key is at 1", sealed, flag, "KeyIndex", at_index=1)
    for name, at in (("first byte", 0), ("ciphertext", 5), ("tag", -30), ("IV", -14)):
        altered = bytearray(sealed)
        altered[at] ^= 0x10
        frames.bad(f"one bit of the {name} flipped", bytes(altered), flag, "Modified")
    frames.bad("last byte missing", sealed[:-1], flag, "Truncated")


def _obu(header: bytes, payload: bytes) -> bytes:
    """An OBU with a size; payloads here have less than 16384 bytes (AV1, section 5.3)."""
    size = len(payload)
    leb128 = bytes((size,)) if size < 128 else bytes((size & 127 | 128, size >> 7))
    return header + leb128 + payload


def _av1(frames: Frames, wrong: bytes) -> None:
    sequence = _obu(b"\x0a", bytes.fromhex("0000000442abbfc36fffb5")) if frames.key_frame else b""
    parts = [
        _obu(b"\x12", b"") + sequence,
        *(_obu(bytes((0x36, n << 3)), stream(f"av1 layer {n}", 150 * (n + 1))) for n in (0, 1, 2)),
    ]
    plain = b"".join(parts[:2])
    for comment, unit, flags in (
        ("one layer, sealed whole", plain, ("Av1",)),
        ("three spatial layers, sealed whole", b"".join(parts), ("Av1", "Superframe")),
        ("a spatial layer as a frame of its own, sealed whole", parts[2], ("Av1", "Layer")),
        ("5000 bytes, sealed whole", plain + _obu(b"\x32", stream("av1 long", 5000)),
         ("Av1", "Long")),
    ):  # fmt: skip
        frames.good(comment, unit, *flags, result="acceptable")
    like_vp8 = seal_frame(plain, frames.key, frames.iv(), Codec.VP8, frames.key_frame)
    frames.bad("sealed as VP8: the first bytes are clear", like_vp8, "Av1")
    delimiter, iv = plain[:2], frames.iv()
    rest = AESGCM(frames.key).encrypt(iv, plain[2:], delimiter) + iv + b"\x0c\0"
    frames.bad("temporal delimiter in clear", delimiter + rest, "Av1")
    one = _sealed(frames, parts[1], 1)
    frames.bad("headers in clear, the picture sealed", parts[0] + one, "Av1", "Unencrypted")
    two = _sealed(frames, parts[2], 2)
    frames.bad("each layer sealed alone", one + two, "Av1", "Superframe")
    hidden = plain + _obu(b"\x7a", one[-14:])
    frames.bad("never encrypted, with IV and trailer as padding", hidden, "Av1", "Unencrypted")
    _refused(frames, plain, wrong, "Av1")


def _red(blocks: list[bytes]) -> bytes:
    """Sound of payload type 111 with its older blocks, 20 ms apart (RFC 2198, section 3)."""
    headers = b""
    for age, block in zip(range(len(blocks) - 1, 0, -1), blocks, strict=False):
        headers += b"\xef" + (960 * age << 10 | len(block)).to_bytes(3)
    return headers + b"\x6f" + b"".join(blocks)


def _redundant(frames: Frames, wrong: bytes) -> None:
    blocks = [opus(40 + 10 * n, f"red {n}") for n in range(3)]
    plain = _red(blocks[1:])
    for comment, packet in (
        ("one older block", plain),
        ("two older blocks", _red(blocks)),
        ("no older block", _red(blocks[:1])),
        ("an older block of no bytes", _red([b"", blocks[0]])),
    ):
        frames.good(comment, packet, "Redundancy", result="acceptable")
    sealed = [_sealed(frames, block, n) for n, block in enumerate(blocks)]
    for comment, packet, flags in (
        ("older block in clear, newest one sealed", _red([blocks[1], sealed[2]]),
         ("Redundancy", "Unencrypted")),
        ("each block sealed alone", _red(sealed[1:]), ("Redundancy",)),
        ("no older block, the block sealed alone", _red(sealed[:1]), ("Redundancy",)),
        ("each block sealed alone, in an unencrypted frame", _red(sealed), ("Redundancy",)),
    ):  # fmt: skip
        frames.bad(comment, packet, *flags)
    iv = frames.iv()
    headers, rest = plain[:5], plain[5:]
    tail = AESGCM(frames.key).encrypt(iv, rest, headers) + iv + b"\x0c\0"
    frames.bad("all block headers in clear", headers + tail, "Redundancy")
    _refused(frames, plain, wrong, "Redundancy")
