"""The ratchet tests of the published vectors: materials, keys, and receivers that catch up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conformance.keys.frames import Codec, clear_length, seal_frame
from conformance.keys.generation.deterministic import flipped, stream
from conformance.keys.generation.frame_samples import HEADS, h264, h265, opus, vp8, vp9
from conformance.keys.published.schema import RatchetGroup, RatchetWindowGroup
from conformance.keys.published.schema_tests import RatchetTest, RatchetWindowTest, Result
from conformance.keys.ratchet import Kdf, derived, ratcheted

SALT = b"LKFrameEncryptionKey"

_FRAMES = [
    (Codec.OPUS, True, opus(60, "ratchet")),
    *(
        (codec, key_frame, make(key_frame, 60, "ratchet"))
        for codec, make in (
            (Codec.VP8, vp8),
            (Codec.VP9, vp9),
            (Codec.H264, h264),
            (Codec.H265, h265),
        )
        for key_frame in (True, False)
    ),
]
"""A frame of each codec and kind: codec, key frame, plaintext."""


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
    both: tuple[Kdf, Kdf] = ("PBKDF2-HMAC-SHA256", "HKDF-SHA256")
    for codec, key_frame, plain in _FRAMES:
        for kdf in both if key_frame else both[1:]:  # PBKDF2 is slow, and the same for each kind
            yield _window(ids, kdf, codec, key_frame, plain)


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


def _window(
    ids: Iterator[int], kdf: Kdf, codec: Codec, key_frame: bool, plain: bytes
) -> RatchetWindowGroup:
    secret = b"password"
    name = f"{codec} {'key' if key_frame else 'delta'}"
    length = clear_length(plain, codec, key_frame)
    tests = []

    def key_of(times: int, of: bytes = secret, salt: bytes = SALT, by: Kdf = kdf) -> bytes:
        return derived(by, ratcheted(by, of, salt, times), salt, 128)

    def frame(times: int, *, of: bytes = secret, salt: bytes = SALT, by: Kdf = kdf) -> bytes:
        iv = stream(f"ratchet {name} {kdf} {times} {of!r} {salt!r} {by}", 12)
        return seal_frame(plain, key_of(times, of, salt, by), iv, codec, key_frame)

    def add(
        comment: str, data: bytes, window: int, result: Result, *flags: str, opens: bytes = plain
    ) -> None:
        tests.append(
            RatchetWindowTest(
                tc_id=next(ids),
                comment=comment,
                result=result,
                flags=flags,
                secret_hex=secret.hex(),
                window=window,
                frame_hex=data.hex(),
                plain_hex=None if result == "invalid" else opens.hex(),
            )
        )

    def escaped(times: int, wanted: str) -> tuple[bytes, bytes]:
        """A frame whose ciphertext begins with `wanted`, and its plaintext."""
        key, iv = key_of(times), stream(f"ratchet {name} {kdf} {times} {wanted}", 12)
        start = bytes.fromhex(wanted)
        pad = AESGCM(key).encrypt(iv, bytes(len(start)), None)
        text = bytes(a ^ b for a, b in zip(pad, start, strict=False))
        opens = plain[:length] + text + plain[length + len(start) :]
        return seal_frame(opens, key, iv, codec, key_frame), opens

    add("no ratchet, no window", frame(0), 0, "valid")
    add("no ratchet, window 3", frame(0), 3, "valid")
    add("one step, window 1", frame(1), 1, "valid")
    add("one step, window 3", frame(1), 3, "valid")
    add("two steps, window 3", frame(2), 3, "acceptable", "KnownDivergence")
    add("three steps, window 3", frame(3), 3, "acceptable", "KnownDivergence")
    if codec in HEADS:
        for times, wanted in ((0, "00000377"), (1, "00000155"), (1, "00000000")):
            data, opens = escaped(times, wanted)
            comment = f"{times or 'no'} step, ciphertext begins with {wanted}, window 3"
            add(comment, data, 3, "valid", "Escape", opens=opens)
        data, opens = escaped(1, "00000377")
        add("1 step, ciphertext begins with 00000377, window 3", data, 3, "acceptable",
            "UnescapedTwice", opens=opens)  # fmt: skip
    add("one step, no window", frame(1), 0, "invalid", "OutsideWindow")
    add("two steps, window 1", frame(2), 1, "invalid", "OutsideWindow")
    add("four steps, window 3", frame(4), 3, "invalid", "OutsideWindow")
    sealed = frame(1)
    places = {"ciphertext": length, "tag": -30, "IV": -14}
    if length:
        places = {"last clear byte": length - 1, **places}
    for place, at in places.items():
        add(f"one step, one bit of the {place} flipped", flipped(sealed, at), 3, "invalid",
            "Modified")  # fmt: skip
    add("one step, IV length 16", sealed[:-2] + b"\x10\0", 3, "invalid", "Modified")
    add("one step, last byte missing", sealed[:-1], 3, "invalid", "Truncated")
    add("trailer alone", sealed[-2:], 3, "invalid", "Truncated")
    add("never encrypted", plain, 3, "invalid", "Unencrypted")
    add("one step, another secret", frame(1, of=b"passwords"), 3, "invalid", "WrongKey")
    add("one step, another salt", frame(1, salt=b"salt"), 3, "invalid", "WrongKey")
    other: Kdf = "HKDF-SHA256" if kdf != "HKDF-SHA256" else "PBKDF2-HMAC-SHA256"
    add("one step, the other derivation", frame(1, by=other), 3, "invalid", "WrongKey")
    secret, old = ratcheted(kdf, secret, SALT, 1), frame(0)
    add("the receiver has been handed the next material", old, 3, "invalid", "Backwards")
    return RatchetWindowGroup(
        description=f"{name} frames, {kdf}: the receiver tries its key and `window` that follow.",
        kdf=kdf,
        salt_hex=SALT.hex(),
        key_size=128,
        codec=codec,
        frame_type="key" if key_frame else "delta",
        tests=tuple(tests),
    )
