"""Verdicts: what a check says, what it rests on, and what follows for a run.

Computed here and nowhere else; every report format derives from it. The six verdicts, the three
laws and what several rounds of one check say together are in docs/verdicts.md; the exit codes are
an interface.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import IntEnum, StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from conformance.printable import printable
from conformance.rates import Rate


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


class InsufficientEvidence(Exception):
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
        case (
            ControlFailed()
            | InsufficientEvidence()
            | pytest.skip.Exception()
            | pytest.xfail.Exception()
        ):
            return Verdict.INCONCLUSIVE
        case NotApplicable():
            return Verdict.NOT_APPLICABLE
        case _:
            return Verdict.ERROR


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The most severe verdict; of none at all: inconclusive, because nothing was judged."""
    present = set(verdicts)
    return next((verdict for verdict in _SEVERITY if verdict in present), Verdict.INCONCLUSIVE)


_SAYS: Mapping[Verdict, str] = {
    Verdict.PASS: "held",
    Verdict.FAIL: "did not hold",
    Verdict.WAIVED: "did not hold",
    Verdict.NOT_APPLICABLE: "does not concern this subject",
}
"""What a verdict says of the subject; the others say nothing of it."""


def over_rounds(verdicts: Sequence[Verdict | None]) -> tuple[Verdict, bool]:
    """The verdict of a check that was judged in several rounds, and whether it is unstable.

    Rounds that contradict each other (it held, and it did not) are unstable: inconclusive, or an
    error where a round was one, and never what most of them say. Otherwise the most severe round
    counts. None is a round that did not run: inconclusive.
    """
    present = [Verdict.INCONCLUSIVE if verdict is None else verdict for verdict in verdicts]
    unstable = len({_SAYS[verdict] for verdict in present if verdict in _SAYS}) > 1
    if not unstable:
        return worst(present), False
    broke = Verdict.ERROR in present
    return Verdict.ERROR if broke else Verdict.INCONCLUSIVE, True


Text = Annotated[str, BeforeValidator(printable)]
"""A string that is safe to show: see `printable`."""


class Evidence(BaseModel):
    """One thing that a verdict rests on; `path` is relative to the run's folder."""

    model_config = ConfigDict(extra="forbid")

    kind: Text
    summary: Text
    path: Text | None = None
    sha256: Text | None = None
    data: Annotated[dict[str, Any], BeforeValidator(printable)] = Field(default_factory=dict)


class Finding(BaseModel):
    """What one check said about one requirement in one room_kind (a kind of room, or "-").

    `round` is the round of a run that repeats its checks (from 1 on), None where nothing does.
    """

    model_config = ConfigDict(extra="forbid")

    requirement: Text
    room_kind: Text
    check: Text
    verdict: Verdict
    reason: Text
    controls: list[Text] = Field(default_factory=list)
    evidence: list[Evidence] = Field(default_factory=list)
    started: Text = ""
    seconds: float = 0.0
    waiver: Text | None = None
    round: int | None = None


class CheckVerdict(BaseModel):
    """What one check says about one requirement, over all rounds of the run.

    `rounds` has its verdict in each round, None where it did not run. `unstable`: its rounds
    contradict each other. `rate`: in how many it passed; None where it concerns nobody.
    """

    model_config = ConfigDict(extra="forbid")

    requirement: Text
    room_kind: Text
    check: Text
    verdict: Verdict
    reason: Text
    rounds: list[Verdict | None]
    unstable: bool = False
    rate: Rate | None = None

    @property
    def steady(self) -> bool:
        """Did every round say the same?"""
        return len(set(self.rounds)) == 1


class Judgement(BaseModel):
    """The verdict of one requirement in one room_kind, with the reason that decided it.

    `checks` is how many findings it rests on. `counted` is False where the profile that the run is
    judged by does not have it.
    """

    requirement: Text
    room_kind: Text
    verdict: Verdict
    reason: Text
    checks: int
    counted: bool = True


class RunVerdict(BaseModel):
    """What the whole run says; `problems` are the reasons beside single findings.

    `rounds`: how often every check was to be judged; `checks`: what each says over all of them.
    """

    verdict: Verdict
    exit_code: Exit
    judgements: list[Judgement]
    checks: list[CheckVerdict] = Field(default_factory=list)
    rounds: int = 1
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


