"""The words and signs for verdicts in all report formats."""

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

HEADLINE: Final[Mapping[Verdict, str]] = {
    Verdict.PASS: "Conforms",
    Verdict.WAIVED: "Conforms, with waivers",
    Verdict.NOT_APPLICABLE: "Nothing applies",
    Verdict.FAIL: "Does not conform",
    Verdict.INCONCLUSIVE: "Inconclusive",
    Verdict.ERROR: "The harness failed",
}

GREEN: Final = frozenset({Verdict.PASS, Verdict.NOT_APPLICABLE})
"""Verdicts that need no attention."""


def headline(results: Results) -> str:
    """The verdict of the run in a few words, with exclusions and whether the run is partial."""
    words = HEADLINE[results.verdict.verdict]
    if results.exclusions:
        words += f", {len(results.exclusions)} excluded"
    return f"{words} (partial run)" if results.verdict.partial else words


def sentence(results: Results) -> str:
    """The meaning of the run's verdict in one sentence, with counts."""
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
            return "A waiver is expired, is outdated or matches nothing."
        case Verdict.ERROR:
            return "This says nothing about the subject; the findings are still shown."
        case _ if any(check.unstable for check in results.verdict.checks):
            return f"{passed} of {promises} held; some held in one round and not in another."
        case _:
            return f"{passed} of {promises} held; none failed, but not all could be judged."


def attention(results: Results) -> list[Judgement]:
    """The counted judgements that are not green, the most severe first."""
    order = [Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.WAIVED]
    concerning = [j for j in results.verdict.judgements if j.counted and j.verdict not in GREEN]
    return sorted(concerning, key=lambda j: order.index(j.verdict))


def promise(results: Results, requirement: str) -> str:
    """The text of the requirement in the catalogue; "" for an unknown id."""
    if requirement == SANITY:
        return "The harness works: in a plain room two participants see and hear each other."
    known = results.catalogue.requirements.get(requirement)
    return known.text if known else ""
