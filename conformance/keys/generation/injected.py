"""LiveKit's injected frames of the published vectors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import Any

from conformance.keys.frames import Codec, seal_frame
from conformance.keys.generation.deterministic import flipped, stream
from conformance.keys.profiles import PROFILES
from conformance.keys.published.schema import ServerInjectedGroup, Session
from conformance.keys.published.schema_tests import Result, ServerInjectedTest

_START = b"\0\0\0\1"
_SILENCE = bytes.fromhex("f8fffe") + bytes(77)
_VP8_8X8 = bytes.fromhex("1002009d012a080008000047088585888584880202000c0d6000feffab5080")
_H264_SPS = bytes.fromhex("6742c01f0fd91f888884000003000400000300c83c60c920")
_H264_PPS = bytes.fromhex("6887cb83cb20")
_H264_IDR = bytes.fromhex("6588840af2628000a7be")


def injected_groups(secret: str, session: str) -> Iterator[ServerInjectedGroup]:
    """Groups for each codec with the server's usual trailer, then with none and with one byte."""
    ids = count(1)
    own: dict[Codec, list[tuple[str, bytes]]] = {
        Codec.OPUS: [("silence", _SILENCE)],
        Codec.VP8: [("8x8", _VP8_8X8)],
        Codec.H264: [("SPS", _H264_SPS), ("PPS", _H264_PPS), ("IDR slice", _H264_IDR)],
        Codec.VP9: [("VP8 8x8", _VP8_8X8)],
        Codec.H265: [("H.264 SPS", _H264_SPS), ("silence", _SILENCE)],
    }
    heads = {
        Codec.OPUS: b"\x78",
        Codec.VP8: bytes.fromhex("3042009d012a4001b400"),
        Codec.H264: bytes.fromhex("000000016588"),
        Codec.VP9: bytes.fromhex("82498342"),
        Codec.H265: bytes.fromhex("000000012601"),
    }
    make = partial(_injected, ids, secret, session)
    for codec, payloads in own.items():
        yield make(codec, payloads, heads[codec], stream(f"sif {codec}", 32))
    for codec, payloads in own.items():
        for trailer in (b"", b"\xd3"):
            yield make(codec, payloads, heads[codec], trailer)
    yield make(Codec.OPUS, own[Codec.OPUS], heads[Codec.OPUS], b"\0")


def _injected(
    ids: Iterator[int], secret: str, session: str, codec: Codec,
    payloads: list[tuple[str, bytes]], head: bytes, trailer: bytes,
) -> ServerInjectedGroup:  # fmt: skip
    profile = PROFILES["session-bound-pbkdf2-then-livekit"]
    key = profile.derive(secret, session)
    tests: list[ServerInjectedTest] = []

    def add(comment: str, flags: str, frame: bytes, opens: bytes | None = None,
            result: Result = "valid") -> None:  # fmt: skip
        tests.append(
            ServerInjectedTest(
                tc_id=next(ids),
                comment=comment,
                result="invalid" if opens is None else result,
                flags=tuple(flags.split()),
                key_hex=key.hex(),
                frame_hex=frame.hex(),
                plain_hex=None if opens is None else opens.hex(),
            )
        )

    seal: Any = partial(seal_frame, key=key, codec=codec, key_frame=True)
    plain = head + stream(f"sif frame {codec}", 40)
    sealed = seal(plain, iv=stream(f"sif iv {codec}", 12))
    inside = head + stream("sif before", 20) + trailer
    within = seal(inside, iv=stream(f"sif inside {codec}", 12))
    collides = trailer == b"\0"
    for comment, frame, opens in (
        ("an encrypted frame", sealed, plain),
        ("the trailer inside, encrypted", within, inside),
    ):
        if collides:
            add(comment, "TrailerCollision", frame, opens, "acceptable")
        else:
            add(comment, "Encrypted", frame, opens)
    if len(trailer) == 1 and not collides:
        named = seal(plain, iv=stream(f"sif named {codec}", 12), key_index=trailer[0])
        comment = "an encrypted frame whose key index is the trailer"
        add(comment, "TrailerCollision", named, plain, "acceptable")
    if len(trailer) > 1:
        named = seal(plain, iv=stream(f"sif last {codec}", 12), key_index=trailer[-1])
        comment = "an encrypted frame whose key index is the last byte of the trailer"
        add(comment, "Encrypted", named, plain)
    if len(trailer) <= 1:
        other = seal(plain, iv=stream(f"sif other {codec}", 12), key_index=7)
        add("an encrypted frame of key index 7", "Encrypted", other, plain)
    theirs = "MayDrop OtherCodec" if codec in (Codec.VP9, Codec.H265) else "MayDrop"
    for name, payload in payloads:
        add(f"{name}, no trailer", "NoTrailer", payload)
        add(f"{name}, trailer of another room", "NoTrailer", payload + stream("other room", 32))
        add(f"{name}, no trailer, last byte missing", "NoTrailer", payload[:-1])
        if not trailer:
            continue
        add(f"{name} from the server", theirs, payload + trailer, payload, "acceptable")
        if len(trailer) > 1:
            add(f"{name}, trailer cut", "NoTrailer", payload + trailer[:-1])
            add(f"{name}, first byte of the trailer", "NoTrailer", payload + trailer[:1])
            add(f"{name}, last byte of the trailer", "NoTrailer", payload + trailer[-1:])
        flip = payload + flipped(trailer, -1)
        add(f"{name}, one bit of the trailer flipped", "NoTrailer", flip)
        add(f"{name}, trailer in front", "NoTrailer", trailer + payload)
        add(f"{name}, one bit flipped", "Injection", flipped(payload, -1) + trailer)
        add(f"{name}, last byte missing", "Injection", payload[:-1] + trailer)
        add(f"{name}, trailer twice", "Injection", payload + trailer + trailer)
    if codec is Codec.H264 and trailer:
        whole = b"".join(_START + payload for _, payload in payloads)
        add("SPS, PPS and IDR slice as one frame", "MayDrop", whole + trailer, whole, "acceptable")
    add("an unencrypted frame of a participant, no trailer", "NoTrailer", plain)
    if trailer:
        add("an unencrypted frame of a participant", "Injection", plain + trailer)
        add("an encrypted frame with the trailer", "Injection", sealed + trailer)
        add("the trailer alone", "Injection", trailer)
    announced = f"a trailer of {len(trailer)} bytes" if len(trailer) != 1 else "a trailer of 1 byte"
    return ServerInjectedGroup(
        description=f"{codec} in a room whose server announced {announced}.",
        profile=profile.id,
        key_size=profile.bits,
        codec=codec,
        frame_type="key",
        sif_trailer_hex=trailer.hex(),
        session=Session(secret_utf8=secret, session_id=session, key_hex=key.hex()),
        tests=tuple(tests),
    )
