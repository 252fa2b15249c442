"""Do many secrets look random? Exact tests with a stated rate of false alarms.

Each test but one counts an event. If every symbol were drawn uniformly and independently from the
alphabet, the event would have a known probability in each trial, so the count is binomial and its
tail is computed exactly. Each test gets `ALARM / tests`, divided among all its counts (Bonferroni).
An honest server is therefore blamed in at most one of a million runs. The chi-square test uses the
tail of its limit distribution, which is accurate enough at a hundred expected counts per cell.

The alphabet is the set of symbols seen: in some thousand characters, an honest generator shows all.
"""

from __future__ import annotations

import math
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

ALARM: Final = 1e-6
"""Probability that honest secrets are called biased, for all tests of one run together."""
BITS_NEEDED: Final = 128.0
LONGEST: Final = 1_024
"""The number of characters examined per secret."""
_TESTS: Final = 6
_LEAST_EXPECTED: Final = 10
"""Expected counts per cell below which the chi-square test gives no result."""

Matrix = NDArray[np.int64]
"""Secrets by characters; each number is a symbol's index in the alphabet."""


@dataclass(frozen=True)
class RandomnessReport:
    """The result. `bits`: upper bound for the entropy of one secret. `biases`: in words."""

    count: int
    length: int
    alphabet: int
    bits: float
    repeats: int
    biases: list[str] = field(default_factory=list)


def examine(secrets: Sequence[str]) -> RandomnessReport:
    """Examine secrets, in the order in which they were created.

    Raises:
        ValueError: there are fewer than two secrets, or one is empty.
    """
    if len(secrets) < 2 or not all(secrets):
        raise ValueError("give two or more secrets, none of them empty")
    repeats = len(secrets) - len(set(secrets))
    bare = _without_format([secret[:LONGEST] for secret in secrets])
    drawn = bare.secrets
    if not all(drawn):
        return RandomnessReport(len(secrets), 0, 1, 0.0, repeats, ["all secrets are equal"])
    alphabet = _ordered(set("".join(drawn)))
    shortest = min(map(len, drawn))
    from_left = _matrix([secret[:shortest] for secret in drawn], alphabet)
    sides = {"from the left": from_left}
    if len({len(secret) for secret in drawn}) > 1:
        sides["from the right"] = _matrix([secret[-shortest:] for secret in drawn], alphabet)
    biases: list[str] = []
    for side, matrix in sides.items():
        biases += [f"{bias} ({side})" for bias in biases_of(matrix, len(alphabet), len(sides))]
    varied = min(int((m != m[0]).any(axis=0).sum()) for m in sides.values())
    bits = varied * math.log2(len(alphabet)) if len(alphabet) > 1 else 0.0
    bits += bare.bits
    length = shortest + bare.left_out
    return RandomnessReport(len(secrets), length, len(alphabet), bits, repeats, biases)


def biases_of(matrix: Matrix, alphabet: int, shares: int = 1) -> list[str]:
    """Every bias in a matrix of symbols from an alphabet of this size, in words.

    `shares`: number of matrices that share the allowed rate of false alarms.
    """
    if alphabet < 2:
        return ["every character is the same"]
    alarm = ALARM / _TESTS / shares
    rows, columns = matrix.shape
    counts = np.bincount(matrix.ravel(), minlength=alphabet)
    found = [
        _symbols(counts, alarm),
        _chi_square(counts, alarm),
        _first_symbols(counts, alarm),
        _most(
            _by_column(matrix, alphabet),
            rows,
            alphabet,
            alarm,
            "at place {} one symbol comes {} times of {}",
        ),
        _most(
            _by_column((matrix[1:] - matrix[:-1]) % alphabet, alphabet),
            rows - 1,
            alphabet,
            alarm,
            "at place {} one step from secret to secret comes {} times of {}",
        ),
        _most(
            np.bincount(
                ((matrix[:, 1:] - matrix[:, :-1]) % alphabet).ravel(), minlength=alphabet
            ).reshape(1, -1),
            rows * (columns - 1),
            alphabet,
            alarm,
            "inside of the secrets ({}) one step from character to character comes {} times of {}",
        ),
    ]
    return [bias for bias in found if bias]


def _symbols(counts: Matrix, alarm: float) -> str:
    """Is one symbol too frequent or too rare?"""
    total, size = int(counts.sum()), len(counts)
    most = at_least(total, 1 / size, alarm / (2 * size))
    least = total - at_least(total, 1 - 1 / size, alarm / (2 * size))
    if counts.max() >= most or counts.min() <= least:
        return f"a symbol comes {counts.max()} times, another {counts.min()}, of {total}"
    return ""


def _chi_square(counts: Matrix, alarm: float) -> str:
    """Are the frequencies of all symbols together too uneven?"""
    expected = float(counts.sum()) / len(counts)
    if expected < _LEAST_EXPECTED:
        return ""
    value = float(((counts - expected) ** 2).sum() / expected)
    if chi_square_tail(value, len(counts) - 1) < alarm:
        return f"chi-square of the symbols is {value:.0f} with {len(counts) - 1} degrees"
    return ""


def _first_symbols(counts: Matrix, alarm: float) -> str:
    """Are the first symbols of an alphabet too frequent, as `byte % size` makes them?

    The alphabet's order is unknown: every order of digits, capitals and small letters is tried.
    """
    size, total = len(counts), int(counts.sum())
    first = 256 % size
    if not first or size > 256:
        return ""
    orders = _ORDERS if size == len(_ALPHANUMERIC) else (tuple(range(size)),)
    limit = at_least(total, first / size, alarm / len(orders))
    most = max(int(counts[list(order[:first])].sum()) for order in orders)
    if most >= limit:
        return f"{first} of {size} symbols come {most} times of {total}, as byte % {size} has it"
    return ""


