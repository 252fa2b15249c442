"""Verdicts: what a check says, what it rests on, and what follows for a run.

Computed here and nowhere else; every report format derives from it. The six verdicts and the
three laws are in docs/verdicts.md; the exit codes are an interface.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import IntEnum, StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


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
    """The verdict of a check that ended with `exception`, or with none."""
    match exception:
        case None:
            return Verdict.PASS
        case ClaimFailed():
            return Verdict.FAIL
        case ControlFailed() | Thin():
            return Verdict.INCONCLUSIVE
        case NotApplicable():
            return Verdict.NOT_APPLICABLE
        case _:
            return Verdict.ERROR


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The most severe verdict; of none at all: inconclusive, because nothing was judged."""
    present = set(verdicts)
    return next((verdict for verdict in _SEVERITY if verdict in present), Verdict.INCONCLUSIVE)


class Evidence(BaseModel):
    """One thing that a verdict rests on; `path` is relative to the run's folder."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    summary: str
    path: str | None = None
    sha256: str | None = None
    data: dict[str, Any] = Field(default_factory=dict)


class Finding(BaseModel):
    """What one check said about one requirement in one channel (a kind of room, or "-")."""

    model_config = ConfigDict(extra="forbid")

    requirement: str
    channel: str
    check: str
    verdict: Verdict
    reason: str
    controls: list[str] = Field(default_factory=list)
    evidence: list[Evidence] = Field(default_factory=list)
    started: str = ""
    seconds: float = 0.0
    waiver: str | None = None


class Judgement(BaseModel):
    """The verdict of one requirement in one channel, with the reason that decided it."""

    requirement: str
    channel: str
    verdict: Verdict
    reason: str
    checks: int


class RunVerdict(BaseModel):
    """What the whole run says; `problems` are the reasons beside single findings."""

    verdict: Verdict
    exit_code: Exit
    judgements: list[Judgement]
    problems: list[str] = Field(default_factory=list)
    partial: bool = False

    def counts(self) -> dict[Verdict, int]:
        """How many judgements there are of each verdict."""
        return {v: sum(j.verdict is v for j in self.judgements) for v in Verdict}


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
) -> RunVerdict:
    """Judge a run.

    Args:
        findings: all findings, waivers already applied.
        expected: the (requirement, channel) pairs that this run had to judge; one without a
            finding becomes inconclusive: a check that vanished is never green.
        waiver_problems: healed, expired or unmatched waivers; each fails the run.
        bench_problems: faults of the bench beside single checks; each makes the run an error.
        partial: only a selection was run; the verdict is about that selection.
    """
    judgements = judge(findings)
    seen = {(j.requirement, j.channel) for j in judgements}
    judgements += [
        Judgement(
            requirement=requirement,
            channel=channel,
            verdict=Verdict.INCONCLUSIVE,
            reason="no check of this run judged it",
            checks=0,
        )
        for requirement, channel in expected
        if (requirement, channel) not in seen
    ]
    problems = list(bench_problems)
    verdicts = [j.verdict for j in judgements if j.requirement != SANITY]
    # A plain room that does not work is the bench's fault until the opposite is shown.
    for judgement in judgements:
        if judgement.requirement == SANITY and judgement.verdict is not Verdict.PASS:
            verdicts.append(Verdict.ERROR)
            problems.append(f"the sanity check did not pass: {judgement.reason}")
    verdicts += [Verdict.ERROR] * len(bench_problems)
    verdicts += [Verdict.FAIL] * len(waiver_problems)
    verdict = worst(verdicts)
    if verdict is Verdict.NOT_APPLICABLE:
        verdict = Verdict.INCONCLUSIVE
        problems.append("nothing that was judged applies to this subject")
    return RunVerdict(
        verdict=verdict,
        exit_code=_EXIT[verdict],
        judgements=judgements,
        problems=[*problems, *waiver_problems],
        partial=partial,
    )


def today() -> date:
    """The date that waivers expire by (UTC)."""
    from datetime import UTC, datetime

    return datetime.now(UTC).date()
