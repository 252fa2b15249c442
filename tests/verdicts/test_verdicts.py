"""The rules of verdicts, as tables."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest

from conformance.judging import judge, run_verdict
from conformance.printable import printable
from conformance.verdicts import (
    SANITY,
    BenchError,
    ClaimFailed,
    ControlFailed,
    Evidence,
    Exit,
    Finding,
    InsufficientEvidence,
    NotApplicable,
    Verdict,
    verdict_of,
    worst,
)

PASS, WAIVED, NOT_APPLICABLE = Verdict.PASS, Verdict.WAIVED, Verdict.NOT_APPLICABLE
FAIL, INCONCLUSIVE, ERROR = Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR


def found(
    verdict: Verdict,
    requirement: str = "FLOW-1",
    room_kind: str = "simple",
    reason: str = "because",
) -> Finding:
    return Finding(
        requirement=requirement,
        room_kind=room_kind,
        check="x.py::test",
        verdict=verdict,
        reason=reason,
    )


@pytest.mark.parametrize(
    ("exception", "verdict"),
    [
        (None, PASS),
        (ClaimFailed("x"), FAIL),
        (ControlFailed("x"), INCONCLUSIVE),
        (InsufficientEvidence("x"), INCONCLUSIVE),
        (pytest.skip.Exception("x"), INCONCLUSIVE),
        (pytest.xfail.Exception("x"), INCONCLUSIVE),
        (NotApplicable("x", confirmed="neither in a plain room"), NOT_APPLICABLE),
        (NotApplicable("x"), INCONCLUSIVE),
        (BenchError("x"), ERROR),
        (AssertionError("x"), ERROR),
        (TimeoutError("x"), ERROR),
        (KeyboardInterrupt(), ERROR),
        (pytest.fail.Exception("x"), ERROR),
    ],
)
def test_the_way_a_check_ends_decides_its_verdict(
    exception: BaseException | None, verdict: Verdict
) -> None:
    assert verdict_of(exception) is verdict


ORDER = [FAIL, ERROR, INCONCLUSIVE, WAIVED, PASS, NOT_APPLICABLE]


def test_the_worst_of_two_is_the_more_severe_one_in_any_order() -> None:
    for one, other in permutations(Verdict, 2):
        assert worst([one, other]) is min(one, other, key=ORDER.index)


def test_nothing_judged_is_inconclusive() -> None:
    assert worst([]) is INCONCLUSIVE
    assert run_verdict([]).exit_code is Exit.INCONCLUSIVE
    assert run_verdict([]).problems == ["nothing was judged"]


@pytest.mark.parametrize(
    ("verdicts", "verdict", "exit_code"),
    [
        ([PASS], PASS, 0),
        ([PASS, NOT_APPLICABLE], PASS, 0),
        ([PASS, WAIVED], WAIVED, 0),
        ([NOT_APPLICABLE], INCONCLUSIVE, 3),
        ([PASS, INCONCLUSIVE], INCONCLUSIVE, 3),
        ([PASS, WAIVED, INCONCLUSIVE], INCONCLUSIVE, 3),
        ([PASS, ERROR, INCONCLUSIVE], ERROR, 2),
        ([PASS, ERROR, INCONCLUSIVE, FAIL], FAIL, 1),
    ],
)
def test_a_run_is_as_good_as_its_worst_requirement(
    verdicts: list[Verdict], verdict: Verdict, exit_code: int
) -> None:
    findings = [found(v, f"FLOW-{n}") for n, v in enumerate(verdicts, 1)]
    result = run_verdict(findings)
    assert (result.verdict, result.exit_code) == (verdict, exit_code)


def test_a_requirement_is_as_good_as_its_worst_check_and_says_that_ones_reason() -> None:
    [judgement] = judge([found(PASS, reason="fine"), found(FAIL, reason="not fine"), found(PASS)])
    assert (judgement.verdict, judgement.reason, judgement.checks) == (FAIL, "not fine", 3)
    assert judgement.counted


def test_room_kinds_are_judged_apart() -> None:
    judged = {
        j.room_kind: j.verdict
        for j in judge([found(PASS), found(FAIL, room_kind="zero-knowledge")])
    }
    assert judged == {"simple": PASS, "zero-knowledge": FAIL}


def test_an_expected_pair_without_a_finding_is_inconclusive() -> None:
    result = run_verdict([found(PASS)], expected=[("FLOW-1", "simple"), ("FLOW-2", "simple")])
    assert result.exit_code is Exit.INCONCLUSIVE
    assert [(j.requirement, j.verdict) for j in result.judgements] == [
        ("FLOW-1", PASS),
        ("FLOW-2", INCONCLUSIVE),
    ]
    unjudged = result.judgements[1]
    assert (unjudged.reason, unjudged.checks) == ("no check of this run judged it", 0)
    assert not result.partial
    assert run_verdict([found(PASS)], partial=True).partial


def test_a_failed_sanity_check_makes_the_run_an_error_and_keeps_what_was_found() -> None:
    result = run_verdict([found(FAIL), found(FAIL, SANITY, "plain", "nobody sees anybody")])
    assert result.exit_code is Exit.BROKE
    assert result.problems == ["the sanity check did not pass: nobody sees anybody"]
    assert result.counts() == dict.fromkeys(Verdict, 0) | {FAIL: 1}


def test_a_run_with_two_errors_is_still_judged() -> None:
    result = run_verdict([found(FAIL, SANITY, "plain", "dark")], bench_problems=["lost"])
    assert result.problems == ["the sanity check did not pass: dark", "lost"]


@pytest.mark.parametrize("checks", [0, 1])
def test_a_run_without_its_first_or_last_sanity_check_is_an_error(checks: int) -> None:
    findings = [found(PASS), *[found(PASS, SANITY, "plain")] * checks]
    result = run_verdict(findings, expected=[(SANITY, "plain")])
    assert result.exit_code is Exit.BROKE


def test_a_run_with_both_sanity_checks_conforms() -> None:
    findings = [found(PASS, SANITY, "plain"), found(PASS), found(PASS, SANITY, "plain")]
    result = run_verdict(findings, expected=[(SANITY, "plain")])
    assert (result.exit_code, result.problems) == (Exit.CONFORMS, [])
    assert result.counts()[PASS] == 1


def test_a_sanity_check_that_ran_once_is_reported() -> None:
    result = run_verdict([found(PASS, SANITY, "plain")], expected=[(SANITY, "plain")])
    assert result.problems == [
        "the sanity check ran only once: it must run first and last in a run"
    ]


def test_sanity_alone_is_not_a_verdict_about_the_subject() -> None:
    result = run_verdict([found(PASS, SANITY, "plain")] * 2)
    assert (result.exit_code, result.problems) == (Exit.INCONCLUSIVE, ["nothing was judged"])


def test_a_run_in_which_nothing_applies_is_reported() -> None:
    result = run_verdict([found(NOT_APPLICABLE)])
    assert result.exit_code is Exit.INCONCLUSIVE
    assert result.problems == ["nothing that was judged applies to this subject"]


def test_a_waiver_problem_fails_and_a_bench_problem_breaks_the_run() -> None:
    assert run_verdict([found(PASS)], waiver_problems=["healed"]).exit_code is Exit.FAILS
    assert run_verdict([found(PASS)], bench_problems=["lost"]).exit_code is Exit.BROKE
    both = run_verdict([found(PASS)], waiver_problems=["healed"], bench_problems=["lost"])
    assert (both.exit_code, both.problems) == (Exit.FAILS, ["lost", "healed"])


def test_requirements_outside_the_profile_are_shown_and_decide_nothing() -> None:
    result = run_verdict(
        [found(PASS), found(FAIL, "ROOM-5")], profile=lambda requirement, _: requirement == "FLOW-1"
    )
    assert result.exit_code is Exit.CONFORMS
    assert [(j.requirement, j.counted) for j in result.judgements] == [
        ("FLOW-1", True),
        ("ROOM-5", False),
    ]
    assert result.counts()[FAIL] == 0


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plain, 日本語 ✓ naïve", "plain, 日本語 ✓ naïve"),
        ("\x1b[31mred\x07", "\\u001b[31mred\\u0007"),
        ("\ud800 alone", "\\ud800 alone"),
        ("nice\u202egnp.exe", "nice\\u202egnp.exe"),
        ("two\nlines", "two\nlines"),
        ("a\ttab, X", "a\ttab, X"),
        ("\uffff\U0010ffff", "\\uffff\\U0010ffff"),
        ("\U000f0000", "\\U000f0000"),
    ],
)
def test_harmful_characters_are_made_visible(given: str, kept: str) -> None:
    finding = found(FAIL, reason=given)
    finding.evidence.append(Evidence(kind=given, summary=given, data={given: [{"deep": given}]}))
    assert finding.reason == kept
    assert finding.evidence[0].data == {kept: [{"deep": kept}]}
    assert Finding.model_validate_json(finding.model_dump_json()) == finding


def test_a_profile_is_asked_with_the_kind_of_room() -> None:
    result = run_verdict(
        [found(FAIL), found(PASS, room_kind="zero-knowledge")],
        profile=lambda _, room_kind: room_kind == "zero-knowledge",
    )
    assert result.exit_code is Exit.CONFORMS


@pytest.mark.parametrize(("lists", "shown"), [(60, 60), (61, 60), (900, 60)])
def test_data_is_shown_to_a_depth_and_then_truncated(lists: int, shown: int) -> None:
    nested: object = "end"
    for _ in range(lists):
        nested = [nested]
    text = json.dumps(printable(nested), ensure_ascii=False)
    assert text.count("[") == min(lists, shown + 1)
    assert ('["…"]' in text) is (lists > shown + 1)
    named: object = "end"
    for _ in range(lists):
        named = {"a": named}
    text = json.dumps(printable(named), ensure_ascii=False)
    assert ('{"a": "…"}' in text) is (lists > shown + 1)
    assert text.count("{") == min(lists, shown + 1)


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_numbers_unknown_to_json_are_shown_in_words(value: float) -> None:
    assert printable({"n": value}) == {"n": str(value)}


def test_evidence_takes_any_data_and_stays_json() -> None:
    data = {"raw": b"\x01\xff", "where": Path("a/b"), 3: {1}, "none": None, "n": 1.5}
    evidence = Evidence(kind="frame", summary="bytes", data=data)  # type: ignore[arg-type]
    assert json.loads(evidence.model_dump_json())["data"] == {
        "raw": "01ff", "where": "a/b", "3": [1], "none": None, "n": 1.5,
    }  # fmt: skip
