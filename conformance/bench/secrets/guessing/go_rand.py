"""Go's math/rand with a given seed (rand.New(rand.NewSource(seed))), for many seeds at a time.

The generator is an additive lagged Fibonacci generator, x[n] = x[n-607] + x[n-273] mod 2^64. Its
state is a small linear generator's output, combined with constants: the state after 7.8e12 steps
from seed 1 (Go, src/math/rand, gen_cooked.go). `_constants` computes them by jumping ahead. A seed
counts modulo 2^31-1, so no more than 2^31 streams exist.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint64]

_LENGTH: Final = 607
_LAG: Final = _LENGTH - 273
_PRIME: Final = 2**31 - 1
_FACTOR: Final = 48271
_AT_ZERO: Final = 89482311
"""The seed that is used instead of 0."""
_SKIPPED: Final = 20
_AHEAD: Final = 7_800_000_000_000
MOST_DRAWS: Final = 273
"""The number of draws that depend on the first state only."""
_MASK_63: Final = np.uint64(2**63 - 1)


def draws(seeds: Numbers, first: int, count: int) -> Numbers:
    """`Int63()` of each seed, from draw number `first` on: an array of seeds by draws.

    Raises:
        ValueError: a later draw than `MOST_DRAWS` is asked for.
    """
    if first + count > MOST_DRAWS:
        raise ValueError(f"only the first {MOST_DRAWS} draws can be repeated")
    reduced = seeds % np.uint64(_PRIME)
    reduced = np.where(reduced == 0, np.uint64(_AT_ZERO), reduced)
    made = np.empty((len(seeds), count), np.uint64)
    for draw in range(count):
        here, there = _place(first + draw), _place(first + draw + _LAG)
        with np.errstate(over="ignore"):
            made[:, draw] = (_state(reduced, here) + _state(reduced, there)) & _MASK_63
    return made


def _place(number: int) -> int:
    """Where the register holds number `number` of the sequence: it is filled downwards."""
    return (_LAG - 1 - number) % _LENGTH


def _state(seeds: Numbers, place: int) -> Numbers:
    state: Numbers = _mixed(seeds, place, 40, 20) ^ _constants()[place]
    return state


def _mixed(seeds: Numbers, place: int, high: int, middle: int) -> Numbers:
    steps = _SKIPPED + 3 * place
    one, two, three = (_stepped(seeds, steps + n) for n in (1, 2, 3))
    return (one << np.uint64(high)) ^ (two << np.uint64(middle)) ^ three


def _stepped(seeds: Numbers, steps: int) -> Numbers:
    stepped: Numbers = (seeds * np.uint64(pow(_FACTOR, steps, _PRIME))) % np.uint64(_PRIME)
    return stepped


@cache
def _constants() -> Numbers:
    """The state after `_AHEAD` steps from seed 1, by the place in the register."""
    seed = np.ones(1, np.uint64)
    begin = np.array(
        [_mixed(seed, _place(number), 20, 10)[0] for number in range(_LENGTH)], np.uint64
    )
    jump = _power_of_x(_AHEAD)
    found = np.empty(_LENGTH, np.uint64)
    with np.errstate(over="ignore"):
        for number in range(_LENGTH):
            found[_place((_AHEAD + number) % _LENGTH)] = (jump * begin).sum(dtype=np.uint64)
            jump = _times_x(jump)
    return found


def _power_of_x(exponent: int) -> Numbers:
    """x to the power, modulo x^607 - x^334 - 1, with coefficients modulo 2^64."""
    result = np.zeros(_LENGTH, np.uint64)
    result[0] = 1
    with np.errstate(over="ignore"):
        for bit in f"{exponent:b}":
            result = _reduced(np.convolve(result, result))
            if bit == "1":
                result = _times_x(result)
    return result


def _times_x(polynomial: Numbers) -> Numbers:
    moved = np.roll(polynomial, 1)
    with np.errstate(over="ignore"):
        moved[_LAG] += moved[0]
    return moved


def _reduced(product: Numbers) -> Numbers:
    """Reduce a product: x^607 = x^334 + 1."""
    with np.errstate(over="ignore"):
        for degree in range(len(product) - 1, _LENGTH - 1, -1):
            high = product[degree]
            product[degree - _LENGTH] += high
            product[degree - _LENGTH + _LAG] += high
    return product[:_LENGTH].copy()
