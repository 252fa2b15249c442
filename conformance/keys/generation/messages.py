"""The data messages of the published vectors."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import count

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conformance.keys.generation.deterministic import as_text, flipped, stream
from conformance.keys.generation.frame_limits import IVS
from conformance.keys.messages import seal_message
from conformance.keys.profiles import PROFILES, Profile
from conformance.keys.published.schema import DataMessageGroup, Session
from conformance.keys.published.schema_tests import DataMessageTest, Result


def message_groups(secret: str, session: str, other: str) -> Iterator[DataMessageGroup]:
    """One group for each data profile."""
    ids = count(1)
    for name in ("session-bound-pbkdf2", "static-salt-pbkdf2"):
        yield _messages(PROFILES[name], ids, secret, session, other)


def _messages(
    profile: Profile, ids: Iterator[int], secret: str, session: str, other_session: str
) -> DataMessageGroup:
    key = profile.derive(secret, session)
    plain = "Meet me at nine, Zoë. 🗝".encode()
    iv = stream(f"{profile.id} iv", 12)
    sealed = seal_message(plain, key, iv)
    tests: list[DataMessageTest] = []

    def add(
        comment: str,
        blob: bytes,
        flags: tuple[str, ...] = (),
        *,
        opens: bytes | None = None,
        under: bytes = key,
        result: Result = "valid",
    ) -> None:
        tests.append(
            DataMessageTest(
                tc_id=next(ids),
                comment=comment,
                result="invalid" if opens is None else result,
                flags=flags,
                key_hex=under.hex(),
                message_hex=blob.hex(),
                message_b64=base64.b64encode(blob).decode(),
                plain_hex=None if opens is None else opens.hex(),
                plain_utf8=None if opens is None else as_text(opens),
                iv_hex=None if opens is None else blob[:12].hex(),
            )
        )

    add("a line of text", sealed, opens=plain)
    for comment, other, flag in (
        ("empty", b"", ""),
        ("one byte", b"\0", ""),
        ("one block", stream("block", 16), ""),
        ("binary, 1000 bytes", stream("binary", 1000), ""),
        ("binary, 1001 bytes", stream("binary", 1001), "Long"),
        ("text of 3,000 bytes", ("長" * 1000).encode(), "Long"),
        ("binary, 65537 bytes", stream("binary", 65_537), "Long"),
        ("text with a byte order mark in front", "\ufeffhello".encode(), "ByteOrderMark"),
        ("text with a NUL in front", b"\0hello", "LeadingNul"),
        ("text with zero width joiners", "👩\u200d👩\u200d👧".encode(), "Invisible"),
        ("text from right to left", "שלום \u202eabc\u202c".encode(), "Bidi"),
        ("text in full-width letters", "\uff2b\uff45\uff59 \ufb01".encode(), "CompatibilityForm"),
        ("blanks and line ends around", b" \t hello \r\n", "BlankSignificant"),
        ("no UTF-8", b"\xff\xfe\xed\xa0\xbd", ""),
        ("the same text under another IV", plain, ""),
    ):
        if len(other) > 65_536 and not profile.session_bound:
            continue  # once is enough: it makes the file large
        fresh = stream(f"{profile.id} {comment} iv", 12)
        add(comment, seal_message(other, key, fresh), (flag,) if flag else (), opens=other)
    for comment, extreme in list(IVS.items())[:3]:
        add(comment, seal_message(plain, key, extreme), ("IvExtreme",), opens=plain)
    for comment, at in (("IV", 0), ("ciphertext", 12), ("tag", -1)):
        add(f"one bit of the {comment} flipped", flipped(sealed, at), ("Modified",))
    add("one byte more", sealed + b"\0", ("Modified",))
    for length in (len(sealed) - 1, 28, 27, 16, 12, 1, 0):
        add(f"cut to {length} bytes", sealed[:length], ("Truncated",))
    add("first byte missing", sealed[1:], ("Truncated",))
    for size in (8, 11, 13, 16):
        odd = stream(f"{profile.id} IV of {size}", size)
        add(f"IV of {size} bytes", odd + AESGCM(key).encrypt(odd, plain, None), ("IvLength",))
    for what, data in (("session id", session.encode()), ("IV", iv)):
        with_data = iv + AESGCM(key).encrypt(iv, plain, data)
        add(f"the {what} as associated data", with_data, ("AssociatedData",))
    add("tag before the ciphertext", iv + sealed[-16:] + sealed[12:-16], ("Layout",))
    add("IV behind the ciphertext", sealed[12:] + iv, ("Layout",))
    bound = profile.compute(secret.encode(), other_session)
    if profile.session_bound:
        add("replayed into another session", sealed, ("OtherSession",), under=bound)
        other_sealed = seal_message(plain, bound, iv)
        add("replayed from another session", other_sealed, ("OtherSession",))
    else:
        add("another session has the same key", sealed, ("OtherSession", "NotSessionBound"),
            under=bound, opens=plain, result="acceptable")  # fmt: skip
    wrong = profile.derive(f"{secret}!", session)
    add("another secret", sealed, ("WrongKey",), under=wrong)
    add("first half of the key", sealed, ("WrongKey",), under=key[:16])
    add("base64 of a message", base64.b64encode(sealed), ("Base64",))
    add("never encrypted", plain, ("Unencrypted",))
    return DataMessageGroup(
        description=f"IV, ciphertext, tag under keys of {profile.id}.",
        profile=profile.id,
        key_size=profile.bits,
        session=Session(secret_utf8=secret, session_id=session, key_hex=key.hex()),
        tests=tuple(tests),
    )
