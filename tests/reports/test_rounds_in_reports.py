"""Every format shows the rounds of a repeated run, and the evidence against an unstable check."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console
from sample_run import finding, results

from conformance.judging import run_verdict
from conformance.reports.html.page import page
from conformance.reports.markdown import summary
from conformance.reports.model import Results
from conformance.reports.rounds import rows, sentence, shown
from conformance.reports.terminal.summary import print_summary
from conformance.verdicts import Finding, Verdict

PASS, FAIL = Verdict.PASS, Verdict.FAIL


def rounds_of(requirement: str, *verdicts: Verdict) -> list[Finding]:
    return [
        finding(requirement, verdict=verdict, reason=f"{requirement} {verdict}").model_copy(
            update={"round": turn}
        )
        for turn, verdict in enumerate(verdicts, 1)
    ]


def run(*found: Finding, rounds: int = 3) -> Results:
    return results(list(found)).model_copy(
        update={"verdict": run_verdict(list(found), rounds=rounds)}
    )


STEADY = rounds_of("FLOW-1", PASS, PASS, PASS)
FLAKY = rounds_of("FLOW-2", PASS, FAIL, PASS)


def test_unstable_checks_come_first_with_a_sign_for_each_round() -> None:
    first, second = rows(run(*STEADY, *FLAKY))
    assert (first.requirement, first.signs, first.unstable) == ("FLOW-2", "✓✗✓", True)
    assert (second.held, second.signs) == (
        "3 of 3 rounds (100 %; 95 % bounds 44 % to 100 %)",
        "✓✓✓",
    )


def test_the_sentence_has_counts_and_bounds() -> None:
    assert sentence(run(*STEADY)) == (
        "Each of 1 checks had the same verdict in all 3 rounds; a check that passed in all of "
        "them passes at least 44 % of the time (95 % confidence)."
    )
    assert sentence(run(*STEADY, *FLAKY)) == (
        "1 of 2 checks had different verdicts in 3 rounds; unstable (the rounds contradict each "
        "other): 1."
    )


def test_a_run_without_repetition_shows_no_rounds(tmp_path: Path) -> None:
    once = results()
    assert (rows(once), sentence(once)) == ([], "")
    assert "Round by round" not in summary(once) + page(once, tmp_path)


def test_one_good_round_and_every_other_is_shown() -> None:
    assert [f.round for f in shown(FLAKY)] == [1, 2]
    assert [f.round for f in shown(STEADY)] == [1]


def test_page_and_summary_show_the_failing_round(tmp_path: Path) -> None:
    flaky = run(*STEADY, *FLAKY)
    for text in (summary(flaky), page(flaky, tmp_path)):
        assert "unstable: held in 2 of 3 rounds" in text
        assert "Round by round" in text
        assert "✓✗✓" in text
    assert "zero-knowledge, round 2" in page(flaky, tmp_path)


def test_the_terminal_shows_unstable_checks_below_the_verdict() -> None:
    out = io.StringIO()
    print_summary(Console(file=out, width=200), run(*STEADY, *FLAKY))
    assert "unstable: held in 2 of 3 rounds" in out.getvalue()
    assert "1 of 2 checks had different verdicts" in out.getvalue()
    assert "exit status 3" in out.getvalue()
