"""The verdict of several rounds: no majority decides, and no check is retried until it passes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.judging import judge_checks, over_rounds, run_verdict
from conformance.verdicts import (
    SANITY,
    Exit,
    Finding,
    Verdict,
    worst,
)

PASS, WAIVED, NOT_APPLICABLE = Verdict.PASS, Verdict.WAIVED, Verdict.NOT_APPLICABLE
FAIL, INCONCLUSIVE, ERROR = Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR

ROUNDS = st.lists(st.sampled_from([*Verdict, None]), min_size=1, max_size=8)


def found(verdict: Verdict, turn: int, check: str = "x.py::test") -> Finding:
    return Finding(
        requirement="FLOW-1",
        room_kind="simple",
        check=check,
        verdict=verdict,
        reason=f"{verdict} of round {turn}",
        round=turn,
    )


def all_found(verdicts: Sequence[Verdict | None]) -> list[Finding]:
    return [found(verdict, turn) for turn, verdict in enumerate(verdicts, 1) if verdict]


@pytest.mark.parametrize(
    ("rounds", "verdict", "unstable"),
    [
        ([PASS, PASS], PASS, False),
        ([FAIL, FAIL], FAIL, False),
        ([WAIVED, WAIVED], WAIVED, False),
        ([NOT_APPLICABLE, NOT_APPLICABLE], NOT_APPLICABLE, False),
        ([FAIL, PASS], INCONCLUSIVE, True),
        ([PASS, PASS, PASS, FAIL], INCONCLUSIVE, True),
        ([WAIVED, PASS], INCONCLUSIVE, True),
        ([NOT_APPLICABLE, PASS], INCONCLUSIVE, True),
        ([NOT_APPLICABLE, FAIL], INCONCLUSIVE, True),
        ([FAIL, PASS, ERROR], ERROR, True),
        ([FAIL, PASS, INCONCLUSIVE], INCONCLUSIVE, True),
        ([FAIL, WAIVED], FAIL, False),
        ([FAIL, INCONCLUSIVE], FAIL, False),
        ([FAIL, ERROR], FAIL, False),
        ([FAIL, None], FAIL, False),
        ([PASS, INCONCLUSIVE], INCONCLUSIVE, False),
        ([PASS, ERROR], ERROR, False),
        ([PASS, None], INCONCLUSIVE, False),
        ([WAIVED, INCONCLUSIVE], INCONCLUSIVE, False),
    ],
)
def test_the_rounds_of_a_check(
    rounds: list[Verdict | None], verdict: Verdict, unstable: bool
) -> None:
    assert over_rounds(rounds) == (verdict, unstable)


@given(ROUNDS)
def test_a_check_is_green_only_if_every_round_is(rounds: list[Verdict | None]) -> None:
    verdict, _ = over_rounds(rounds)
    assert (verdict is PASS) == (set(rounds) == {PASS})
    if verdict in (PASS, WAIVED, NOT_APPLICABLE):
        assert set(rounds) == {verdict}


@given(ROUNDS)
def test_a_failed_round_never_turns_green(rounds: list[Verdict | None]) -> None:
    assert over_rounds([*rounds, FAIL])[0] in (FAIL, INCONCLUSIVE, ERROR)


@given(ROUNDS, st.randoms())
def test_the_order_of_rounds_does_not_matter(rounds: list[Verdict | None], shuffle: object) -> None:
    other = list(rounds)
    shuffle.shuffle(other)  # type: ignore[attr-defined]
    assert over_rounds(rounds) == over_rounds(other)


@given(ROUNDS)
def test_one_more_round_never_improves_the_verdict(rounds: list[Verdict | None]) -> None:
    before, _ = over_rounds(rounds)
    for verdict in Verdict:
        after, _ = over_rounds([*rounds, verdict])
        assert (after is PASS) <= (before is PASS)


@given(st.sampled_from(list(Verdict)))
def test_a_single_round_says_what_it_says(verdict: Verdict) -> None:
    assert over_rounds([verdict]) == (worst([verdict]), False)


def test_an_unstable_check_shows_its_rate_and_what_failed() -> None:
    result = run_verdict(all_found([PASS, PASS, FAIL, PASS, PASS]), rounds=5)
    [check], [judgement] = result.checks, result.judgements
    assert check.unstable
    assert (check.verdict, judgement.verdict) == (INCONCLUSIVE, INCONCLUSIVE)
    assert judgement.reason == (
        "unstable: held in 4 of 5 rounds (80 %; 95 % bounds 38 % to 96 %); "
        "round 3, fail: fail of round 3"
    )
    assert result.exit_code is Exit.INCONCLUSIVE


def test_a_missing_round_is_not_green_and_is_named() -> None:
    result = run_verdict(all_found([PASS, PASS, None, PASS, None]), rounds=5)
    assert result.exit_code is Exit.INCONCLUSIVE
    assert result.judgements[0].reason.endswith("did not run in round 3, 5")


def test_a_steady_check_keeps_its_own_reason() -> None:
    [check] = judge_checks(all_found([FAIL, FAIL]), 2)
    assert (check.verdict, check.reason) == (FAIL, "fail of round 1")
    assert check.rate is not None
    assert check.rate.passed == 0


def test_a_check_that_is_not_applicable_has_no_rate() -> None:
    [check] = judge_checks(all_found([NOT_APPLICABLE] * 3), 3)
    assert (check.rate, check.verdict) == (None, NOT_APPLICABLE)


def test_the_worst_verdict_of_a_round_counts() -> None:
    findings = [found(PASS, 1), found(ERROR, 1), found(PASS, 2)]
    [check] = judge_checks(findings, 2)
    assert check.rounds == [ERROR, PASS]


def test_checks_are_judged_separately_and_the_worst_decides() -> None:
    findings = [*all_found([PASS, FAIL]), found(PASS, 1, "y"), found(PASS, 2, "y")]
    result = run_verdict(findings, rounds=2)
    assert [check.verdict for check in result.checks] == [INCONCLUSIVE, PASS]
    assert (result.judgements[0].verdict, result.judgements[0].checks) == (INCONCLUSIVE, 4)


def test_the_sanity_check_is_of_the_run_and_not_of_a_round() -> None:
    sane = [
        Finding(requirement=SANITY, room_kind="plain", check=c, verdict=PASS, reason="fine")
        for c in ("first", "last")
    ]
    result = run_verdict([*sane, *all_found([PASS, PASS])], rounds=2, expected=[(SANITY, "plain")])
    assert result.exit_code is Exit.CONFORMS
