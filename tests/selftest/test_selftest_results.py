"""The self-test's choice of checks for a fault, and its report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from conformance.reports.selftest.collect import FaultCollector, missing
from conformance.reports.selftest.page import print_selftest, write_selftest
from conformance.selftest import Fault
from conformance.selftest.choice import Check, Choice, Part, checks_by_fault
from conformance.selftest.results import Outcome, SelfTestResults, judge_fault
from conformance.verdicts import Evidence, Finding, Verdict
from tests.selftest.test_faults import fault, variation

FAULT = fault(may=[{"what": ["REFUSE-1"], "why": "the same bot is sent"}])


def said(requirement: str, verdict: Verdict, room_kind: str = "simple") -> Finding:
    return Finding(
        requirement=requirement, room_kind=room_kind, check="a", verdict=verdict, reason="because"
    )


@pytest.mark.parametrize(
    ("findings", "outcome"),
    [
        ([said("REFUSE-2", Verdict.FAIL)], Outcome.NOTICED),
        ([said("REFUSE-2", Verdict.PASS)], Outcome.MISSED),
        ([said("REFUSE-2", Verdict.INCONCLUSIVE)], Outcome.MISSED),
        ([said("REFUSE-2", Verdict.ERROR)], Outcome.MISSED),
        ([], Outcome.MISSED),
        ([said("REFUSE-2", Verdict.FAIL), said("REFUSE-1", Verdict.FAIL)], Outcome.NOTICED),
        ([said("REFUSE-2", Verdict.FAIL), said("ROOM-1", Verdict.PASS)], Outcome.NOTICED),
        ([said("REFUSE-2", Verdict.FAIL), said("ROOM-1", Verdict.INCONCLUSIVE)], Outcome.NOTICED),
        ([said("REFUSE-2", Verdict.FAIL), said("ROOM-1", Verdict.FAIL)], Outcome.OVER_REPORTED),
        ([said("REFUSE-2", Verdict.FAIL), said("ROOM-1", Verdict.ERROR)], Outcome.OVER_REPORTED),
        (
            [said("REFUSE-2", Verdict.FAIL), said("REFUSE-2", Verdict.PASS, "zero-knowledge")],
            Outcome.MISSED,
        ),
        ([said("REFUSE-2", Verdict.PASS), said("REFUSE-2", Verdict.FAIL)], Outcome.NOTICED),
    ],
)
def test_a_fault_is_noticed_by_exactly_the_required_checks(
    findings: list[Finding], outcome: Outcome
) -> None:
    assert judge_fault(FAULT, findings).outcome is outcome


def test_a_fault_is_noticed_only_for_the_stated_reason() -> None:
    stated = fault(reason="recorder (was|got) told")
    right = said("REFUSE-2", Verdict.FAIL).model_copy(update={"reason": "a Recorder was told"})
    other = said("REFUSE-2", Verdict.FAIL)
    passed = right.model_copy(update={"verdict": Verdict.PASS})
    assert judge_fault(stated, [right]).outcome is Outcome.NOTICED
    assert judge_fault(stated, [right, other]).outcome is Outcome.NOTICED
    assert judge_fault(stated, [other]).outcome is Outcome.MISSED
    assert judge_fault(stated, [passed, other]).outcome is Outcome.MISSED
    evidence = Evidence(kind="log", summary="the recorder got told at 12:00")
    assert (
        judge_fault(stated, [other.model_copy(update={"evidence": [evidence]})]).outcome
        is Outcome.NOTICED
    )
    (cell,) = judge_fault(stated, [other]).cells
    assert (cell.right, cell.said, cell.wanted) == (False, False, "recorder (was|got) told")
    assert missing(cell) == " (no finding says 'recorder (was|got) told')"


def test_a_fault_of_the_controls_wants_inconclusive() -> None:
    one = fault(verdict="inconclusive")
    assert judge_fault(one, [said("REFUSE-2", Verdict.INCONCLUSIVE)]).outcome is Outcome.NOTICED
    assert judge_fault(one, [said("REFUSE-2", Verdict.FAIL)]).outcome is Outcome.MISSED


@pytest.mark.parametrize(
    ("findings", "outcome"),
    [
        ([said("REFUSE-2", Verdict.PASS)], Outcome.ACCEPTED),
        ([said("REFUSE-2", Verdict.FAIL)], Outcome.OVER_REPORTED),
        ([said("REFUSE-2", Verdict.INCONCLUSIVE)], Outcome.OVER_REPORTED),
        ([said("REFUSE-2", Verdict.PASS), said("ROOM-1", Verdict.FAIL)], Outcome.OVER_REPORTED),
        ([said("ROOM-1", Verdict.PASS)], Outcome.MISSED),
    ],
)
def test_a_sound_variation_has_to_pass(findings: list[Finding], outcome: Outcome) -> None:
    assert judge_fault(variation(), findings).outcome is outcome


def test_the_page_counts_variations_apart(tmp_path: Path) -> None:
    passed = judge_fault(variation(), [said("REFUSE-2", Verdict.PASS)])
    noticed = judge_fault(FAULT, [said("REFUSE-2", Verdict.FAIL)])
    results = SelfTestResults(started="2026-11-28", command="x", tried=[passed, noticed])
    assert results.holds
    page = write_selftest(results, tmp_path).read_text(encoding="utf-8")
    assert "1 of 1 faults were noticed by what had to and 1 of 1 sound variations" in page
    assert "must pass" in page


def test_a_fault_that_nothing_covers_waits(waiting: str) -> None:
    assert judge_fault(fault(must=[waiting]), []).outcome is Outcome.WAITS


def check(
    requirement: str, room_kind: str = "simple", place: str = "", browser: bool = False
) -> Check:
    return Check(f"{requirement}[{room_kind}]", (requirement,), room_kind, place, browser)


CHECKS = [
    check("ROOM-4", "-"),
    check("SECRET-2"),
    check("SECRET-3"),
    *(
        check(one, "zero-knowledge", "shared_room", True)
        for one in ("WRONG-6", "NOKEY-6", "WRONG-8")
    ),
    check("BLIND-6", "zero-knowledge", "browser_traces", True),
    check("BLIND-6", "simple", "browser_traces", True),
]


def test_required_checks_run_with_a_sample_in_the_same_room() -> None:
    (found,) = checks_by_fault(Choice(ids=["errors-swallowed"]), CHECKS).values()
    assert {one.key for one in found} == {f"{one}[zero-knowledge]" for one in
                                          ("WRONG-6", "NOKEY-6", "WRONG-8")}  # fmt: skip
    assert checks_by_fault(Choice(ids=["errors-swallowed"]), CHECKS) == {"errors-swallowed": found}


def test_a_fault_may_name_the_checks_of_a_requirement_that_notice_it() -> None:
    """The others of that requirement are left out; another requirement's are not."""
    at_rest, disrupted = (
        check("BLIND-3", "zero-knowledge"),
        check("BLIND-3", "zero-knowledge", "two_sessions"),
    )
    disrupted = replace(disrupted, key="whatever_happens")
    elsewhere = check("ROOM-2", "zero-knowledge")
    (found,) = checks_by_fault(
        Choice(ids=["downgrade-followed"]), [at_rest, disrupted, elsewhere]
    ).values()
    assert found == [at_rest, disrupted, elsewhere]
    at_rest = replace(at_rest, key="sfu_forwards_only_ciphertext")
    (found,) = checks_by_fault(
        Choice(ids=["downgrade-followed"]), [at_rest, disrupted, elsewhere]
    ).values()
    assert found == [at_rest, elsewhere]


