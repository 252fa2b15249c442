"""A soak counts wrong verdicts separately from undecided ones."""

from __future__ import annotations

from sample_run import finding, results

from conformance.judging import run_verdict
from conformance.reports.soak import Soak, SoakRun, as_markdown
from conformance.verdicts import Exit, Verdict


def run(verdict: Verdict, disturbance: str = "packet-loss", broken: str | None = None) -> SoakRun:
    found = [finding("FLOW-1"), finding("WRONG-2", verdict=verdict, reason="mallory saw alice")]
    given = results(found).model_copy(
        update={"verdict": run_verdict(found), "broken_rules": [broken] if broken else []}
    )
    return SoakRun.of(disturbance, given)


def test_of_a_sound_subject_only_a_failure_is_wrong() -> None:
    wrong = ["WRONG-2 (zero-knowledge) fail: mallory saw alice"]
    assert [run(v).wrong for v in Verdict] == [wrong if v is Verdict.FAIL else [] for v in Verdict]
    assert run(Verdict.INCONCLUSIVE).open == [
        "WRONG-2 (zero-knowledge) inconclusive: mallory saw alice"
    ]


def test_of_a_broken_subject_a_pass_is_wrong() -> None:
    assert run(Verdict.PASS, broken="render-nothing").wrong == ["nobody noticed render-nothing"]
    assert run(Verdict.FAIL, broken="render-nothing").wrong == []
    assert run(Verdict.INCONCLUSIVE, broken="render-nothing").wrong == []


def test_the_exit_status_is_about_the_suite() -> None:
    def status(*verdicts: Verdict) -> Exit:
        return Soak(runs=[run(verdict) for verdict in verdicts]).exit_code

    assert status(Verdict.PASS, Verdict.INCONCLUSIVE) is Exit.CONFORMS
    assert status(Verdict.PASS, Verdict.ERROR) is Exit.BROKE
    assert status(Verdict.ERROR, Verdict.FAIL) is Exit.FAILS
    assert status(Verdict.INCONCLUSIVE) is Exit.INCONCLUSIVE


def test_the_table_has_a_row_for_each_disturbance() -> None:
    soak = Soak(runs=[run(Verdict.PASS, "none"), run(Verdict.PASS), run(Verdict.INCONCLUSIVE)])
    assert [row.cells for row in soak.rows()] == [
        ["none", "1", "1 pass", "2 pass", "0"],
        ["packet-loss", "2", "1 pass, 1 inconclusive", "3 pass, 1 inconclusive", "0"],
    ]
    text = as_markdown(soak)
    assert "| packet-loss | 2 | 1 pass, 1 inconclusive | 3 pass, 1 inconclusive | 0 |" in text
    assert "Open:" in text
    assert "Wrong:" not in text
