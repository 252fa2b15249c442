"""LiveKit's data packets of the published vectors."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from livekit.protocol.models import ChatMessage, EncryptedPacketPayload, UserPacket

from conformance.keys.generation.deterministic import flipped, stream
from conformance.keys.generation.frame_limits import IVS, iv_that_wraps
from conformance.keys.packets import packet_of
from conformance.keys.profiles import PROFILES
from conformance.keys.published.schema import EncryptedPacketGroup, Session
from conformance.keys.published.schema_tests import EncryptedPacketTest, Result

MEDIA = ("livekit-pbkdf2-raw", "session-bound-pbkdf2-then-livekit")


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
        ring: int | None = None, result: Result = "valid",
    ) -> None:  # fmt: skip
        tests.append(
            EncryptedPacketTest(
                tc_id=next(ids),
                comment=comment,
                result="invalid" if opens is None else result,
                flags=tuple(flags.split()),
                key_hex=under.hex(),
                at_index=at,
                ring_size=ring,
                packet_hex=packet_of(value, iv, index).hex(),
                iv_hex=iv.hex(),
                key_index=index,
                value_hex=value.hex(),
                plain_hex=None if opens is None else opens.hex(),
            )
        )

    add("a user packet", opens=plain)
    chat = EncryptedPacketPayload(chat_message=ChatMessage(id="1", message="hello", timestamp=1))
    text = EncryptedPacketPayload(chat_message=ChatMessage(id="2", message="\ufeff long " * 200))
    payloads: dict[str, bytes] = {
        "a chat message": chat.SerializeToString(deterministic=True),
        "empty": b"",
        "one byte": b"\x0a",
        "a chat message of 1,400 characters": text.SerializeToString(deterministic=True),
        "1001 bytes": stream("packet 1001", 1001),
        "15000 bytes": stream("packet long", 15000),
    }
    if profile.session_bound:  # once is enough: it makes the file large
        payloads["65537 bytes"] = stream("packet very long", 65_537)
    for comment, payload in payloads.items():
        fresh = stream(f"{name} {comment}", 12)
        sealed = AESGCM(key).encrypt(fresh, payload, None)
        add(comment, "Long" if len(payload) > 1000 else "", value=sealed, iv=fresh, opens=payload)
    for comment, extreme in list(IVS.items())[:4]:
        add(comment, "IvExtreme", value=AESGCM(key).encrypt(extreme, plain, None), iv=extreme,
            opens=plain)  # fmt: skip
    add("key index 15, the key is there", "KeyIndex", index=15, at=15, opens=plain)
    add("key index altered on the way, one key for all", "KeyIndex", index=5, opens=plain)
    add("key index 1, the key is at 0", "KeyIndex", index=1, at=0)
    add("key index 0, the key is at 1", "KeyIndex", index=0, at=1)
    add("key index 16, the key is at 0 of 16", "KeyIndex", index=16, at=0)
    add("key index 255, the key is at 15 of 16", "KeyIndex", index=255, at=15)
    for index in (16, 255):
        add(f"key index {index}, one key for all", "KeyIndex", index=index, opens=plain)
        add(f"key index {index}, the key is there, ring of 256", "KeyIndex LargeKeyRing",
            index=index, at=index, ring=256, opens=plain)  # fmt: skip
    for index, at in ((16, 0), (0, 16), (255, 15), (144, 16), (0, 128)):
        add(f"key index {index}, the key is at {at}, ring of 256", "KeyIndex LargeKeyRing",
            index=index, at=at, ring=256)  # fmt: skip
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
    wraps = iv_that_wraps(key, stream(f"{name} wrap", 12))
    sealed = AESGCM(key).encrypt(wraps, plain, None)
    add("IV of 16 bytes, the block counter wraps", "IvLength CounterWrap", value=sealed, iv=wraps,
        opens=plain, result="acceptable")  # fmt: skip
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
