"""JUnit agrees with the verdicts, and is well-formed for any text of a subject."""

from __future__ import annotations

from pathlib import Path

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped
from sample_run import MIXED, finding, results

from conformance.judging import run_verdict
from conformance.reports.junit import junit, write_junit
from conformance.verdicts import Verdict


@pytest.mark.parametrize(
    ("verdict", "kind", "type_"),
    [
        (Verdict.PASS, None, None),
        (Verdict.WAIVED, None, None),
        (Verdict.NOT_APPLICABLE, Skipped, None),
        (Verdict.FAIL, Failure, "fail"),
        (Verdict.INCONCLUSIVE, Error, "inconclusive"),
        (Verdict.ERROR, Error, "error"),
    ],
)
def test_each_verdict_has_its_element(
    verdict: Verdict, kind: type | None, type_: str | None
) -> None:
    found = finding("WRONG-6", verdict=verdict, reason="why", waiver="known (link)")
    run = results([found]).model_copy(update={"verdict": run_verdict([found])})
    [case] = [c for s in junit(run) for c in s if c.classname == "conformance.WRONG-6"]
    if kind is None:
        assert not case.result
    else:
        [result] = case.result
        assert isinstance(result, kind)
        assert result.type == type_
        assert "why" in result.message
    assert (case.system_out is not None) == (verdict is Verdict.WAIVED)
    if verdict is Verdict.WAIVED:
        assert case.system_out == "waived: known (link)\nit failed: why"


def test_a_run_is_green_only_if_it_conforms() -> None:
    green = junit(results())
    assert (green.failures, green.errors, green.tests) == (0, 0, len(results().verdict.checks))
    mixed = junit(results(MIXED))
    assert (mixed.failures, mixed.errors, mixed.skipped) == (1, 2, 2)


def test_a_missing_check_is_an_error_of_type_inconclusive() -> None:
    run = results([f for f in results().findings if f.requirement != "WRONG-2"])
    [case] = [c for s in junit(run) for c in s if c.classname == "conformance.WRONG-2"]
    assert [(type(r), r.type) for r in case.result] == [(Error, "inconclusive")]


def test_problems_of_the_run_are_failures_or_errors_of_their_own() -> None:
    found = [finding("FLOW-1")]
    for problems, kind in (({"waiver_problems": ["healed"]}, Failure),
                           ({"bench_problems": ["lost"]}, Error)):  # fmt: skip
        verdict = run_verdict(found, **problems)
        run = results(found).model_copy(update={"verdict": verdict})
        [case] = [c for s in junit(run) for c in s if s.name == "run"]
        assert isinstance(case.result[0], kind)


def test_requirements_outside_the_profile_never_fail_a_run() -> None:
    found = [finding("FLOW-1"), finding("ROOM-5", verdict=Verdict.FAIL, reason="weakened")]
    run = results(found).model_copy(
        update={"verdict": run_verdict(found, profile=lambda one, _: one == "FLOW-1")}
    )
    document = junit(run)
    assert (document.failures, document.errors, document.skipped) == (0, 0, 1)


def test_a_check_of_several_rounds_is_one_case_that_shows_what_failed() -> None:
    found = [
        finding("FLOW-1", verdict=verdict, reason=f"{verdict} it is").model_copy(
            update={"round": turn}
        )
        for turn, verdict in enumerate([Verdict.PASS, Verdict.FAIL, Verdict.PASS], 1)
    ]
    run = results(found).model_copy(update={"verdict": run_verdict(found, rounds=3)})
    [case] = [c for s in junit(run) for c in s]
    [result] = case.result
    assert (type(result), result.type) == (Error, "inconclusive")
    assert result.message.startswith("unstable: held in 2 of 3 rounds")
    assert "round 2, fail: fail it is" in result.text
    assert "round 3" not in result.text


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    hostile = "]]></failure><testcase name='x'/>\x00\x1b[31m\ud800&<"
    found = [finding("WRONG-6", verdict=Verdict.FAIL, reason=hostile)]
    write_junit(results(found), tmp_path / "junit.xml")
    document = JUnitXml.fromfile(str(tmp_path / "junit.xml"))
    messages = [r.message for s in document for c in s for r in c.result if isinstance(r, Failure)]
    assert messages == ["]]></failure><testcase name='x'/>\\u0000\\u001b[31m\\ud800&<"]
