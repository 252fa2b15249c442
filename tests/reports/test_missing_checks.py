"""A check that a run had to judge and did not is shown by every format, and is never green."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_run import findings, results

from conformance.judging import run_verdict
from conformance.manifest import manifest
from conformance.reports.model import load_results
from conformance.reports.write import write_report
from conformance.verdicts import Exit, Verdict


@pytest.mark.parametrize("rounds", [1, 3])
def test_every_format_shows_a_missing_check(tmp_path: Path, rounds: int) -> None:
    missing = manifest()[0]
    verdict = run_verdict(findings(), missing=[missing], partial=True, rounds=rounds)
    write_report(results().model_copy(update={"verdict": verdict}), tmp_path)
    assert load_results(tmp_path / "results.json").verdict.exit_code is Exit.INCONCLUSIVE
    if rounds == 1:
        assert "did not run" in (tmp_path / "index.html").read_text("utf-8")
        assert "did not run" in (tmp_path / "junit.xml").read_text("utf-8")
        assert "did not run" in (tmp_path / "summary.md").read_text("utf-8")


def test_a_missing_check_does_not_hide_a_failure() -> None:
    missing = manifest()[0]
    (place,) = missing.places
    failed = [
        one.model_copy(update={"verdict": Verdict.FAIL})
        if (one.requirement, one.room_kind) == place
        else one
        for one in findings()
    ]
    verdict = run_verdict(failed, missing=[missing])
    (judgement,) = (
        j for j in verdict.judgements if (j.requirement, j.room_kind) == place
    )  # fmt: skip
    assert judgement.verdict is Verdict.FAIL
    assert verdict.exit_code is Exit.FAILS
