"""Read the published vectors and judge an implementation by them.

An implementation maps each test to an `Outcome`; `judged` alone decides whether that is right,
so that Python and the browser's WebCrypto are held to the same measure.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from conformance.keys.frames import (
    FrameMalformed,
    FrameRefused,
    open_frame,
    parse_frame,
    seal_frame,
)
from conformance.keys.locate import SCHEMA_FILE
from conformance.keys.messages import (
    IV_BYTES,
    MessageMalformed,
    MessageRefused,
    open_message,
    seal_message,
)
from conformance.keys.profiles import PROFILES, SessionMissing
from conformance.keys.schema import (
    DataMessageGroup,
    DataMessageTest,
    Group,
    KeyDerivationGroup,
    KeyDerivationTest,
    MediaFrameGroup,
    MediaFrameTest,
    Test,
    VectorFile,
)

Outcome = Mapping[str, str | int]
"""What an implementation got: `refused` with the reason, or the values it found, named as in the
vector file (`keyHex`; `plainHex`, `clearHex`, `ivHex`, `keyIndex`), and `resealedHex`."""

Outcomes = Mapping[int, Outcome]
"""By tcId; what a group's profile derives is kept under minus the group's number (from 1)."""


class VectorsUnreadable(Exception):
    """A vector file is missing or is not one; the line says what, where and what to do."""


@dataclass(frozen=True)
class Mismatch:
    """A test that an implementation got wrong; `tc_id` 0 is the key of the group itself."""

    file: str
    tc_id: int
    comment: str
    expected: str
    got: str

    def __str__(self) -> str:
        return (
            f"{self.file} tcId {self.tc_id} ({self.comment}): "
            f"expected {self.expected}, got {self.got}"
        )


@dataclass
class VectorReport:
    """How one implementation did."""

    implementation: str
    files: list[str] = field(default_factory=list)
    tests: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether something was tested and nothing was wrong."""
        return self.tests > 0 and not self.mismatches


def load_vectors(path: Path) -> dict[Path, VectorFile]:
    """The vector file `path`, or every one of the folder `path`, by its path.

    Raises:
        VectorsUnreadable: missing, not UTF-8, not JSON, or not of the schema.
    """
    if path.is_dir():
        found = sorted(one for one in path.glob("*.json") if one.name != SCHEMA_FILE)
        if not found:
            raise VectorsUnreadable(
                f"{path}: no vector file in this folder; give a folder with *.json or a file"
            )
        return {one: _load(one) for one in found}
    return {path: _load(path)}


def _load(path: Path) -> VectorFile:
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise VectorsUnreadable(
            f"{path}: there is no such file; give a vector file or a folder of them"
        ) from None
    except OSError as error:
        raise VectorsUnreadable(
            f"{path}: cannot be read ({error.strerror}); check the path and its permissions"
        ) from None
    except UnicodeDecodeError as error:
        raise VectorsUnreadable(
            f"{path}: not UTF-8 (byte {error.start}); save the file as UTF-8"
        ) from None
    try:
        return VectorFile.model_validate_json(text, strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] == "json_invalid":
            raise VectorsUnreadable(
                f"{path}: not JSON ({first['ctx']['error']}); mend it or generate it again"
            ) from None
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise VectorsUnreadable(
            f"{path}: not a vector file, {where}: {first['msg']} "
            f"({error.error_count()} in all); compare it with {SCHEMA_FILE}"
        ) from None


def python_outcomes(vectors: VectorFile) -> Outcomes:
    """What this package gets for each test."""
    outcomes: dict[int, Outcome] = {}
    for number, group in enumerate(vectors.test_groups, start=1):
        if not isinstance(group, KeyDerivationGroup):
            key = PROFILES[group.profile].derive(
                group.session.secret_utf8, group.session.session_id
            )
            outcomes[-number] = {"keyHex": key.hex()}
        for test in group.tests:
            outcomes[test.tc_id] = _outcome(group, test)
    return outcomes


def _outcome(group: Group, test: Test) -> Outcome:
    try:
        if isinstance(group, KeyDerivationGroup) and isinstance(test, KeyDerivationTest):
            secret = bytes.fromhex(test.secret_hex)
            return {"keyHex": PROFILES[group.profile].derive(secret, test.session_id).hex()}
        if isinstance(group, MediaFrameGroup) and isinstance(test, MediaFrameTest):
            return _frame(group, test)
        assert isinstance(test, DataMessageTest)
        return _message(test)
    except (
        SessionMissing, FrameMalformed, FrameRefused, MessageMalformed, MessageRefused
    ) as error:  # fmt: skip
        return {"refused": str(error)}


