"""A pair of tones is read as its own identity; all other sound gives nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from conformance.observers.marks import tones
from conformance.observers.marks.mark import mark_for
from conformance.observers.marks.tones import (
    GRID,
    PAIRS,
    SAMPLE_RATE,
    WINDOW,
    detect,
    pair_of,
)

TIME = np.arange(WINDOW) / SAMPLE_RATE
seeds = st.integers(0, 2**32 - 1)


def sines(*tones: tuple[float, float], phase: float = 0.0) -> NDArray[np.float64]:
    """A sum of (frequency, amplitude)."""
    total = np.zeros(WINDOW)
    for frequency, amplitude in tones:
        total += amplitude * np.sin(2 * np.pi * frequency * TIME + phase)
    return total


@given(st.sampled_from(PAIRS), st.floats(0.01, 0.5), st.floats(0.6, 1.0), st.floats(0, 6.3))
def test_a_pair_is_read_loud_or_soft(
    pair: tuple[int, int], level: float, balance: float, phase: float
) -> None:
    heard = sines((pair[0], level), (pair[1], level * balance), phase=phase)
    assert detect(heard) == pair


@given(st.sampled_from(PAIRS), seeds)
def test_a_pair_is_read_through_some_noise(pair: tuple[int, int], seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 0.03, WINDOW)
    assert detect(sines((pair[0], 0.16), (pair[1], 0.16)) + noise) == pair


@given(seeds, st.floats(0.0001, 1.0))
def test_noise_is_never_a_pair(seed: int, level: float) -> None:
    random = np.random.default_rng(seed)
    white = random.normal(0, level, WINDOW)
    assert detect(white) is None
    assert detect(np.cumsum(white) / 50) is None
    assert detect(np.where(random.random(WINDOW) < 0.01, level, 0.0)) is None


@given(seeds)
@settings(max_examples=200)
def test_garbage_with_tones_of_its_own_is_never_a_pair(seed: int) -> None:
    """Decoded ciphertext: a few strong bands at changing frequencies."""
    random = np.random.default_rng(seed)
    tones = [(random.uniform(100, 7000), random.uniform(0.01, 0.3)) for _ in range(6)]
    assert detect(sines(*tones)) is None


@given(st.sampled_from(GRID), st.floats(20, 7900))
def test_one_tone_of_the_grid_and_one_off_it_is_never_a_pair(good: int, other: float) -> None:
    if any(abs(other - f) < 12 for f in GRID):
        return
    assert detect(sines((good, 0.16), (other, 0.16))) is None


@pytest.mark.parametrize("frequency", GRID)
def test_a_single_tone_is_never_a_pair(frequency: int) -> None:
    assert detect(sines((frequency, 0.3))) is None


@given(st.lists(st.sampled_from(PAIRS), min_size=2, max_size=2, unique=True))
def test_two_people_in_one_sound_give_no_identity(pairs: list[tuple[int, int]]) -> None:
    tones = [(float(f), 0.16) for pair in pairs for f in pair]
    assert detect(sines(*tones)) is None


def test_silence_and_broken_samples_are_nothing() -> None:
    assert detect(np.zeros(WINDOW)) is None
    assert detect(np.full(WINDOW, 0.5)) is None
    assert detect(np.full(WINDOW, np.nan)) is None
    assert detect(np.full(WINDOW, np.inf)) is None


@given(st.integers(0, 100_000), st.text(max_size=10))
def test_people_of_one_room_have_tones_and_identities_of_their_own(index: int, salt: str) -> None:
    marks = [mark_for(index + i, salt) for i in range(len(PAIRS))]
    assert len({mark.tones for mark in marks}) == len(PAIRS)
    assert len({mark.identity for mark in marks}) == len(PAIRS)
    assert all(pair_of(mark.identity) == mark.tones for mark in marks)


def test_five_consecutive_people_share_no_tone() -> None:
    assert len(set(PAIRS)) == 120
    assert all(high - low > 180 for low, high in PAIRS)
    for start in range(len(PAIRS)):
        five = [tone for i in range(5) for tone in PAIRS[(start + i) % len(PAIRS)]]
        assert len(set(five)) == 10, start


def test_a_screen_has_other_tones_than_any_microphone_near() -> None:
    for identity in range(len(tones.PAIRS)):
        near = {tones.pair_of(identity + n) for n in range(-50, 51)}
        assert tones.screen_pair_of(identity) not in near