def test_no_sample_fills_a_room_for_a_fault_that_needs_none() -> None:
    (found,) = checks_by_fault(Choice(ids=["own-key-accepted"]), CHECKS).values()
    assert not any(one.browser for one in found)


def test_without_a_browser_only_faults_that_need_none_run() -> None:
    tried = checks_by_fault(Choice(browser=False), CHECKS)
    assert "own-key-accepted" in tried
    assert "secret-stored" not in tried


def test_three_thirds_are_complete_and_share_nothing() -> None:
    def tried(part: Part | None) -> set[str]:
        return {one for one, checks in checks_by_fault(Choice(part=part), CHECKS).items() if checks}

    whole = tried(None)
    thirds = [tried(Part(number, 3)) for number in range(3)]
    assert set.union(*thirds) == whole
    assert sum(len(third) for third in thirds) == len(whole)


def test_the_part_of_a_day_follows_the_calendar() -> None:
    days = [Part.read("today/3", date(2026, 3, day)).number for day in range(1, 7)]
    assert days[:3] == days[3:]
    assert sorted(days[:3]) == [0, 1, 2]


@pytest.mark.parametrize("text", ["3/3", "1", "today", "tomorrow/3", "0/0", "-1/3", "1/3 "])
def test_an_invalid_part_is_refused(text: str) -> None:
    assert Part.read("2/3", date(2026, 3, 1)) == Part(2, 3)
    with pytest.raises(ValueError, match="is no part"):
        Part.read(text, date(2026, 3, 1))


