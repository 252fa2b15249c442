"""Generate the published vectors: `python -m conformance.keys.generate [FOLDER]`.

Deterministic: nothing is drawn at random, so the committed files equal what this prints, and a
test keeps it so. The files are never edited by hand.
"""

from __future__ import annotations

import base64
import json
import sys
import unicodedata
from collections.abc import Iterator
from hashlib import shake_256
from itertools import count
from pathlib import Path

from conformance.keys.generate_frames import NOTES as FRAME_NOTES
from conformance.keys.generate_frames import frame_groups
from conformance.keys.locate import SCHEMA_FILE, vectors_folder
from conformance.keys.messages import seal_message
from conformance.keys.profiles import PROFILES, Hkdf, Pbkdf2, Profile, Step
from conformance.keys.schema import (
    DataMessageGroup,
    DataMessageTest,
    DerivationStep,
    Group,
    KeyDerivationGroup,
    KeyDerivationTest,
    Result,
    Session,
    VectorFile,
)

SECRET = "correct horse battery staple"  # noqa: S105 - a published test secret
SESSION = "0b5fa1a6-6f0c-4c1e-9f5e-2f7d3f1c9a10"
OTHER_SESSION = "7c0e5b6e-31c5-4a86-8b2d-90f1f6f2d7b3"

KEY_NOTES = {
    "BlankSignificant": "Spaces and line ends belong to the secret; nothing is trimmed.",
    "EmptySecret": "Some implementations refuse an empty secret, others derive this key.",
    "EmptySession": "A session-bound key needs a session; who derives one all the same gets this.",
    "HmacLongKey": "HMAC hashes keys of more than 64 bytes first.",
    "HmacZeroPadding": "HMAC pads with zeros: the key is that of the secret without the last NUL.",
    "NotText": "The secret is no UTF-8; who takes text only cannot be given it and may refuse.",
    "OtherSession": "The secret of another test in another session.",
    "UnicodeForm": "Nobody normalises: composed and decomposed forms give different keys.",
}

MESSAGE_NOTES = {
    "Base64": "The text form given where the binary one is expected.",
    "Layout": "The parts are there but in another order or with associated data.",
    "Modified": "One bit or byte differs from a valid message.",
    "OtherSession": "Sealed in another session with the same secret: a replay.",
    "Truncated": "Too short, or cut.",
    "Unencrypted": "The plaintext itself.",
    "WrongKey": "The key is not the one that sealed the message.",
}


def stream(label: str, length: int) -> bytes:
    """`length` bytes that depend on nothing but `label`."""
    return shake_256(f"plugnmeet-vectors {label}".encode()).digest(length)


def _secrets() -> Iterator[tuple[str, bytes, Result, tuple[str, ...]]]:
    """Comment, secret, result, flags."""
    word = "Café Ångström"
    texts: list[tuple[str, str, tuple[str, ...]]] = [
        ("plain ASCII", SECRET, ()),
        ("five digits", "12345", ()),
        ("32 letters and digits, as the server makes them", "mX3vT9cQ0aLr7ZkP2nYw8BsD5hJf1GuE", ()),
        ("composed letters (NFC)", unicodedata.normalize("NFC", word), ("UnicodeForm",)),
        ("decomposed letters (NFD)", unicodedata.normalize("NFD", word), ("UnicodeForm",)),
        ("beyond the basic plane", "密码🔑пароль", ()),
        ("leading space", f" {SECRET}", ("BlankSignificant",)),
        ("trailing space", f"{SECRET} ", ("BlankSignificant",)),
        ("trailing line end", f"{SECRET}\n", ("BlankSignificant",)),
        ("NUL inside", SECRET.replace(" ", "\0"), ()),
        ("NUL at the end", f"{SECRET}\0", ("HmacZeroPadding",)),
        ("64 bytes, the block of HMAC", "0123456789abcdef" * 4, ()),
        ("65 bytes", "0123456789abcdef" * 4 + "0", ("HmacLongKey",)),
        ("1000 characters, 3000 bytes", "長" * 1000, ("HmacLongKey",)),
    ]
    for comment, text, flags in texts:
        yield comment, text.encode(), "valid", flags
    yield "empty", b"", "acceptable", ("EmptySecret",)
    yield "not UTF-8", bytes.fromhex("ff00fec080"), "acceptable", ("NotText",)


def _sessions() -> Iterator[tuple[str, str, Result, tuple[str, ...]]]:
    """Comment, session id, result, flags; all with the first secret."""
    yield "same secret, another session", OTHER_SESSION, "valid", ("OtherSession",)
    yield "session id in capitals is another one", SESSION.upper(), "valid", ("OtherSession",)
    yield "a LiveKit session id", "RM_hB7wKq2ZcVtN", "valid", ("OtherSession",)
    yield "session id with letters beyond ASCII", "séance-1", "valid", ("OtherSession",)
    yield "no session id", "", "acceptable", ("EmptySession",)


