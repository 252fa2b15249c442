"""The words and signs that every format says a verdict with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from conformance.reports.model import Results
from conformance.verdicts import SANITY, Judgement, Verdict

SIGN: Final[Mapping[Verdict, str]] = {
    Verdict.PASS: "✓",
    Verdict.WAIVED: "⚑",
    Verdict.NOT_APPLICABLE: "–",
    Verdict.FAIL: "✗",
    Verdict.INCONCLUSIVE: "?",
    Verdict.ERROR: "!",
}

MEANING: Final[Mapping[Verdict, str]] = {
    Verdict.PASS: "the claim held, for the stated reason, while its control held",
    Verdict.WAIVED: "it failed exactly as a waiver says; the run still conforms",
    Verdict.NOT_APPLICABLE: "the requirement does not concern this subject",
    Verdict.FAIL: "the claim did not hold",
    Verdict.INCONCLUSIVE: "a control did not hold, the evidence is too thin, or it did not run",
    Verdict.ERROR: "the bench itself broke; this says nothing about the subject",
}

HEADLINE: Final[Mapping[Verdict, str]] = {
    Verdict.PASS: "Conforms",
    Verdict.WAIVED: "Conforms, with waivers",
    Verdict.NOT_APPLICABLE: "Nothing applies",
    Verdict.FAIL: "Does not conform",
    Verdict.INCONCLUSIVE: "Inconclusive",
    Verdict.ERROR: "The bench broke",
}

GREEN: Final = frozenset({Verdict.PASS, Verdict.NOT_APPLICABLE})
"""Verdicts that need nobody's attention."""


def headline(results: Results) -> str:
    """The run's verdict in a few words; a partial run says so."""
    words = HEADLINE[results.verdict.verdict]
    if results.exclusions:
        words += f", {len(results.exclusions)} excluded"
    return f"{words} (partial run)" if results.verdict.partial else words


def sentence(results: Results) -> str:
    """What the run's verdict means, in one sentence with its counts."""
    counts = results.verdict.counts()
    total, passed = sum(counts.values()), counts[Verdict.PASS]
    which = "selected" if results.verdict.partial else "judged"
    promises = f"{total} {which} promises, counted by kind of room,"
    match results.verdict.verdict:
        case Verdict.PASS if passed == total:
            return f"All {promises} held."
        case Verdict.PASS:
            return f"{passed} of {promises} held; the others do not concern this subject."
        case Verdict.WAIVED:
            return f"{passed} of {promises} held; {counts[Verdict.WAIVED]} failed as a waiver says."
        case Verdict.FAIL if counts[Verdict.FAIL]:
            return f"{counts[Verdict.FAIL]} of {promises} did not hold."
        case Verdict.FAIL:
            return "A waiver no longer tells the truth."
        case Verdict.ERROR:
            return "This is no statement about the subject; what was found is still shown."
        case _ if any(check.unstable for check in results.verdict.checks):
            return f"{passed} of {promises} held; some held in one round and not in another."
        case _:
            return f"{passed} of {promises} held; nothing failed, but not all could be judged."


def attention(results: Results) -> list[Judgement]:
    """The counted judgements that are not green, the worst first."""
    order = [Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.WAIVED]
    concerning = [j for j in results.verdict.judgements if j.counted and j.verdict not in GREEN]
    return sorted(concerning, key=lambda j: order.index(j.verdict))


def promise(results: Results, requirement: str) -> str:
    """What the requirement demands, in the catalogue's words."""
    if requirement == SANITY:
        return "The bench works: in a plain room people see and hear each other."
    known = results.catalogue.requirements.get(requirement)
    return known.text if known else ""