def test_an_area_selects_the_faults_that_it_must_notice() -> None:
    assert all("KEY" in one.areas for one in Choice(areas=["KEY"]).faults())


def results_of(*findings: Finding, one: Fault = FAULT) -> SelfTestResults:
    tried = judge_fault(one, list(findings))
    return SelfTestResults(
        started="2026-11-25T12:00:00+00:00", command="conform selftest", tried=[tried]
    )


def test_a_self_test_holds_only_if_something_was_noticed_and_nothing_missed() -> None:
    assert results_of(said("REFUSE-2", Verdict.FAIL)).holds
    assert not results_of(said("REFUSE-2", Verdict.PASS)).holds
    assert not results_of(one=fault(must=["ROOM-5"])).holds


def test_the_matrix_and_the_page_say_what_was_missed(tmp_path: Path) -> None:
    results = results_of(said("REFUSE-2", Verdict.PASS), said("ROOM-1", Verdict.FAIL))
    page = write_selftest(results, tmp_path)
    text = page.read_text(encoding="utf-8")
    assert "1 missed" in text
    assert "because" in text
    assert SelfTestResults.model_validate_json((tmp_path / "selftest.json").read_bytes()) == results
    console = Console(file=StringIO(), width=160)
    print_selftest(console, results, page)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "REFUSE-2/simple (must notice): pass: because" in shown
    assert "ROOM-1/simple (unrelated): fail: because" in shown


def test_a_subjects_reason_is_no_markup_on_the_page(tmp_path: Path) -> None:
    hostile = said("REFUSE-2", Verdict.FAIL).model_copy(update={"reason": "<script>[bold]"})
    results = results_of(hostile)
    assert "<script>" not in write_selftest(results, tmp_path).read_text(encoding="utf-8")
    print_selftest(Console(file=StringIO()), results, tmp_path)


def test_a_self_test_without_faults_is_a_problem(tmp_path: Path) -> None:
    collector = FaultCollector(Choice(), tmp_path, "conform selftest", Console(file=StringIO()))
    results = collector.results(interrupted=False)
    assert not results.holds
    assert results.problems == ["no fault matches this choice"]


def test_an_interrupted_self_test_does_not_blame_the_choice(tmp_path: Path) -> None:
    collector = FaultCollector(Choice(), tmp_path, "conform selftest", Console(file=StringIO()))
    results = collector.results(interrupted=True)
    assert not results.holds
    assert results.problems == ["the self-test was interrupted before it had finished"]