def _by_column(matrix: Matrix, alphabet: int) -> Matrix:
    """Counts by position and symbol."""
    columns = matrix.shape[1]
    flat = (matrix + np.arange(columns) * alphabet).ravel()
    return np.bincount(flat, minlength=columns * alphabet).reshape(columns, alphabet)


def _most(cells: Matrix, draws: int, alphabet: int, alarm: float, words: str) -> str:
    """Does any cell contain too many counts?"""
    if draws < 1 or not cells.size:
        return ""
    most = int(cells.max())
    if most >= at_least(draws, 1 / alphabet, alarm / cells.size):
        place = int(cells.max(axis=1).argmax())
        return words.format(place + 1, most, draws)
    return ""


@lru_cache(maxsize=4096)
def at_least(draws: int, chance: float, alarm: float) -> int:
    """The smallest count that `draws` trials reach with a probability of at most `alarm`."""
    if not 0 < chance < 1:
        return draws + 1
    tail, count = 0.0, draws + 1
    while count > 0:
        tail += math.exp(_log_binomial(draws, count - 1, chance))
        if tail > alarm:
            break
        count -= 1
    return count


def _log_binomial(draws: int, count: int, chance: float) -> float:
    return (
        math.lgamma(draws + 1)
        - math.lgamma(count + 1)
        - math.lgamma(draws - count + 1)
        + count * math.log(chance)
        + (draws - count) * math.log1p(-chance)
    )


def chi_square_tail(value: float, degrees: int) -> float:
    """The probability of a chi-square of at least `value` (Numerical Recipes, section 6.2)."""
    a, x = degrees / 2, value / 2
    if x <= 0:
        return 1.0
    scale = math.exp(-x + a * math.log(x) - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while term > total * 1e-16:
            n += 1
            term *= x / n
            total += term
        return max(0.0, 1 - total * scale)
    tiny = 1e-300
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    result = d
    for i in range(1, 10_000):
        factor = -i * (i - a)
        b += 2
        d = 1 / (factor * d + b or tiny)
        c = b + factor / c or tiny
        result *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return scale * result


# -- from texts to numbers ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Bare:
    """Secrets without formatting characters; `bits`: the bits that the removed part could hold."""

    secrets: list[str]
    left_out: int = 0
    bits: float = 0.0


def _without_format(secrets: Sequence[str]) -> _Bare:
    """Remove characters that are not the generator's fault.

    These are characters that are neither letter nor digit and have the same position in every
    secret (dashes, padding), and the last character of base64 or base32 if it holds fewer bits
    than the others (RFC 4648, sections 3.5 and 6).
    """
    lengths = {len(secret) for secret in secrets}
    if len(lengths) > 1:
        return _Bare(list(secrets))
    first = secrets[0]
    kept = [
        i
        for i in range(lengths.pop())
        if first[i].isalnum() or any(secret[i] != first[i] for secret in secrets)
    ]
    bare = ["".join(secret[i] for i in kept) for secret in secrets]
    ends = {secret[-1:] for secret in bare}
    symbols = set("".join(bare))
    for alphabet, steps in _ENDING_EARLY:
        step = steps.get(len(bare[0]) % (8 if len(alphabet) == 32 else 4), 0)
        fits = step > 0 and symbols <= set(alphabet)
        if fits and all(end and alphabet.index(end) % step == 0 for end in ends):
            bits = math.log2(len(ends))
            return _Bare([secret[:-1] for secret in bare], len(first) - len(kept) + 1, bits)
    return _Bare(bare, len(first) - len(kept))


def _ordered(symbols: Iterable[str]) -> str:
    return "".join(sorted(symbols))


def _matrix(secrets: Sequence[str], alphabet: str) -> Matrix:
    place = {symbol: number for number, symbol in enumerate(alphabet)}
    return np.array([[place[symbol] for symbol in secret] for secret in secrets], dtype=np.int64)


_ALPHANUMERIC: Final = _ordered(string.digits + string.ascii_letters)
_D, _U, _L = string.digits, string.ascii_uppercase, string.ascii_lowercase
_BASE64: Final = {2: 16, 3: 4}
_BASE32: Final = {2: 4, 4: 16, 5: 2, 7: 8}
_ENDING_EARLY: Final = (
    (_U + _L + _D + "+/", _BASE64),
    (_U + _L + _D + "-_", _BASE64),
    (_U + "234567", _BASE32),
    (_L + "234567", _BASE32),
    (_D + _U[:22], _BASE32),
    (_D + _L[:22], _BASE32),
    ("0123456789ABCDEFGHJKMNPQRSTVWXYZ", _BASE32),
    ("0123456789abcdefghjkmnpqrstvwxyz", _BASE32),
)
"""Alphabets, and by the length modulo 4 or 8: the last character's number is a multiple of this."""
_ORDERS: Final = tuple(
    tuple(_ALPHANUMERIC.index(symbol) for symbol in "".join(order))
    for order in (
        (_D, _U, _L),
        (_D, _L, _U),
        (_U, _D, _L),
        (_U, _L, _D),
        (_L, _D, _U),
        (_L, _U, _D),
    )
)
