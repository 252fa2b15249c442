"""Verdicts: what a check says, what it rests on, and what follows for a run.

Computed here and nowhere else; every report format derives from it. The six verdicts and the
three laws are in docs/verdicts.md; the exit codes are an interface.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import IntEnum, StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Verdict(StrEnum):
    """What a check, a requirement or a run says."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    WAIVED = "waived"
    NOT_APPLICABLE = "not applicable"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"


class Exit(IntEnum):
    """Exit status of a run, an interface: 0 conforms, 1 does not, 2 broke, 3 inconclusive."""

    CONFORMS = 0
    FAILS = 1
    BROKE = 2
    INCONCLUSIVE = 3


class ClaimFailed(AssertionError):
    """The subject did not do what the requirement demands."""


class ControlFailed(Exception):
    """What had to hold for the check to mean anything did not: inconclusive."""


class Thin(Exception):
    """The evidence is too thin, or a prerequisite was missing: inconclusive."""


class NotApplicable(Exception):
    """The requirement does not concern this subject; the message is the reason."""


class BenchError(Exception):
    """The bench itself broke: an error, never the subject's failure."""


SANITY = "SANITY"
"""The pseudo-requirement of the first and last check of a run: a plain room works."""

_SEVERITY: Sequence[Verdict] = (
    Verdict.FAIL,
    Verdict.ERROR,
    Verdict.INCONCLUSIVE,
    Verdict.WAIVED,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)


def verdict_of(exception: BaseException | None) -> Verdict:
    """The verdict of a check that ended with `exception`, or with none.

    A skip and an expected failure of pytest are inconclusive: nothing was judged.
    """
    import pytest  # here, because reading a report needs no test runner

    match exception:
        case None:
            return Verdict.PASS
        case ClaimFailed():
            return Verdict.FAIL
        case ControlFailed() | Thin() | pytest.skip.Exception() | pytest.xfail.Exception():
            return Verdict.INCONCLUSIVE
        case NotApplicable():
            return Verdict.NOT_APPLICABLE
        case _:
            return Verdict.ERROR


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The most severe verdict; of none at all: inconclusive, because nothing was judged."""
    present = set(verdicts)
    return next((verdict for verdict in _SEVERITY if verdict in present), Verdict.INCONCLUSIVE)


_UNSHOWABLE = {"Cc", "Cs", "Cn", "Co"}
_DIRECTION = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(value: Any) -> Any:
    """`value` with what could harm a reader made visible, in all strings within it.

    A subject's page may show anything: terminal escapes, lone surrogates that no encoder takes,
    characters that XML forbids, signs that turn the direction of the text. They become "\\u202e".
    Bytes become hex, and what JSON has no form for its own words.
    """
    if isinstance(value, str):
        if value.isascii() and value.isprintable():
            return value
        return "".join(_shown(character) for character in value)
    if isinstance(value, Mapping):
        return {str(printable(key)): printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [printable(item) for item in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if value is None or isinstance(value, bool | int | float | BaseModel):
        return value
    return printable(str(value))


def _shown(character: str) -> str:
    if character in "\n\t":
        return character
    if unicodedata.category(character) in _UNSHOWABLE or character in _DIRECTION:
        code = ord(character)
        return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return character


Text = Annotated[str, BeforeValidator(printable)]
"""A string that is safe to show: see `printable`."""


class Evidence(BaseModel):
    """One thing that a verdict rests on; `path` is relative to the run's folder."""

    model_config = ConfigDict(extra="forbid")

    kind: Text
    summary: Text
    path: Text | None = None
    sha256: str | None = None
    data: Annotated[dict[str, Any], BeforeValidator(printable)] = Field(default_factory=dict)


class Finding(BaseModel):
    """What one check said about one requirement in one channel (a kind of room, or "-")."""

    model_config = ConfigDict(extra="forbid")

    requirement: str
    channel: str
    check: Text
    verdict: Verdict
    reason: Text
    controls: list[Text] = Field(default_factory=list)
    evidence: list[Evidence] = Field(default_factory=list)
    started: str = ""
    seconds: float = 0.0
    waiver: str | None = None


class Judgement(BaseModel):
    """The verdict of one requirement in one channel, with the reason that decided it.

    `counted` is False where the profile that the run is judged by does not have it.
    """

    requirement: str
    channel: str
    verdict: Verdict
    reason: Text
    checks: int
    counted: bool = True


