"""Reports show the verdicts of all profiles on one run side by side."""

from __future__ import annotations

from pathlib import Path

from conformance.catalogue import catalogue
from conformance.reports.html.page import page
from conformance.reports.markdown import summary
from conformance.reports.profiles import columns, demanded_by
from conformance.verdicts import SANITY, Verdict
from tests.reports.sample_run import finding, results


def test_a_failure_that_one_profile_does_not_demand_is_in_the_others_column_only() -> None:
    found = [
        finding(SANITY, "plain"),
        finding("REFUSE-3", "simple", verdict=Verdict.FAIL, reason="transcription was accepted"),
        finding("REFUSE-3", "zero-knowledge"),
        finding(SANITY, "plain"),
    ]
    run = results(found)
    run.verdict.judgements = [j for j in run.verdict.judgements if j.checks]
    article, documented = columns(run)
    assert (article.key.partition("@")[0], article.verdict) == ("article", Verdict.FAIL)
    assert article.words == "1 pass, 1 fail"
    assert documented.verdict is Verdict.PASS
    assert documented.words == "1 pass"


def test_no_profile_is_better_than_a_run_error() -> None:
    run = results([finding(SANITY, "plain", verdict=Verdict.FAIL), finding("FLOW-1", "simple")])
    assert {column.verdict for column in columns(run)} == {Verdict.ERROR}


def test_the_page_and_the_summary_show_the_columns(tmp_path: Path) -> None:
    run = results()
    assert "By article" in summary(run)
    html = page(run, tmp_path)
    assert "By profile documented" in html
    assert "Demanded by article, documented (zero-knowledge)." in html


def test_profiles_that_demand_a_requirement_are_named() -> None:
    profiles = catalogue().newest_profiles()
    assert demanded_by(catalogue()["REFUSE-1"], profiles) == "article, documented (zero-knowledge)"
    assert demanded_by(catalogue()["ROOM-5"], profiles) == ""
