"""Combines the findings of a run into verdicts: per check, per requirement, for the whole run.

This is the only place that does so; every report format uses the result. docs/verdicts.md has the
rules in prose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from conformance.manifest import ListedCheck
from conformance.rates import Rate
from conformance.verdicts import (
    EXIT,
    SANITY,
    CheckVerdict,
    Finding,
    Judgement,
    RunVerdict,
    Verdict,
    worst,
)

_STATEMENT: Final[Mapping[Verdict, str]] = {
    Verdict.PASS: "held",
    Verdict.FAIL: "did not hold",
    Verdict.WAIVED: "did not hold",
    Verdict.NOT_APPLICABLE: "does not concern this subject",
}
"""What a verdict states about the subject; the other verdicts state nothing about it."""


def over_rounds(verdicts: Sequence[Verdict | None]) -> tuple[Verdict, bool]:
    """The verdict of a check over several rounds, and whether the check is unstable.

    A check is unstable where its rounds contradict each other, for example one passed and one
    failed. Then the verdict is inconclusive, or an error where a round was an error; the majority
    never decides. Otherwise the most severe round decides. None stands for a round that did not
    run and counts as inconclusive.
    """
    present = [Verdict.INCONCLUSIVE if verdict is None else verdict for verdict in verdicts]
    unstable = len({_STATEMENT[verdict] for verdict in present if verdict in _STATEMENT}) > 1
    if not unstable:
        return worst(present), False
    broke = Verdict.ERROR in present
    return Verdict.ERROR if broke else Verdict.INCONCLUSIVE, True


def judge_checks(findings: Iterable[Finding], rounds: int = 1) -> list[CheckVerdict]:
    """One verdict for each check, requirement and kind of room, over all rounds."""
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
    of_rounds = [worst(f.verdict for f in own) if own else None for own in by_round.values()]
    verdict, unstable = over_rounds(of_rounds)
    passed = of_rounds.count(Verdict.PASS)
    applicable = any(v is not Verdict.NOT_APPLICABLE for v in of_rounds)
    first = findings[0]
    check = CheckVerdict(
        requirement=first.requirement,
        room_kind=first.room_kind,
        check=first.check,
        verdict=verdict,
        reason=decisive(findings).reason,
        rounds=of_rounds,
        unstable=unstable,
        rate=Rate.of(passed, len(of_rounds)) if applicable else None,
    )
    if not check.steady:
        check.reason = _reason_over_rounds(check, decisive(findings))
    return check


def _round(finding: Finding) -> int:
    return finding.round or 1


def decisive(findings: Sequence[Finding]) -> Finding:
    """The finding to show first: the first one with the most severe verdict."""
    verdict = worst(finding.verdict for finding in findings)
    return next(finding for finding in findings if finding.verdict is verdict)


def _reason_over_rounds(check: CheckVerdict, worst_of_all: Finding) -> str:
    """The reason of a check whose rounds differ: the pass rate, then the worst finding."""
    missing = [str(n) for n, verdict in enumerate(check.rounds, 1) if verdict is None]
    words = "unstable: " if check.unstable else ""
    words += f"held in {check.rate.words if check.rate else 'no round'}"
    if worst_of_all.verdict is not Verdict.PASS:
        words += f"; round {_round(worst_of_all)}, {worst_of_all.verdict}: {worst_of_all.reason}"
    if missing:
        words += f"; did not run in round {', '.join(missing)}"
    return words


def judge(findings: Sequence[Finding], rounds: int = 1) -> list[Judgement]:
    """One judgement for each requirement and kind of room: its most severe check decides."""
    return _judge(judge_checks(findings, rounds), findings)


def _judge(checks: Sequence[CheckVerdict], findings: Sequence[Finding]) -> list[Judgement]:
    counts = Counter((finding.requirement, finding.room_kind) for finding in findings)
    groups: dict[tuple[str, str], list[CheckVerdict]] = {}
    for check in checks:
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
    missing: Sequence[ListedCheck] = (),
    waiver_problems: Sequence[str] = (),
    bench_problems: Sequence[str] = (),
    partial: bool = False,
    profile: Callable[[str, str], bool] | None = None,
    rounds: int = 1,
) -> RunVerdict:
    """Judge a run.

    A fail outweighs an error, and an error outweighs inconclusive. A run whose sanity check did
    not pass is always an error: where a plain room does not work, no other verdict can be trusted.
    The judgements still show what was found.

    Args:
        findings: all findings, with waivers applied.
        expected: the (requirement, room kind) pairs that the run had to judge. A pair without a
            finding is inconclusive, so that a missing check is never green. If the sanity check
            is expected, it needs at least two findings: the first and the last of the run.
        missing: the checks that the run had to judge and did not; each is inconclusive, although
            another check of its requirement may have passed.
        waiver_problems: waivers that are outdated, expired or match nothing; each fails the run.
        bench_problems: failures of the harness outside of checks; each makes the run an error.
        partial: only a selection ran; the verdict is about that selection.
        profile: whether a requirement counts in a kind of room. Findings that do not count are
            shown and decide nothing.
        rounds: how often every check had to run. A missing round is never green.
    """
    wanted = list(dict.fromkeys(expected))
    checks = [*judge_checks(findings, rounds), *_not_run(missing)]
    judgements = _judge(checks, findings)
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
        exit_code=EXIT[verdict],
        judgements=judgements,
        checks=checks,
        rounds=rounds,
        problems=problems,
        partial=partial,
    )


def _not_run(missing: Iterable[ListedCheck]) -> list[CheckVerdict]:
    return [
        CheckVerdict(
            requirement=requirement,
            room_kind=room_kind,
            check=one.check,
            verdict=Verdict.INCONCLUSIVE,
            reason=f"{one.check} did not run, and this run does not leave it out by name",
            rounds=[None],
        )
        for one in missing
        for requirement, room_kind in one.places
    ]


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
            problems.append("the sanity check ran only once: it must run first and last in a run")
    return problems
