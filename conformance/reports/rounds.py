"""What a run that repeats its checks shows of its rounds, the same in every format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conformance.rates import CONFIDENCE, Rate
from conformance.reports.model import Results
from conformance.reports.words import GREEN, SIGN
from conformance.verdicts import SANITY, CheckVerdict, Finding, Verdict

NOT_RUN: Final = "·"
"""The sign of a round in which the check did not run."""


@dataclass(frozen=True)
class RoundsRow:
    """One check: how often it passed, and a sign for each of its rounds."""

    requirement: str
    room_kind: str
    check: str
    verdict: Verdict
    unstable: bool
    held: str
    signs: str


def rows(results: Results) -> list[RoundsRow]:
    """The table of a run with more than one round, what is unsteady first; else empty."""
    return [
        RoundsRow(
            requirement=check.requirement,
            room_kind=check.room_kind,
            check=check.check,
            verdict=check.verdict,
            unstable=check.unstable,
            held=check.rate.words if check.rate else "concerns nobody here",
            signs="".join(SIGN[v] if v else NOT_RUN for v in check.rounds),
        )
        for check in sorted(_checks(results), key=lambda check: check.steady)
    ]


def sentence(results: Results) -> str:
    """How steady the checks were, in one sentence; empty where nothing was repeated."""
    checks, rounds = _checks(results), results.verdict.rounds
    if not checks:
        return ""
    unsteady = [check for check in checks if not check.steady]
    contradicted = sum(check.unstable for check in unsteady)
    least = Rate.of(rounds, rounds).low
    if not unsteady:
        return (
            f"Each of {len(checks)} checks said the same in all {rounds} rounds; what passed in "
            f"each passes at least {least:.0%} of the time ({CONFIDENCE:.0%} confidence)."
        ).replace("%", " %")
    return (
        f"{len(unsteady)} of {len(checks)} checks did not say the same in all {rounds} rounds; "
        f"{contradicted} contradicted themselves (unstable)."
    )


def shown(findings: Sequence[Finding]) -> list[Finding]:
    """Of one check's findings those worth reading: all that is not green, and one that is.

    results.json has all of them.
    """
    green = [finding for finding in findings if finding.verdict in GREEN]
    return [f for f in findings if f.verdict not in GREEN or f is green[0]]


def findings_of(results: Results, check: CheckVerdict) -> list[Finding]:
    """What a check's verdict rests on, round by round."""
    place = (check.requirement, check.room_kind, check.check)
    own = [f for f in results.findings if (f.requirement, f.room_kind, f.check) == place]
    return sorted(own, key=lambda finding: finding.round or 1)


def shown_of(results: Results, requirement: str) -> list[Finding]:
    """What is worth reading of all checks of one requirement."""
    checks = [c for c in results.verdict.checks if c.requirement == requirement]
    return [finding for check in checks for finding in shown(findings_of(results, check))]


def _checks(results: Results) -> list[CheckVerdict]:
    if results.verdict.rounds == 1:
        return []
    return [check for check in results.verdict.checks if check.requirement != SANITY]