class RunVerdict(BaseModel):
    """What the whole run says; `problems` are the reasons beside single findings."""

    verdict: Verdict
    exit_code: Exit
    judgements: list[Judgement]
    problems: list[Text] = Field(default_factory=list)
    partial: bool = False

    def counts(self) -> dict[Verdict, int]:
        """How many counted judgements there are of each verdict, the sanity check left out."""
        shown = [j for j in self.judgements if j.counted and j.requirement != SANITY]
        return {v: sum(j.verdict is v for j in shown) for v in Verdict}


_EXIT: Mapping[Verdict, Exit] = {
    Verdict.FAIL: Exit.FAILS,
    Verdict.ERROR: Exit.BROKE,
    Verdict.INCONCLUSIVE: Exit.INCONCLUSIVE,
    Verdict.WAIVED: Exit.CONFORMS,
    Verdict.PASS: Exit.CONFORMS,
    Verdict.NOT_APPLICABLE: Exit.CONFORMS,
}


def judge(findings: Iterable[Finding]) -> list[Judgement]:
    """One judgement for each requirement and channel: the worst of its findings."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.requirement, finding.channel), []).append(finding)
    judgements = []
    for (requirement, channel), group in groups.items():
        verdict = worst(finding.verdict for finding in group)
        decisive = next(finding for finding in group if finding.verdict is verdict)
        judgements.append(
            Judgement(
                requirement=requirement,
                channel=channel,
                verdict=verdict,
                reason=decisive.reason,
                checks=len(group),
            )
        )
    return judgements


def run_verdict(
    findings: Sequence[Finding],
    *,
    expected: Iterable[tuple[str, str]] = (),
    waiver_problems: Sequence[str] = (),
    bench_problems: Sequence[str] = (),
    partial: bool = False,
    profile: Callable[[str, str], bool] | None = None,
) -> RunVerdict:
    """Judge a run.

    Precedence: fail over error over inconclusive, but a run whose sanity check did not pass is
    an error whatever else it found: a plain room that does not work is the bench's fault until
    the opposite is shown. What it found is still in the judgements.

    Args:
        findings: all findings, waivers already applied.
        expected: the (requirement, channel) pairs that this run had to judge; one without a
            finding becomes inconclusive: a check that vanished is never green. Where it has the
            sanity check, that needs at least two findings, the run's first and its last.
        waiver_problems: healed, expired or unmatched waivers; each fails the run.
        bench_problems: faults of the bench beside single checks; each makes the run an error.
        partial: only a selection was run; the verdict is about that selection.
        profile: whether a requirement counts in a channel; findings about others are shown and
            decide nothing.
    """
    wanted = list(dict.fromkeys(expected))
    judgements = judge(findings)
    seen = {(j.requirement, j.channel) for j in judgements}
    judgements += [_unjudged(*pair) for pair in wanted if pair not in seen]
    for judgement in judgements:
        judgement.counted = (
            profile is None
            or judgement.requirement == SANITY
            or profile(judgement.requirement, judgement.channel)
        )
    sanity = _sanity_problems(judgements, wanted_twice=any(r == SANITY for r, _ in wanted))
    verdicts = [j.verdict for j in judgements if j.counted and j.requirement != SANITY]
    verdicts += [Verdict.ERROR] * (len(bench_problems) + len(sanity))
    verdicts += [Verdict.FAIL] * len(waiver_problems)
    verdict = Verdict.ERROR if sanity else worst(verdicts)
    problems = [*sanity, *bench_problems, *waiver_problems]
    if verdict is Verdict.NOT_APPLICABLE:
        verdict = Verdict.INCONCLUSIVE
        problems.append("nothing that was judged applies to this subject")
    elif not verdicts:
        problems.append("nothing was judged")
    return RunVerdict(
        verdict=verdict,
        exit_code=_EXIT[verdict],
        judgements=judgements,
        problems=problems,
        partial=partial,
    )


def _unjudged(requirement: str, channel: str) -> Judgement:
    return Judgement(
        requirement=requirement,
        channel=channel,
        verdict=Verdict.INCONCLUSIVE,
        reason="no check of this run judged it",
        checks=0,
    )


def _sanity_problems(judgements: Iterable[Judgement], *, wanted_twice: bool) -> list[str]:
    problems = []
    for judgement in judgements:
        if judgement.requirement != SANITY:
            continue
        if judgement.verdict is not Verdict.PASS:
            problems.append(f"the sanity check did not pass: {judgement.reason}")
        elif wanted_twice and judgement.checks < 2:
            problems.append("the sanity check ran only once: a run begins and ends with it")
    return problems


def today() -> date:
    """The date that waivers expire by (UTC)."""
    return datetime.now(UTC).date()
