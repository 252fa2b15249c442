"""Applies waivers to the findings of a run, and says which of them no longer fit.

A waiver that is expired, is outdated (what it names holds now) or matches nothing is a problem that
fails the run, so that a waiver file never outlives its facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from conformance.verdicts import Finding, Verdict
from conformance.waived_claims import steady
from conformance.waivers import Waiver, is_check

_FAILED: Final = (Verdict.FAIL, Verdict.WAIVED)
_OPEN: Final = (Verdict.INCONCLUSIVE, Verdict.ERROR)


def apply_waivers(
    findings: Sequence[Finding],
    waivers: Sequence[Waiver],
    *,
    today: date,
    partial: bool = False,
) -> tuple[list[Finding], list[str]]:
    """Mark waived findings; return all findings and the problems that fail the run.

    A failure is waived if every claim that did not hold is named by a waiver of its check. In a
    partial run, a waiver of a check that did not run is no problem. A waiver of a check whose
    verdict is inconclusive or error is no problem either: nothing shows whether the waiver still
    holds, and the run is not green anyway. The function is idempotent.
    """
    valid = [w for w in waivers if w.expiry >= today]
    problems = [
        f"{w.name} expired on {w.expiry.isoformat()}: "
        f"look at {_where_to_look(w)}, then renew it or remove it"
        for w in waivers
        if w.expiry < today
    ]
    result = []
    for finding in findings:
        if finding.verdict in _FAILED:
            labels = _labels(finding, valid)
            waived = Verdict.WAIVED if labels else Verdict.FAIL
            finding = finding.model_copy(
                update={"verdict": waived, "waiver": "; ".join(labels) or None}
            )
        result.append(finding)
    for waiver in valid:
        problems += _outdated(waiver, result, partial=partial)
    return result, problems


def _labels(finding: Finding, waivers: Sequence[Waiver]) -> list[str]:
    """The waivers that together name all claims that failed; none if a claim is left."""
    about = [w for w in waivers if w.is_about(finding) and _has_the_words(w, finding)]
    claims = _claims(finding)
    if not about or not all(any(w.accepts(claim) for w in about) for claim in claims):
        return []
    used = [w for w in about if any(w.accepts(claim) for claim in claims)]
    return list(dict.fromkeys(w.label for w in used))


def _claims(finding: Finding) -> list[str]:
    """The claims that did not hold; results of earlier versions hold the reason alone."""
    return finding.claims or [finding.reason]


def _has_the_words(waiver: Waiver, finding: Finding) -> bool:
    return waiver.finding is None or waiver.finding in finding.reason


def _where_to_look(waiver: Waiver) -> str:
    if waiver.status == "undisclosed":
        return "the evidence of the finding"
    return str(waiver.source or "the report to the makers")


def _outdated(waiver: Waiver, findings: Sequence[Finding], *, partial: bool) -> Iterator[str]:
    """Why a waiver that has not expired does not fit the findings."""
    own = [f for f in findings if (f.requirement, f.room_kind) == (waiver.id, waiver.room_kind)]
    for check in waiver.checks:
        of_check = [f for f in own if is_check(check, f.check)]
        verdicts = {f.verdict for f in of_check}
        if not of_check:
            if not partial:
                yield (
                    f"{waiver.name} matches nothing: this run did not judge {check}; "
                    "correct the name or remove it"
                )
        elif verdicts & set(_OPEN):
            continue
        elif verdicts == {Verdict.NOT_APPLICABLE}:
            yield f"{waiver.name} matches nothing: {check} is not applicable; remove it"
        elif not verdicts & set(_FAILED):
            yield f"{waiver.name} is outdated: {check} passes now; remove it"
        else:
            yield from _other_failures(waiver, check, of_check)


def _other_failures(waiver: Waiver, check: str, findings: Sequence[Finding]) -> Iterator[str]:
    """The failures of a check that the waiver names, and that are not the waived ones."""
    left = [f for f in findings if f.verdict is Verdict.FAIL]
    claims = sorted({steady(c) for f in left for c in _claims(f) if not waiver.accepts(c)})
    if claims:
        also = f" (and {len(claims) - 1} more)" if len(claims) > 1 else ""
        yield (
            f"{waiver.name} does not name what fails in {check}: {claims[0]!r}{also}; "
            "check whether this is a new failure"
        )
    elif left and waiver.finding is not None:
        yield (
            f"{waiver.name} matches nothing: {check} failed, but without {waiver.finding!r} in "
            "the reason; check whether this is a new failure"
        )
