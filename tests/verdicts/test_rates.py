"""Wilson's interval against published values, and properties of every interval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.rates import Rate, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_intervals(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (3, 2), (-1, 2)])
def test_an_invalid_share_is_refused(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="trials"):
        wilson(successes, trials)


@st.composite
def shares(draw: st.DrawFn) -> tuple[int, int]:
    trials = draw(st.integers(1, 500))
    return draw(st.integers(0, trials)), trials


@given(shares())
def test_the_bounds_enclose_the_share_and_mirror_its_complement(share: tuple[int, int]) -> None:
    successes, trials = share
    low, high = wilson(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
    assert (1 - high, 1 - low) == pytest.approx(wilson(trials - successes, trials))


@given(st.integers(1, 200))
def test_more_passing_rounds_raise_the_bound_but_never_to_one(rounds: int) -> None:
    assert wilson(rounds, rounds)[0] < wilson(rounds + 1, rounds + 1)[0] < 1


def test_a_rate_in_words() -> None:
    assert Rate.of(4, 5).words == "4 of 5 rounds (80 %; 95 % bounds 38 % to 96 %)"
