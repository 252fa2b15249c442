"""The ratchet tests of the published vectors: materials, keys, and receivers that catch up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from conformance.keys.frames import Codec, seal_frame
from conformance.keys.generation.deterministic import flipped, stream
from conformance.keys.published.schema import RatchetGroup, RatchetWindowGroup
from conformance.keys.published.schema_tests import RatchetTest, RatchetWindowTest, Result
from conformance.keys.ratchet import Kdf, derived, ratcheted

SALT = b"LKFrameEncryptionKey"

NOTES = {
    "HmacZeroPadding": "HMAC pads with zeros: a NUL more at the end gives the same material.",
    "KnownDivergence": "livekit-client 2.21.0 tries one step only, however wide the window is.",
    "Modified": "One bit differs from a frame that opens.",
    "OutsideWindow": "The sender has ratcheted more often than the receiver is to try.",
    "Backwards": "A key that the receiver has left behind: the ratchet does not turn back.",
    "PrefixRelation": "A 128-bit key is the first half of the next material.",
    "Published": "LiveKit's own tests state this answer.",
    "Truncated": "Cut.",
    "WrongKey": "Other secret, salt or derivation.",
}


def ratchet_groups() -> Iterator[RatchetGroup | RatchetWindowGroup]:
    """Groups of materials and keys, then groups of receivers that catch up."""
    ids = count(1)
    kinds: list[tuple[Kdf, bytes, int]] = [
        ("PBKDF2-HMAC-SHA256", SALT, 128),
        ("PBKDF2-HMAC-SHA256", SALT, 256),
        ("HKDF-SHA256", SALT, 128),
        ("HKDF-SHA256", SALT, 256),
        ("PBKDF2-HMAC-SHA256", bytes(range(8)), 128),
        ("HKDF-SHA256", b"", 128),
    ]
    for kdf, salt, bits in kinds:
        yield _ratchet(ids, kdf, salt, bits)
    yield _window(ids, "PBKDF2-HMAC-SHA256")
    yield _window(ids, "HKDF-SHA256")


def _ratchet(ids: Iterator[int], kdf: Kdf, salt: bytes, bits: int) -> RatchetGroup:
    livekit = salt == SALT
    secrets = {"LiveKit's test": b"password", "NUL at the end": b"password\0"} if livekit else {}
    if kdf == "HKDF-SHA256":
        secrets["32 bytes"] = stream("ratchet", 32)
    if not livekit:
        secrets = {"the bytes 00 to 0f": bytes(range(16))}
    tests = []
    for comment, secret in secrets.items():
        for times in range(4 if comment != "NUL at the end" else 2):
            material = ratcheted(kdf, secret, salt, times)
            flags = []
            if bits == 128 and times:
                flags.append("PrefixRelation")
            if comment == "NUL at the end":
                flags.append("HmacZeroPadding")
            if kdf.startswith("PBKDF2") and bits == 128 and comment != "NUL at the end":
                flags += ["Published"] if livekit or times == 0 else []
            tests.append(
                RatchetTest(
                    tc_id=next(ids),
                    comment=f"{comment}, {times} times",
                    result="valid",
                    flags=tuple(flags),
                    secret_hex=secret.hex(),
                    times=times,
                    material_hex=material.hex(),
                    key_hex=derived(kdf, material, salt, bits).hex(),
                )
            )
    return RatchetGroup(
        description=f"{kdf}, keys of {bits} bits, {'LiveKit' if livekit else 'another'} salt.",
        kdf=kdf,
        salt_hex=salt.hex(),
        key_size=128 if bits == 128 else 256,
        tests=tuple(tests),
    )


def _window(ids: Iterator[int], kdf: Kdf) -> RatchetWindowGroup:
    secret = b"password"
    plain = b"\x78" + stream("ratchet frame", 60)
    tests = []

    def frame(times: int, *, of: bytes = secret, salt: bytes = SALT, by: Kdf = kdf) -> bytes:
        key = derived(by, ratcheted(by, of, salt, times), salt, 128)
        iv = stream(f"ratchet {kdf} {times} {of!r} {salt!r} {by}", 12)
        return seal_frame(plain, key, iv, Codec.OPUS, True)

    def add(comment: str, data: bytes, window: int, result: Result, *flags: str) -> None:
        tests.append(
            RatchetWindowTest(
                tc_id=next(ids),
                comment=comment,
                result=result,
                flags=flags,
                secret_hex=secret.hex(),
                window=window,
                frame_hex=data.hex(),
                plain_hex=None if result == "invalid" else plain.hex(),
            )
        )

    add("no ratchet, no window", frame(0), 0, "valid")
    add("no ratchet, window 3", frame(0), 3, "valid")
    add("one step, window 1", frame(1), 1, "valid")
    add("one step, window 3", frame(1), 3, "valid")
    add("two steps, window 3", frame(2), 3, "acceptable", "KnownDivergence")
    add("three steps, window 3", frame(3), 3, "acceptable", "KnownDivergence")
    add("one step, no window", frame(1), 0, "invalid", "OutsideWindow")
    add("two steps, window 1", frame(2), 1, "invalid", "OutsideWindow")
    add("four steps, window 3", frame(4), 3, "invalid", "OutsideWindow")
    sealed = frame(1)
    for name, at in (("TOC", 0), ("ciphertext", 1), ("tag", -30), ("IV", -14)):
        add(f"one step, one bit of the {name} flipped", flipped(sealed, at), 3, "invalid",
            "Modified")  # fmt: skip
    add("one step, IV length 16", sealed[:-2] + b"\x10\0", 3, "invalid", "Modified")
    add("one step, last byte missing", sealed[:-1], 3, "invalid", "Truncated")
    add("trailer alone", sealed[-2:], 3, "invalid", "Truncated")
    add("one step, another secret", frame(1, of=b"passwords"), 3, "invalid", "WrongKey")
    add("one step, another salt", frame(1, salt=b"salt"), 3, "invalid", "WrongKey")
    other: Kdf = "HKDF-SHA256" if kdf != "HKDF-SHA256" else "PBKDF2-HMAC-SHA256"
    add("one step, the other derivation", frame(1, by=other), 3, "invalid", "WrongKey")
    secret, old = ratcheted(kdf, secret, SALT, 1), frame(0)
    add("the receiver has been handed the next material", old, 3, "invalid", "Backwards")
    return RatchetWindowGroup(
        description=f"Opus frames, {kdf}: the receiver tries its key and `window` that follow.",
        kdf=kdf,
        salt_hex=SALT.hex(),
        key_size=128,
        codec=Codec.OPUS,
        frame_type="key",
        tests=tuple(tests),
    )