def _text(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _step(step: Step) -> DerivationStep:
    if not isinstance(step, Pbkdf2 | Hkdf):
        return DerivationStep(do=step.do)
    salt = step.salt
    return DerivationStep(
        do="PBKDF2-HMAC-SHA256" if isinstance(step, Pbkdf2) else "HKDF-SHA256",
        salt="sessionId" if salt.session else "constant",
        salt_hex=None if salt.text is None else salt.text.encode().hex(),
        iterations=step.iterations if isinstance(step, Pbkdf2) else None,
        info_hex=bytes(step.info).hex() if isinstance(step, Hkdf) else None,
        key_bits=step.bits,
    )


def _derivations(profile: Profile, ids: Iterator[int]) -> KeyDerivationGroup:
    def test(
        comment: str, secret: bytes, session: str, result: Result, flags: tuple[str, ...]
    ) -> KeyDerivationTest:
        return KeyDerivationTest(
            tc_id=next(ids),
            comment=comment,
            result=result,
            flags=flags,
            secret_hex=secret.hex(),
            secret_utf8=_text(secret),
            session_id=session,
            key_hex=profile.compute(secret, session).hex(),
        )

    tests = [
        test(comment, secret, SESSION, result, flags)
        for comment, secret, result, flags in _secrets()
    ]
    if profile.session_bound:
        tests += [
            test(comment, SECRET.encode(), session, result, flags)
            for comment, session, result, flags in _sessions()
        ]
    return KeyDerivationGroup(
        description=profile.description,
        profile=profile.id,
        key_size=profile.bits,
        role=profile.role,
        session_bound=profile.session_bound,
        source=profile.source,
        steps=tuple(_step(step) for step in profile.steps),
        tests=tuple(tests),
    )


def _messages(profile: Profile, ids: Iterator[int]) -> DataMessageGroup:
    key = profile.derive(SECRET, SESSION)
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
    ) -> None:
        tests.append(
            DataMessageTest(
                tc_id=next(ids),
                comment=comment,
                result="invalid" if opens is None else "valid",
                flags=flags,
                key_hex=under.hex(),
                message_hex=blob.hex(),
                message_b64=base64.b64encode(blob).decode(),
                plain_hex=None if opens is None else opens.hex(),
                plain_utf8=None if opens is None else _text(opens),
                iv_hex=None if opens is None else blob[:12].hex(),
            )
        )

    add("a line of text", sealed, opens=plain)
    for comment, other in (
        ("empty", b""),
        ("one byte", b"\0"),
        ("one block", stream("block", 16)),
        ("binary, 1000 bytes", stream("binary", 1000)),
        ("the same text under another IV", plain),
    ):
        fresh = stream(f"{profile.id} {comment} iv", 12)
        add(comment, seal_message(other, key, fresh), opens=other)
    add("IV of zeros", seal_message(plain, key, bytes(12)), opens=plain)
    for comment, at in (("IV", 0), ("ciphertext", 12), ("tag", -1)):
        add(f"one bit of the {comment} flipped", _flipped(sealed, at), ("Modified",))
    add("one byte more", sealed + b"\0", ("Modified",))
    for length in (len(sealed) - 1, 28, 27, 16, 12, 1, 0):
        add(f"cut to {length} bytes", sealed[:length], ("Truncated",))
    add("first byte missing", sealed[1:], ("Truncated",))
    add("IV behind the ciphertext", sealed[12:] + iv, ("Layout",))
    bound = profile.compute(SECRET.encode(), OTHER_SESSION)
    if profile.session_bound:
        add("replayed into another session", sealed, ("OtherSession",), under=bound)
        other_sealed = seal_message(plain, bound, iv)
        add("replayed from another session", other_sealed, ("OtherSession",))
    else:
        add("another session has the same key", sealed, ("OtherSession",), under=bound, opens=plain)
    wrong = profile.derive(f"{SECRET}!", SESSION)
    add("another secret", sealed, ("WrongKey",), under=wrong)
    add("first half of the key", sealed, ("WrongKey",), under=key[:16])
    add("base64 of a message", base64.b64encode(sealed), ("Base64",))
    add("never encrypted", plain, ("Unencrypted",))
    return DataMessageGroup(
        description=f"IV, ciphertext, tag under keys of {profile.id}.",
        profile=profile.id,
        key_size=profile.bits,
        session=Session(secret_utf8=SECRET, session_id=SESSION, key_hex=key.hex()),
        tests=tuple(tests),
    )


def _flipped(blob: bytes, at: int) -> bytes:
    altered = bytearray(blob)
    altered[at] ^= 0x01
    return bytes(altered)


def _file(groups: list[Group], notes: dict[str, str]) -> VectorFile:
    used = {flag for group in groups for test in group.tests for flag in test.flags}
    return VectorFile(
        generator="python -m conformance.keys.generate",
        number_of_tests=sum(len(group.tests) for group in groups),
        notes={flag: notes[flag] for flag in sorted(used)},
        test_groups=tuple(groups),
    )


def documents() -> dict[str, str]:
    """Name and text of every file of the vectors folder that is generated."""
    keys, messages = count(1), count(1)
    files = {
        "key_derivation.json": _file(
            [_derivations(profile, keys) for profile in PROFILES.values()], KEY_NOTES
        ),
        "media_frame.json": _file([*frame_groups(SECRET, SESSION, OTHER_SESSION)], FRAME_NOTES),
        "data_message.json": _file(
            [
                _messages(PROFILES[name], messages)
                for name in ("session-bound-pbkdf2", "static-salt-pbkdf2")
            ],
            MESSAGE_NOTES,
        ),
    }
    schema = VectorFile.model_json_schema(by_alias=True)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    texts = {
        name: _json(file.model_dump(mode="json", by_alias=True, exclude_none=True))
        for name, file in files.items()
    }
    return {SCHEMA_FILE: _json(schema), **texts}


def _json(document: object) -> str:
    """ASCII only, so that no editor can change the Unicode form of a secret."""
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def main(arguments: list[str]) -> None:
    """Write the files into the folder given, or into the checkout's."""
    folder = Path(arguments[0]) if arguments else vectors_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        print(folder / name)


if __name__ == "__main__":
    main(sys.argv[1:])
