"""The sound code: two steady simultaneous sine tones from a fixed grid.

A sender's identity determines its pair. A window of sound is read as a pair only if the two tones
hold at least 75 % of its energy, each of them at least 15 %, and no third tone of the grid more
than 5 %. White noise has about 0.2 % of its energy at these two frequencies. Speech, music, a
single tone, tones off the grid by more than 4 Hz, or two people mixed in one element give no
reading. The page requires the same pair in two successive windows, which share no sample.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Pair = tuple[int, int]
"""Two frequencies in Hz, lower first."""

GRID: Final[tuple[int, ...]] = tuple(range(600, 3481, 180))
"""In Hz. All are inside Opus' narrowest band and further apart than any window's main lobe."""


def _pairs() -> Iterator[Pair]:
    """All pairs of non-adjacent tones, in the order of a round-robin tournament.

    Successive participants share no tone: a shared tone could cancel itself out in a mixed
    recording.
    """
    count = len(GRID)
    for turn in range(count):
        for step in range(1, count // 2 + 1):
            low, high = sorted(((turn + step) % count, (turn - step) % count))
            if high - low > 1:
                yield GRID[low], GRID[high]


PAIRS: Final[tuple[Pair, ...]] = tuple(_pairs())
SAMPLE_RATE: Final = 16_000
WINDOW: Final = 4096
"""Samples in a window: 256 ms, so a main lobe is 16 Hz wide."""

SHORT_WINDOW: Final = WINDOW // 4
"""Samples in a window for sound with gaps: a gap spoils the window that contains it."""

_LEAST_RMS: Final = 0.003
_LEAST_SHARE: Final = 0.75
_LEAST_EACH: Final = 0.15
_MOST_THIRD: Final = 0.05
_MIXED_EACH: Final = 0.04
_MIXED_SHARE: Final = 0.6


def pair_of(identity: int) -> Pair:
    """The tones of an identity."""
    return PAIRS[identity % len(PAIRS)]


def screen_pair_of(identity: int) -> Pair:
    """The tones of this identity's shared screen.

    They are the microphone's tones of the identity furthest away, half of the pairs later.
    """
    return PAIRS[(identity + len(PAIRS) // 2) % len(PAIRS)]


@cache
def _tables(size: int) -> tuple[NDArray[np.float64], NDArray[np.complex128]]:
    """Hann window, shape (size,), and the grid's phases, shape (len(GRID), size)."""
    n = np.arange(size)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * n / size)
    return window, np.exp(-2j * np.pi * np.outer(GRID, n) / SAMPLE_RATE)


Samples = NDArray[np.float32] | NDArray[np.float64]


def _shares(samples: Samples) -> NDArray[np.float64] | None:
    """The share of a window's energy in each tone of the grid; None if the window is silent."""
    if samples.shape not in ((WINDOW,), (SHORT_WINDOW,)):
        raise ValueError(f"a window has {WINDOW} or {SHORT_WINDOW} samples, not {samples.shape}")
    if not np.isfinite(samples).all():
        return None
    window, phase = _tables(samples.size)
    x = (samples - samples.mean()) * window
    energy = float(x @ x)
    if np.sqrt(energy / float(window @ window)) < _LEAST_RMS:
        return None
    # Not phase @ x: BLAS would split it over the cores, and with busy cores the wait takes 20
    # times as long as the sum itself.
    power = np.abs(np.einsum("ij,j->i", phase, x)) ** 2
    shares: NDArray[np.float64] = (
        2 * power * float(window @ window) / (float(window.sum()) ** 2 * energy)
    )
    return shares


def mixed(samples: Samples) -> tuple[int, ...] | None:
    """The tones (Hz) of a window in which several people may be heard; None means silence.

    Each tone holds at least 4 % of the energy and all of them at least 60 %. Otherwise the result
    is empty, as for noise and speech. It does not say which tones form a pair: the four tones of
    two pairs also fit two other pairs.
    """
    shares = _shares(samples)
    if shares is None:
        return None
    loud = np.flatnonzero(shares >= _MIXED_EACH)
    if float(shares[loud].sum()) < _MIXED_SHARE:
        return ()
    return tuple(GRID[i] for i in loud)


def detect(samples: Samples) -> Pair | None:
    """Read one window or short window at SAMPLE_RATE; None means that there is no pair."""
    shares = _shares(samples)
    if shares is None:
        return None
    order = np.argsort(shares)[::-1]
    first, second, third = (float(shares[i]) for i in order[:3])
    if first + second < _LEAST_SHARE or second < _LEAST_EACH or third > _MOST_THIRD:
        return None
    low, high = sorted((GRID[order[0]], GRID[order[1]]))
    return (low, high) if (low, high) in PAIRS else None


def page_settings() -> dict[str, Any]:
    """The same thresholds for the page's detector (page/tones.js)."""
    return {
        "grid": list(GRID),
        "sampleRate": SAMPLE_RATE,
        "window": WINDOW,
        "leastRms": _LEAST_RMS,
        "leastShare": _LEAST_SHARE,
        "leastEach": _LEAST_EACH,
        "mostThird": _MOST_THIRD,
    }
