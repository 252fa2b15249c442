"""Generate the published vectors: `python -m conformance.keys.generation [FOLDER]`.

The output is deterministic, and a test compares it with the committed files. Never edit the files
by hand.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from itertools import count
from pathlib import Path

from conformance.keys.generation.deterministic import as_text
from conformance.keys.generation.frames import frame_groups
from conformance.keys.generation.injected import injected_groups
from conformance.keys.generation.messages import message_groups
from conformance.keys.generation.packets import packet_groups
from conformance.keys.generation.ratchet import ratchet_groups
from conformance.keys.generation.sessions import session_groups
from conformance.keys.generation.texts import (
    OTHER_SESSION,
    SECRET,
    SESSION,
    Text,
    secrets,
    sessions,
)
from conformance.keys.profiles import PROFILES, Hkdf, Pbkdf2, Profile, Step
from conformance.keys.published.locate import SCHEMA_FILE, vectors_folder
from conformance.keys.published.schema import (
    DerivationStep,
    Group,
    KeyDerivationGroup,
    Note,
    VectorFile,
)
from conformance.keys.published.schema_tests import KeyDerivationTest


def _notes() -> dict[str, Note]:
    text = files("conformance.keys.generation").joinpath("flags.toml").read_text(encoding="utf-8")
    return {flag: Note.model_validate(entry) for flag, entry in tomllib.loads(text).items()}


NOTES: dict[str, Note] = _notes()
"""Every flag and what it means (`flags.toml`)."""


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
    first = Text("", SESSION.encode())

    def test(secret: Text, session: Text, about: Text) -> KeyDerivationTest:
        session_id = session.utf8.decode()
        return KeyDerivationTest(
            tc_id=next(ids),
            comment=about.comment,
            result=about.result,
            flags=about.flags,
            secret_hex=secret.utf8.hex(),
            secret_utf8=None if secret.utf16_hex else as_text(secret.utf8),
            secret_utf16_hex=secret.utf16_hex,
            session_id=session_id,
            session_utf16_hex=session.utf16_hex,
            key_hex=profile.compute(secret.utf8, session_id).hex(),
        )

    tests = [test(secret, first, secret) for secret in secrets()]
    if profile.session_bound:
        secret = Text("", SECRET.encode())
        tests += [test(secret, session, session) for session in sessions()]
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


def _file(groups: list[Group]) -> VectorFile:
    used = {flag for group in groups for test in group.tests for flag in test.flags}
    return VectorFile(
        generator="python -m conformance.keys.generation",
        number_of_tests=sum(len(group.tests) for group in groups),
        notes={flag: NOTES[flag] for flag in sorted(used)},
        test_groups=tuple(groups),
    )


def documents() -> dict[str, str]:
    """Name and text of every generated file of the vectors folder."""
    ids = count(1)
    both = (SECRET, SESSION, OTHER_SESSION)
    keys = [_derivations(profile, ids) for profile in PROFILES.values()]
    files = {
        "key_derivation.json": _file([*keys]),
        "session_isolation.json": _file([*session_groups(*both, _steps)]),
        "ratchet.json": _file([*ratchet_groups()]),
        "media_frame.json": _file([*frame_groups(*both)]),
        "server_injected_frame.json": _file([*injected_groups(SECRET, SESSION)]),
        "encrypted_packet.json": _file([*packet_groups(*both)]),
        "data_message.json": _file([*message_groups(*both)]),
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