def judge_checks(findings: Iterable[Finding], rounds: int = 1) -> list[CheckVerdict]:
    """One verdict for each check, requirement and room_kind, from all of its rounds."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        place = (finding.requirement, finding.room_kind, finding.check)
        groups.setdefault(place, []).append(finding)
    return [
        _judge_check(group, 1 if group[0].requirement == SANITY else rounds)
        for group in groups.values()
    ]


def _judge_check(findings: Sequence[Finding], rounds: int) -> CheckVerdict:
    numbers = range(1, max([rounds, *(_round(finding) for finding in findings)]) + 1)
    by_round = {n: [f for f in findings if _round(f) == n] for n in numbers}
    said = [worst(f.verdict for f in own) if own else None for own in by_round.values()]
    verdict, unstable = over_rounds(said)
    passed, judged = said.count(Verdict.PASS), [v for v in said if v is not Verdict.NOT_APPLICABLE]
    first = findings[0]
    check = CheckVerdict(
        requirement=first.requirement,
        room_kind=first.room_kind,
        check=first.check,
        verdict=verdict,
        reason=decisive(findings).reason,
        rounds=said,
        unstable=unstable,
        rate=Rate.of(passed, len(said)) if judged else None,
    )
    if not check.steady:
        check.reason = _in_rounds(check, decisive(findings))
    return check


def _round(finding: Finding) -> int:
    return finding.round or 1


def decisive(findings: Sequence[Finding]) -> Finding:
    """The finding to show first: the first one of the most severe verdict."""
    verdict = worst(finding.verdict for finding in findings)
    return next(finding for finding in findings if finding.verdict is verdict)


def _in_rounds(check: CheckVerdict, worst_of_all: Finding) -> str:
    """The reason of a check whose rounds differ: the rate, then what speaks against it."""
    missing = [str(n) for n, verdict in enumerate(check.rounds, 1) if verdict is None]
    words = "unstable: " if check.unstable else ""
    words += f"held in {check.rate.words if check.rate else 'no round'}"
    if worst_of_all.verdict is not Verdict.PASS:
        words += f"; round {_round(worst_of_all)}, {worst_of_all.verdict}: {worst_of_all.reason}"
    if missing:
        words += f"; did not run in round {', '.join(missing)}"
    return words


def judge(findings: Sequence[Finding], rounds: int = 1) -> list[Judgement]:
    """One judgement for each requirement and room_kind: the worst of its checks."""
    counts = Counter((finding.requirement, finding.room_kind) for finding in findings)
    groups: dict[tuple[str, str], list[CheckVerdict]] = {}
    for check in judge_checks(findings, rounds):
        groups.setdefault((check.requirement, check.room_kind), []).append(check)
    judgements = []
    for (requirement, room_kind), group in groups.items():
        verdict = worst(check.verdict for check in group)
        judgements.append(
            Judgement(
                requirement=requirement,
                room_kind=room_kind,
                verdict=verdict,
                reason=next(check.reason for check in group if check.verdict is verdict),
                checks=counts[requirement, room_kind],
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
    rounds: int = 1,
) -> RunVerdict:
    """Judge a run.

    Precedence: fail over error over inconclusive, but a run whose sanity check did not pass is
    an error whatever else it found: a plain room that does not work is the bench's fault until
    the opposite is shown. What it found is still in the judgements.

    Args:
        findings: all findings, waivers already applied.
        expected: the (requirement, room_kind) pairs that this run had to judge; one without a
            finding becomes inconclusive: a check that vanished is never green. Where it has the
            sanity check, that needs at least two findings, the run's first and its last.
        waiver_problems: healed, expired or unmatched waivers; each fails the run.
        bench_problems: faults of the bench beside single checks; each makes the run an error.
        partial: only a selection was run; the verdict is about that selection.
        profile: whether a requirement counts in a room_kind; findings about others are shown and
            decide nothing.
        rounds: how often every check had to be judged; a round that vanished is never green.
    """
    wanted = list(dict.fromkeys(expected))
    judgements = judge(findings, rounds)
    seen = {(j.requirement, j.room_kind) for j in judgements}
    judgements += [_unjudged(*pair) for pair in wanted if pair not in seen]
    for judgement in judgements:
        judgement.counted = (
            profile is None
            or judgement.requirement == SANITY
            or profile(judgement.requirement, judgement.room_kind)
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
        checks=judge_checks(findings, rounds),
        rounds=rounds,
        problems=problems,
        partial=partial,
    )


def _unjudged(requirement: str, room_kind: str) -> Judgement:
    return Judgement(
        requirement=requirement,
        room_kind=room_kind,
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
