"""Reads the published vectors and judges an implementation.

An implementation maps each test to an `Outcome`. Only `judged` decides whether it is right, so that
Python and the browser's WebCrypto are held to the same rules.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from conformance.keys.published.locate import SCHEMA_FILE
from conformance.keys.published.outcomes import Outcome, Outcomes, python_outcomes, session_of
from conformance.keys.published.schema import VectorFile
from conformance.keys.published.schema_tests import (
    DataMessageTest,
    EncryptedPacketTest,
    KeyDerivationTest,
    MediaFrameTest,
    RatchetTest,
    Test,
)


class VectorsUnreadable(Exception):
    """A vector file is missing or invalid; the message says what, where, and how to fix it."""


@dataclass(frozen=True)
class Mismatch:
    """A test with a wrong outcome; `tc_id` 0 is the key of the group itself."""

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
class Choice:
    """How often an implementation accepted and refused where both are right."""

    accepted: int = 0
    refused: int = 0


@dataclass
class VectorReport:
    """The result of one implementation."""

    implementation: str
    files: list[str] = field(default_factory=list)
    tests: int = 0
    requests: int = 0
    """The number of requests to a program; 0 for the suite's own implementations."""
    skipped: dict[str, int] = field(default_factory=dict)
    """The words of `--skip`, each with the number of tests that it left out."""
    choices: dict[str, Choice] = field(default_factory=dict)
    """What it did where a test is acceptable, by the flags of the test."""
    mismatches: list[Mismatch] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether at least one test ran, none was wrong, and none was left out."""
        return self.tests > 0 and not self.mismatches and not self.left_out

    @property
    def left_out(self) -> int:
        """The number of tests that the caller left out."""
        return sum(self.skipped.values())

    def chose(self, test: Test, refused: bool) -> None:
        """Count what the implementation did with an acceptable test."""
        choice = self.choices.setdefault(", ".join(test.flags), Choice())
        if refused:
            choice.refused += 1
        else:
            choice.accepted += 1

    def judge(self, path: Path, vectors: VectorFile, outcomes: Outcomes) -> None:
        """Add the outcomes of one file."""
        wrong = judged(path, vectors, outcomes)
        self.files.append(path.name)
        self.tests += vectors.number_of_tests
        self.mismatches += wrong
        mistaken = {mismatch.tc_id for mismatch in wrong}
        for _, test in vectors.tests():
            if test.result == "acceptable" and test.tc_id not in mistaken:
                self.chose(test, "refused" in outcomes[test.tc_id])


def load_vectors(path: Path) -> dict[Path, VectorFile]:
    """Load the vector file `path`, or all files of the folder `path`, by their paths.

    Raises:
        VectorsUnreadable: a file is missing, not UTF-8, not JSON, or does not fit the schema.
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
            f"{path}: the file does not exist; give a vector file or a folder of them"
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
                f"{path}: not JSON ({first['ctx']['error']}); fix it or generate it again"
            ) from None
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise VectorsUnreadable(
            f"{path}: not a vector file, {where}: {first['msg']} "
            f"({error.error_count()} in all); compare it with {SCHEMA_FILE}"
        ) from None


def expected(test: Test) -> Outcome:
    """The result of a valid or acceptable test; empty for an invalid one."""
    if test.result == "invalid":
        return {}
    return {name: value for name, value in _stated(test).items() if value is not None}


def _stated(test: Test) -> dict[str, str | int | None]:
    if isinstance(test, KeyDerivationTest):
        return {"keyHex": test.key_hex}
    if isinstance(test, RatchetTest):
        return {"keyHex": test.key_hex, "materialHex": test.material_hex}
    values: dict[str, str | int | None] = {"plainHex": getattr(test, "plain_hex", None)}
    if isinstance(test, EncryptedPacketTest):
        return values | {"resealedHex": test.packet_hex}
    if isinstance(test, DataMessageTest):
        return values | {"ivHex": test.iv_hex, "resealedHex": test.message_hex}
    if isinstance(test, MediaFrameTest):
        values |= {"clearHex": test.clear_hex, "ivHex": test.iv_hex, "keyIndex": test.key_index}
        return values | {"resealedHex": test.frame_hex}
    return values


def judged(path: Path, vectors: VectorFile, outcomes: Outcomes) -> list[Mismatch]:
    """All tests of one file that `outcomes` gets wrong."""
    wrong = []
    for number, group in enumerate(vectors.test_groups, start=1):
        if (session := session_of(group)) is not None:
            key: Outcome = {"keyHex": session.key_hex}
            got = outcomes.get(-number, {})
            if got != key:
                comment = f"key of group {number}, {group.description}"
                wrong.append(Mismatch(path.name, 0, comment, as_text(key), as_text(got)))
        for test in group.tests:
            got, want = outcomes.get(test.tc_id, {}), expected(test)
            refused = "refused" in got
            right = refused if test.result == "invalid" else got == want
            if not right and not (test.result == "acceptable" and refused):
                wanted = as_text(want, got) if want else "refusal"
                wrong.append(
                    Mismatch(path.name, test.tc_id, test.comment, wanted, as_text(got, want))
                )
    return wrong


def as_text(outcome: Outcome, other: Outcome | None = None) -> str:
    """The values of `outcome` as text; with `other`, only those that differ."""
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
        report.judge(one, vectors, python_outcomes(vectors))
    report.seconds = time.monotonic() - started
    return report
