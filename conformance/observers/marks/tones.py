"""The sound code: two steady sine tones at once, out of a fixed grid.

A sender's pair follows from its identity. A window of sound is read as a pair only if the two
tones hold at least 75 % of all its energy, neither of them less than 15 %, and no third tone of
the grid more than 5 %. White noise puts about 0.2 % of its energy where the two are looked for;
speech, music, a single tone, tones off the grid by more than 4 Hz, or two people mixed into one
element read as nothing. The page wants the same pair in two windows running, which share no sample.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Pair = tuple[int, int]
"""Two frequencies in Hz, the lower one first."""

GRID: Final[tuple[int, ...]] = tuple(range(600, 3481, 180))
"""Hz. Inside what the narrowest Opus band carries, wider apart than any window's main lobe."""


def _pairs() -> Iterator[Pair]:
    """All pairs of tones that are no neighbours, in the order of a round-robin tournament.

    People who come one after the other share no tone: what two of them share could cancel itself
    out where all are mixed into one recording.
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
"""Samples a window: 256 ms, so a main lobe is 16 Hz wide."""

SHORT_WINDOW: Final = WINDOW // 4
"""The same for sound with pieces missing, each of which spoils the window that it falls into."""

_LEAST_RMS: Final = 0.003
_LEAST_SHARE: Final = 0.75
_LEAST_EACH: Final = 0.15
_MOST_THIRD: Final = 0.05
_MIXED_EACH: Final = 0.04
_MIXED_SHARE: Final = 0.6


def pair_of(identity: int) -> Pair:
    """The tones that belong to an identity."""
    return PAIRS[identity % len(PAIRS)]


@cache
def _tables(size: int) -> tuple[NDArray[np.float64], NDArray[np.complex128]]:
    """Hann window, shape (size,), and the grid's phases, shape (len(GRID), size)."""
    n = np.arange(size)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * n / size)
    return window, np.exp(-2j * np.pi * np.outer(GRID, n) / SAMPLE_RATE)


Samples = NDArray[np.float32] | NDArray[np.float64]


def _shares(samples: Samples) -> NDArray[np.float64] | None:
    """What share of a window's energy each tone of the grid holds; None where it is silent."""
    if samples.shape not in ((WINDOW,), (SHORT_WINDOW,)):
        raise ValueError(
            f"a window has {WINDOW} samples, or {SHORT_WINDOW}, this one {samples.shape}"
        )
    if not np.isfinite(samples).all():
        return None
    window, phase = _tables(samples.size)
    x = (samples - samples.mean()) * window
    energy = float(x @ x)
    if np.sqrt(energy / float(window @ window)) < _LEAST_RMS:
        return None
    # Not phase @ x: BLAS would split it over the cores, and on busy ones wait for both, 20 times
    # as long as it takes to add this up.
    power = np.abs(np.einsum("ij,j->i", phase, x)) ** 2
    shares: NDArray[np.float64] = (
        2 * power * float(window @ window) / (float(window.sum()) ** 2 * energy)
    )
    return shares


def mixed(samples: Samples) -> tuple[int, ...] | None:
    """The tones (Hz) of a window in which several people may sound at once; None is silence.

    Each holds at least 4 % of the energy and all of them together at least 60 %, else there is
    none: noise and speech read as nothing. Which tones belong together is not said: of two pairs
    at once, their four tones would fit two other pairs as well.
    """
    shares = _shares(samples)
    if shares is None:
        return None
    loud = np.flatnonzero(shares >= _MIXED_EACH)
    if float(shares[loud].sum()) < _MIXED_SHARE:
        return ()
    return tuple(GRID[i] for i in loud)


def detect(samples: Samples) -> Pair | None:
    """Read one window, or a short one, at SAMPLE_RATE; None is an honest "no pair"."""
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
    """The same criteria for the page's detector (page/tones.js)."""
    return {
        "grid": list(GRID),
        "sampleRate": SAMPLE_RATE,
        "window": WINDOW,
        "leastRms": _LEAST_RMS,
        "leastShare": _LEAST_SHARE,
        "leastEach": _LEAST_EACH,
        "mostThird": _MOST_THIRD,
    }
