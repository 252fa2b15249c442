"""Generate the published vectors: `python -m conformance.keys.generation [FOLDER]`.

The output is deterministic, and a test compares it with the committed files. Never edit the files
by hand.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from conformance.keys.generation.deterministic import as_text
from conformance.keys.generation.frames import NOTES as FRAME_NOTES
from conformance.keys.generation.frames import frame_groups
from conformance.keys.generation.livekit import (
    INJECTED_NOTES,
    PACKET_NOTES,
    injected_groups,
    packet_groups,
)
from conformance.keys.generation.messages import NOTES as MESSAGE_NOTES
from conformance.keys.generation.messages import message_groups
from conformance.keys.generation.ratchet import NOTES as RATCHET_NOTES
from conformance.keys.generation.ratchet import ratchet_groups
from conformance.keys.generation.sessions import NOTES as SESSION_NOTES
from conformance.keys.generation.sessions import session_groups
from conformance.keys.profiles import PROFILES, Hkdf, Pbkdf2, Profile, Step
from conformance.keys.published.locate import SCHEMA_FILE, vectors_folder
from conformance.keys.published.schema import DerivationStep, Group, KeyDerivationGroup, VectorFile
from conformance.keys.published.schema_tests import KeyDerivationTest, Result

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


def _secrets() -> Iterator[tuple[str, bytes, Result, tuple[str, ...]]]:
    """Comment, secret, result and flags of each secret."""
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
    """Comment, session id, result and flags of each session; all use the first secret."""
    yield "same secret, another session", OTHER_SESSION, "valid", ("OtherSession",)
    yield "session id in capitals is another one", SESSION.upper(), "valid", ("OtherSession",)
    yield "a LiveKit session id", "RM_hB7wKq2ZcVtN", "valid", ("OtherSession",)
    yield "session id with letters beyond ASCII", "séance-1", "valid", ("OtherSession",)
    yield "no session id", "", "acceptable", ("EmptySession",)


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


def _steps(profile: Profile) -> tuple[DerivationStep, ...]:
    return tuple(_step(step) for step in profile.steps)


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
            secret_utf8=as_text(secret),
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
        steps=_steps(profile),
        tests=tuple(tests),
    )


def _file(groups: list[Group], notes: dict[str, str]) -> VectorFile:
    used = {flag for group in groups for test in group.tests for flag in test.flags}
    return VectorFile(
        generator="python -m conformance.keys.generation",
        number_of_tests=sum(len(group.tests) for group in groups),
        notes={flag: notes[flag] for flag in sorted(used)},
        test_groups=tuple(groups),
    )


def documents() -> dict[str, str]:
    """Name and text of every generated file of the vectors folder."""
    keys = count(1)
    both = (SECRET, SESSION, OTHER_SESSION)
    files = {
        "key_derivation.json": _file(
            [_derivations(profile, keys) for profile in PROFILES.values()], KEY_NOTES
        ),
        "session_isolation.json": _file([*session_groups(*both, _steps)], SESSION_NOTES),
        "ratchet.json": _file([*ratchet_groups()], RATCHET_NOTES),
        "media_frame.json": _file([*frame_groups(*both)], FRAME_NOTES),
        "server_injected_frame.json": _file([*injected_groups(SECRET, SESSION)], INJECTED_NOTES),
        "encrypted_packet.json": _file([*packet_groups(*both)], PACKET_NOTES),
        "data_message.json": _file([*message_groups(*both)], MESSAGE_NOTES),
    }
    schema = VectorFile.model_json_schema(by_alias=True)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    texts = {
        name: _json(file.model_dump(mode="json", by_alias=True, exclude_none=True))
        for name, file in files.items()
    }
    return {SCHEMA_FILE: _json(schema), **texts}


def _json(document: object) -> str:
    """JSON in ASCII only, so that no editor can change the Unicode form of a secret."""
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def main(arguments: list[str]) -> None:
    """Write the files into the given folder, or into the checkout's folder."""
    folder = Path(arguments[0]) if arguments else vectors_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        print(folder / name)
