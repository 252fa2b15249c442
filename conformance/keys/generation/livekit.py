"""LiveKit's data packets and injected frames of the published vectors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from livekit.protocol.models import ChatMessage, EncryptedPacketPayload, UserPacket

from conformance.keys.frames import Codec, seal_frame
from conformance.keys.generation.deterministic import flipped, stream
from conformance.keys.packets import packet_of
from conformance.keys.profiles import PROFILES
from conformance.keys.published.schema import EncryptedPacketGroup, ServerInjectedGroup, Session
from conformance.keys.published.schema_tests import EncryptedPacketTest, Result, ServerInjectedTest

MEDIA = ("livekit-pbkdf2-raw", "session-bound-pbkdf2-then-livekit")

PACKET_NOTES = {
    "AssociatedData": "There is none; who adds some does not interoperate.",
    "IvLength": "The IV has other than 12 bytes; "
    "receivers that take what they get may open what was really sealed so.",
    "KeyIndex": "The key index is not authenticated: it only says which key to take.",
    "Layout": "The parts are there but not where they belong.",
    "Modified": "One bit or byte differs from a valid packet.",
    "OtherSession": "The key of the same secret in another session.",
    "Truncated": "Too short, or cut.",
    "Unencrypted": "The payload was never encrypted.",
    "WrongKey": "The key is not the one that sealed the packet.",
}

INJECTED_NOTES = {
    "Encrypted": "An encrypted frame like any other; the trailer must not get in its way.",
    "Injection": "Anybody in the room knows the trailer: what is not the server's must not pass.",
    "MayDrop": "Some SDKs play the server's own frames, others drop them: "
    "neither gives anything away.",
    "NoTrailer": "Without the trailer it is a frame like any other, and does not open.",
}


def packet_groups(secret: str, session: str, other: str) -> Iterator[EncryptedPacketGroup]:
    """Data packets under each media key."""
    ids = count(1)
    for name in MEDIA:
        yield _packets(ids, name, secret, session, other)


def _packets(
    ids: Iterator[int], name: str, secret: str, session: str, other: str
) -> EncryptedPacketGroup:
    profile = PROFILES[name]
    key = profile.derive(secret, session)
    tests: list[EncryptedPacketTest] = []
    iv = stream(f"{name} packet", 12)
    plain = EncryptedPacketPayload(
        user=UserPacket(topic="notes", payload="Meet me at nine, Zoë. 🗝".encode())
    ).SerializeToString(deterministic=True)
    value = AESGCM(key).encrypt(iv, plain, None)

    def add(
        comment: str, flags: str = "", *, value: bytes = value, iv: bytes = iv, index: int = 0,
        opens: bytes | None = None, under: bytes = key, at: int | None = None,
        result: Result = "valid",
    ) -> None:  # fmt: skip
        tests.append(
            EncryptedPacketTest(
                tc_id=next(ids),
                comment=comment,
                result="invalid" if opens is None else result,
                flags=tuple(flags.split()),
                key_hex=under.hex(),
                at_index=at,
                packet_hex=packet_of(value, iv, index).hex(),
                iv_hex=iv.hex(),
                key_index=index,
                value_hex=value.hex(),
                plain_hex=None if opens is None else opens.hex(),
            )
        )

    add("a user packet", opens=plain)
    chat = EncryptedPacketPayload(chat_message=ChatMessage(id="1", message="hello", timestamp=1))
    payloads = {
        "a chat message": chat.SerializeToString(deterministic=True),
        "empty": b"",
        "one byte": b"\x0a",
        "15000 bytes": stream("packet long", 15000),
    }
    for comment, payload in payloads.items():
        fresh = stream(f"{name} {comment}", 12)
        sealed = AESGCM(key).encrypt(fresh, payload, None)
        add(comment, value=sealed, iv=fresh, opens=payload)
    add("IV of zeros", value=AESGCM(key).encrypt(bytes(12), plain, None), iv=bytes(12), opens=plain)
    add("key index 15, the key is there", "KeyIndex", index=15, at=15, opens=plain)
    add("key index altered on the way, one key for all", "KeyIndex", index=5, opens=plain)
    add("key index 1, the key is at 0", "KeyIndex", index=1, at=0)
    add("key index 0, the key is at 1", "KeyIndex", index=0, at=1)
    add("key index 16, the key is at 0 of 16", "KeyIndex", index=16, at=0)
    for where, at in (("first byte", 0), ("last byte of the ciphertext", -17), ("tag", -1)):
        add(f"one bit of the {where} flipped", "Modified", value=flipped(value, at))
    add("one bit of the IV flipped", "Modified", iv=flipped(iv, 0))
    add("one byte more", "Modified", value=value + b"\0")
    for size in (len(value) - 1, 16, 15, 1, 0):
        add(f"value cut to {size} bytes", "Truncated", value=value[:size])
    add("first byte missing", "Truncated", value=value[1:])
    for size in (11, 1, 0):
        add(f"IV cut to {size} bytes", "IvLength", iv=iv[:size])
    add("IV with a byte more", "IvLength", iv=iv + b"\0")
    long = stream(f"{name} long", 16)
    sealed = AESGCM(key).encrypt(long, plain, None)
    add("sealed with an IV of 16 bytes", "IvLength", value=sealed, iv=long, opens=plain,
        result="acceptable")  # fmt: skip
    add("tag before the ciphertext", "Layout", value=value[-16:] + value[:-16])
    add("laid out as a data message", "Layout", value=iv + value)
    for what, data in (("IV", iv), ("key index", b"\0"), ("topic", b"notes")):
        add(f"the {what} as associated data", "AssociatedData",
            value=AESGCM(key).encrypt(iv, plain, data))  # fmt: skip
    add("another secret", "WrongKey", under=profile.derive(f"{secret}!", session))
    add("key of zeros", "WrongKey", under=bytes(16))
    wide = PROFILES["livekit-pbkdf2-raw-256"].derive(secret, session)
    add("256 bits of the bare secret", "WrongKey", under=wide)
    if profile.session_bound:
        add("replayed into another session", "OtherSession", under=profile.derive(secret, other))
    add("never encrypted", "Unencrypted", value=plain)
    return EncryptedPacketGroup(
        description=f"LiveKit's data packets under a key of {name}.",
        profile=name,
        key_size=profile.bits,
        session=Session(secret_utf8=secret, session_id=session, key_hex=key.hex()),
        tests=tuple(tests),
    )


_START = b"\0\0\0\1"
_SILENCE = bytes.fromhex("f8fffe") + bytes(77)
_VP8_8X8 = bytes.fromhex("1002009d012a080008000047088585888584880202000c0d6000feffab5080")
_H264_SPS = bytes.fromhex("6742c01f0fd91f888884000003000400000300c83c60c920")
_H264_PPS = bytes.fromhex("6887cb83cb20")
_H264_IDR = bytes.fromhex("6588840af2628000a7be")


def injected_groups(secret: str, session: str) -> Iterator[ServerInjectedGroup]:
    """One group for each codec that the server injects."""
    ids = count(1)
    vp8 = bytes.fromhex("3042009d012a4001b400")
    kinds = {
        Codec.OPUS: ([("silence", _SILENCE)], b"\x78"),
        Codec.VP8: ([("8x8", _VP8_8X8)], vp8),
        Codec.H264: (
            [("SPS", _H264_SPS), ("PPS", _H264_PPS), ("IDR slice", _H264_IDR)],
            bytes.fromhex("000000016588"),
        ),
    }
    for codec, (payloads, head) in kinds.items():
        yield _injected(ids, codec, payloads, head, secret, session)


def _injected(
    ids: Iterator[int], codec: Codec, payloads: list[tuple[str, bytes]], head: bytes,
    secret: str, session: str,
) -> ServerInjectedGroup:  # fmt: skip
    profile = PROFILES["session-bound-pbkdf2-then-livekit"]
    key = profile.derive(secret, session)
    trailer = stream(f"sif {codec}", 32)
    tests: list[ServerInjectedTest] = []

    def add(comment: str, flag: str, frame: bytes, opens: bytes | None = None,
            result: Result = "valid") -> None:  # fmt: skip
        tests.append(
            ServerInjectedTest(
                tc_id=next(ids),
                comment=comment,
                result="invalid" if opens is None else result,
                flags=(flag,),
                key_hex=key.hex(),
                frame_hex=frame.hex(),
                plain_hex=None if opens is None else opens.hex(),
            )
        )

    seal: Any = partial(seal_frame, key=key, codec=codec, key_frame=True)
    plain = head + stream(f"sif frame {codec}", 40)
    sealed = seal(plain, iv=stream(f"sif iv {codec}", 12))
    add("an encrypted frame", "Encrypted", sealed, plain)
    inside = head + stream("sif before", 20) + trailer
    within = seal(inside, iv=stream(f"sif inside {codec}", 12))
    add("the trailer inside, encrypted", "Encrypted", within, inside)
    for name, payload in payloads:
        add(f"{name} from the server", "MayDrop", payload + trailer, payload, "acceptable")
        add(f"{name}, no trailer", "NoTrailer", payload)
        add(f"{name}, trailer of another room", "NoTrailer", payload + stream("other room", 32))
        add(f"{name}, trailer cut", "NoTrailer", payload + trailer[:-1])
        add(f"{name}, one bit of the trailer flipped", "NoTrailer", payload + flipped(trailer, -1))
        add(f"{name}, trailer in front", "NoTrailer", trailer + payload)
        add(f"{name}, one bit flipped", "Injection", flipped(payload, -1) + trailer)
        add(f"{name}, last byte missing", "Injection", payload[:-1] + trailer)
        add(f"{name}, trailer twice", "Injection", payload + trailer + trailer)
    if codec is Codec.H264:
        whole = b"".join(_START + payload for _, payload in payloads)
        add("SPS, PPS and IDR slice as one frame", "MayDrop", whole + trailer, whole, "acceptable")
    add("an unencrypted frame of a participant", "Injection", plain + trailer)
    add("an encrypted frame with the trailer", "Injection", sealed + trailer)
    add("the trailer alone", "Injection", trailer)
    return ServerInjectedGroup(
        description=f"{codec} in a room whose server announced a trailer.",
        profile=profile.id,
        key_size=profile.bits,
        codec=codec,
        frame_type="key",
        sif_trailer_hex=trailer.hex(),
        session=Session(secret_utf8=secret, session_id=session, key_hex=key.hex()),
        tests=tuple(tests),
    )