def _frame(group: MediaFrameGroup, test: MediaFrameTest) -> Outcome:
    data, key = bytes.fromhex(test.frame_hex), bytes.fromhex(test.key_hex)
    key_frame = group.frame_type == "key"
    plain = open_frame(data, key, group.codec, key_frame)
    frame = parse_frame(data, group.codec, key_frame)
    sealed = seal_frame(plain, key, frame.iv, group.codec, key_frame, frame.key_index)
    return {
        "plainHex": plain.hex(),
        "clearHex": frame.clear.hex(),
        "ivHex": frame.iv.hex(),
        "keyIndex": frame.key_index,
        "resealedHex": sealed.hex(),
    }


def _message(test: DataMessageTest) -> Outcome:
    blob, key = bytes.fromhex(test.message_hex), bytes.fromhex(test.key_hex)
    plain, iv = open_message(blob, key), blob[:IV_BYTES]
    return {
        "plainHex": plain.hex(),
        "ivHex": iv.hex(),
        "resealedHex": seal_message(plain, key, iv).hex(),
    }


def expected(test: Test) -> Outcome:
    """What a valid or acceptable test must give; empty for an invalid one."""
    if test.result == "invalid":
        return {}
    if isinstance(test, KeyDerivationTest):
        return {"keyHex": test.key_hex or ""}
    assert isinstance(test, MediaFrameTest | DataMessageTest)
    values: dict[str, str | int] = {"plainHex": test.plain_hex or "", "ivHex": test.iv_hex or ""}
    if isinstance(test, DataMessageTest):
        return values | {"resealedHex": test.message_hex}
    values |= {"clearHex": test.clear_hex or "", "keyIndex": test.key_index or 0}
    return values | {"resealedHex": test.frame_hex}


def judged(path: Path, vectors: VectorFile, outcomes: Outcomes) -> list[Mismatch]:
    """Every test of one file that `outcomes` gets wrong."""
    wrong = []
    for number, group in enumerate(vectors.test_groups, start=1):
        if not isinstance(group, KeyDerivationGroup):
            key: Outcome = {"keyHex": group.session.key_hex}
            got = outcomes.get(-number, {})
            if got != key:
                comment = f"key of group {number}, profile {group.profile}"
                wrong.append(Mismatch(path.name, 0, comment, _said(key), _said(got)))
        for test in group.tests:
            got, want = outcomes.get(test.tc_id, {}), expected(test)
            refused = "refused" in got
            right = refused if test.result == "invalid" else got == want
            if not right and not (test.result == "acceptable" and refused):
                said = _said(want, got) if want else "refusal"
                wrong.append(Mismatch(path.name, test.tc_id, test.comment, said, _said(got, want)))
    return wrong


def _said(outcome: Outcome, other: Outcome | None = None) -> str:
    """The values of `outcome`, of two only those that differ."""
    if "refused" in outcome:
        return f"refusal: {outcome['refused']}"
    shown = {
        name: value
        for name, value in outcome.items()
        if other is None or "refused" in other or other.get(name) != value
    }
    return ", ".join(f"{name} {value!s:.160}" for name, value in shown.items()) or "nothing"


def verify(path: Path) -> VectorReport:
    """Check this package against the vector file or folder `path`.

    Raises:
        VectorsUnreadable: see `load_vectors`.
    """
    started = time.monotonic()
    report = VectorReport("Python")
    for one, vectors in load_vectors(path).items():
        report.files.append(one.name)
        report.tests += vectors.number_of_tests
        report.mismatches += judged(one, vectors, python_outcomes(vectors))
    report.seconds = time.monotonic() - started
    return report


__all__ = [
    "DataMessageGroup",
    "KeyDerivationGroup",
    "MediaFrameGroup",
    "Mismatch",
    "Outcome",
    "Outcomes",
    "VectorFile",
    "VectorReport",
    "VectorsUnreadable",
    "expected",
    "judged",
    "load_vectors",
    "python_outcomes",
    "verify",
]
