"""The rounds of a run that repeats its checks, as all report formats show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conformance.rates import CONFIDENCE, Rate
from conformance.reports.model import Results
from conformance.reports.words import GREEN, SIGN
from conformance.verdicts import SANITY, CheckVerdict, Finding, Verdict

NOT_RUN: Final = "·"
"""The sign for a round in which the check did not run."""


@dataclass(frozen=True)
class RoundsRow:
    """One check: its pass rate, and a sign for each round."""

    requirement: str
    room_kind: str
    check: str
    verdict: Verdict
    unstable: bool
    held: str
    signs: str


def rows(results: Results) -> list[RoundsRow]:
    """The table of a run with several rounds, checks whose rounds differ first; else empty."""
    return [
        RoundsRow(
            requirement=check.requirement,
            room_kind=check.room_kind,
            check=check.check,
            verdict=check.verdict,
            unstable=check.unstable,
            held=check.rate.words if check.rate else "not applicable",
            signs="".join(SIGN[v] if v else NOT_RUN for v in check.rounds),
        )
        for check in sorted(_checks(results), key=lambda check: check.steady)
    ]


def sentence(results: Results) -> str:
    """How many checks had the same verdict in all rounds, in one sentence; empty for one round."""
    checks, rounds = _checks(results), results.verdict.rounds
    if not checks:
        return ""
    unsteady = [check for check in checks if not check.steady]
    contradicted = sum(check.unstable for check in unsteady)
    least = Rate.of(rounds, rounds).low
    if not unsteady:
        return (
            f"Each of {len(checks)} checks had the same verdict in all {rounds} rounds; a check "
            f"that passed in all of them passes at least {least:.0%} of the time ({CONFIDENCE:.0%} "
            "confidence)."
        ).replace("%", " %")
    return (
        f"{len(unsteady)} of {len(checks)} checks had different verdicts in {rounds} rounds; "
        f"unstable (the rounds contradict each other): {contradicted}."
    )


def shown(findings: Sequence[Finding]) -> list[Finding]:
    """The findings of one check that a report shows: all that are not green, and one green one.

    results.json has all findings.
    """
    green = [finding for finding in findings if finding.verdict in GREEN]
    return [f for f in findings if f.verdict not in GREEN or f is green[0]]


def findings_of(results: Results, check: CheckVerdict) -> list[Finding]:
    """The findings behind the verdict of a check, in the order of rounds."""
    place = (check.requirement, check.room_kind, check.check)
    own = [f for f in results.findings if (f.requirement, f.room_kind, f.check) == place]
    return sorted(own, key=lambda finding: finding.round or 1)


def shown_of(results: Results, requirement: str) -> list[Finding]:
    """The findings that a report shows of all checks of one requirement."""
    checks = [c for c in results.verdict.checks if c.requirement == requirement]
    return [finding for check in checks for finding in shown(findings_of(results, check))]


def _checks(results: Results) -> list[CheckVerdict]:
    if results.verdict.rounds == 1:
        return []
    return [check for check in results.verdict.checks if check.requirement != SANITY]
