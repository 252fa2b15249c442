"""Generators with a guessable seed, as Go and Python programs use them by mistake.

For each seed the first draws are repeated and compared with the secret: as characters drawn from an
alphabet, and as bytes in hex or base64. Go: math/rand (go_rand.py) and math/rand/v2's PCG. Python:
random.Random, and numpy's RandomState.
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from conformance.bench.secrets.guessing import go_rand
from conformance.bench.secrets.guessing.facts import SessionFacts
from conformance.bench.secrets.guessing.go_rand import Numbers
from conformance.bench.secrets.guessing.matching import alphabets_of

CHARACTERS: Final = 12
"""The number of characters that must agree: with 62 symbols 71 bits."""
LEAST_CHARACTERS: Final = 8
MOST_NANOSECONDS: Final = 6_000_000
"""The number of seeds that are tried for Go: 0.1 s for each million."""
MOST_MICROSECONDS: Final = 40_000
MOST_FLOATS: Final = 80_000
"""The number of times that are tried as a seed for Python: 10 us each."""
SMALL: Final = 2_000
"""Process ids, counters and constants below this number are tried as seeds, too."""
LATER_DRAWS: Final = 8
"""Seeds of which there are few are tried at this many first draws: a program may draw before."""
_CHUNK: Final = 1 << 20
_FLOAT_STEP: Final = 2.0**-22
"""The distance of two Python times: seconds since 1970 have 31 bits, a float has 53."""


@dataclass
class _Wanted:
    """The beginning of a secret in the forms in which draws give it."""

    letters: list[tuple[str, list[int]]] = field(default_factory=list)
    """Alphabets, and the index of each of the first characters."""
    data: list[bytes] = field(default_factory=list)
    """Decoded bytes, at least 8."""

    @classmethod
    def of(cls, secret: str) -> _Wanted:
        wanted = cls()
        bare = re.sub(r"[^0-9A-Za-z]", "", secret)
        for text in dict.fromkeys((secret, bare)):
            if len(text) >= LEAST_CHARACTERS:
                for alphabet in alphabets_of(text):
                    places = [alphabet.index(sign) for sign in text[:CHARACTERS]]
                    wanted.letters.append((alphabet, places))
            wanted.data += [data for data in _decoded(text) if len(data) >= 8]
        return wanted


def _decoded(text: str) -> Iterator[bytes]:
    if re.fullmatch(r"[0-9a-fA-F]+", text):
        yield bytes.fromhex(text[: len(text) // 2 * 2])
    if re.fullmatch(r"[A-Za-z0-9+/_-]+=*", text):
        letters = text.rstrip("=").translate(str.maketrans("-_", "+/"))
        yield base64.b64decode(letters + "=" * (-len(letters) % 4) if len(letters) % 4 != 1 else "")


def seeded(facts: SessionFacts) -> tuple[str | None, int]:
    """The generator and seed that give this session's secret, in words, and the seeds tried."""
    wanted, tried = _Wanted.of(facts.secret), 0
    for words, seeds, first_draws in _seeds_for_go(facts):
        for start in range(0, len(seeds), _CHUNK):
            chunk = seeds[start : start + _CHUNK]
            tried += len(chunk)
            for first in range(first_draws):
                if (how := _go(wanted, chunk, first)) is not None:
                    return f"Go's math/rand seeded with {words}, {how}", tried
    for words, values in _seeds_for_others(facts):
        for seed in values:
            tried += 1
            if (how := _python(wanted, seed)) is not None:
                return f"Python's random seeded with {words}, {how}", tried
    for words, value in _whole_seeds(facts):
        tried += 1
        if (how := _numpy(wanted, value) or _pcg(wanted, value)) is not None:
            return f"{how}, seeded with {words}", tried
    return None, tried


# -- seeds -------------------------------------------------------------------------------------


def _seeds_for_go(facts: SessionFacts) -> Iterator[tuple[str, Numbers, int]]:
    for words, values in (
        ("the time in s", facts.seconds()),
        ("the time in ms", facts.milliseconds()),
        ("a small number", range(SMALL)),
    ):
        yield words, np.fromiter(values, np.uint64), LATER_DRAWS
    micro = np.fromiter(facts.microseconds(), np.uint64)[-MOST_MICROSECONDS * 10 :]
    yield "the time in us", micro, 1
    first, last = facts.window_ns()
    last += 200_000
    first = max(first - 200_000, last - MOST_NANOSECONDS)
    yield "the time in ns", np.arange(first, last, dtype=np.uint64), 1


def _whole_seeds(facts: SessionFacts) -> Iterator[tuple[str, int]]:
    for words, values in (
        ("the time in s", facts.seconds()),
        ("the time in ms", facts.milliseconds()),
        ("a small number", range(SMALL)),
    ):
        yield from ((words, value) for value in values)


def _seeds_for_others(
    facts: SessionFacts,
) -> Iterator[tuple[str, Iterable[int | float | str | bytes]]]:
    for words, value in _whole_seeds(facts):
        yield words, [value]
    for name, data in [*facts.main(), *facts.others()]:
        yield f"the {name}", [data, data.decode("utf-8", "replace")]
    yield "the time in us", list(facts.microseconds())[-MOST_MICROSECONDS:]
    first, last = (moment / 1e9 for moment in facts.window_ns())
    steps = min(int((last - first) / _FLOAT_STEP) + 2, MOST_FLOATS)
    end = round(last / _FLOAT_STEP) + 1
    yield "the time as Python has it", ((end - step) * _FLOAT_STEP for step in range(steps))


# -- draws -------------------------------------------------------------------------------------


def _go(wanted: _Wanted, seeds: Numbers, first: int) -> str | None:
    drawn = go_rand.draws(seeds, first, 1)[:, 0]
    for size in {len(alphabet) for alphabet, _ in wanted.letters}:
        words = (drawn >> np.uint64(32)) % np.uint64(size), drawn % np.uint64(size)
        byte = (drawn & np.uint64(255)) % np.uint64(size)
        for alphabet, places in wanted.letters:
            if len(alphabet) != size:
                continue
            for how, indices in (("Intn", words[0]), ("Int63", words[1]), ("Read", byte)):
                left = seeds[indices == places[0]]
                if len(left) and _all_characters(left, first, places, size, how):
                    return f"characters drawn with {how} from {size} symbols"
    for data in wanted.data:
        for how, value, ours in _go_numbers(data, drawn):
            if (ours == np.uint64(value)).any():
                return how
    return None


def _all_characters(seeds: Numbers, first: int, places: list[int], size: int, how: str) -> bool:
    """Whether one of these seeds, which give the first character, gives all others, too."""
    for number, place in enumerate(places[1:], 1):
        draw, byte = divmod(number, 7) if how == "Read" else (number, 0)
        drawn = go_rand.draws(seeds, first + draw, 1)[:, 0]
        match how:
            case "Intn":
                indices = (drawn >> np.uint64(32)) % np.uint64(size)
            case "Int63":
                indices = drawn % np.uint64(size)
            case _:
                indices = ((drawn >> np.uint64(8 * byte)) & np.uint64(255)) % np.uint64(size)
        seeds = seeds[indices == place]
        if not len(seeds):
            return False
    return True


def _go_numbers(data: bytes, drawn: Numbers) -> Iterator[tuple[str, int, Numbers]]:
    mask = np.uint64(2**56 - 1)
    yield "bytes drawn with Read", int.from_bytes(data[:7], "little"), drawn & mask
    low = 2**63 - 1
    yield "Int63 as hex", int.from_bytes(data[:8]) & low, drawn
    yield "Int63 in little-endian order", int.from_bytes(data[:8], "little") & low, drawn


def _python(wanted: _Wanted, seed: float | str | bytes) -> str | None:
    value = random.Random(seed).getrandbits(1024)  # noqa: S311 - it repeats a weak generator
    for data in wanted.data:
        size = len(data) // 4 * 4
        bits = value & ((1 << 8 * size) - 1)
        if bits.to_bytes(size, "little") == data[:size]:
            return "randbytes"
        low = int.from_bytes(data) & 0xFFFFFFFF
        # The low 62 bits of a UUID are the generator's own.
        rest = int.from_bytes(data) & (2**62 - 1)
        if value & 0xFFFFFFFF == low and value & (2**62 - 1) == rest:
            return "getrandbits"
    if not wanted.letters:
        return None
    words = [(value >> (32 * n)) & 0xFFFFFFFF for n in range(32)]
    for alphabet, places in wanted.letters:
        size = len(alphabet)
        shift = 32 - size.bit_length()
        chosen = [one for word in words if (one := word >> shift) < size]
        if chosen[:3] == places[:3] and chosen[: len(places)] == places[: len(chosen)]:
            return f"choice from {size} symbols"
        scaled = int(((words[0] >> 5) * 67108864 + (words[1] >> 6)) * size / 2**53)
        if scaled == places[0]:
            pairs = zip(words[::2], words[1::2], strict=True)
            all_scaled = [int(((a >> 5) * 67108864 + (b >> 6)) * size / 2**53) for a, b in pairs]
            if all_scaled[: len(places)] == places:
                return f"choices from {size} symbols"
    return None


def _numpy(wanted: _Wanted, seed: int) -> str | None:
    for data in wanted.data:
        if np.random.RandomState(seed % 2**32).bytes(8) == data[:8]:
            return "numpy's RandomState, bytes"
    for size in {len(alphabet) for alphabet, _ in wanted.letters}:
        drawn = np.random.RandomState(seed % 2**32).randint(0, size, CHARACTERS).tolist()
        for alphabet, places in wanted.letters:
            if len(alphabet) == size and drawn[: len(places)] == places:
                return f"numpy's RandomState, {size} symbols"
    return None


_PCG_FACTOR: Final = 2549297995355413924 << 64 | 4865540595714422341
_PCG_STEP: Final = 6364136223846793005 << 64 | 1442695040888963407
_CHEAP: Final = 0xDA942042E4DD58B5
_64: Final = 2**64 - 1


def _pcg(wanted: _Wanted, seed: int) -> str | None:
    """math/rand/v2's rand.New(rand.NewPCG(seed, …)) with its usual second seeds."""
    for second in (0, seed, 1, seed + 1):
        state, drawn = (seed << 64 | (second & _64)), []
        for _ in range(CHARACTERS):
            state = (state * _PCG_FACTOR + _PCG_STEP) & (2**128 - 1)
            high, low = state >> 64, state & _64
            high ^= high >> 32
            high = (high * _CHEAP) & _64
            high ^= high >> 48
            drawn.append((high * (low | 1)) & _64)
            if len(drawn) == 1 and not _may_begin(wanted, drawn[0]):
                break
        for alphabet, places in wanted.letters:
            indices = [((one >> 32) * len(alphabet)) >> 32 for one in drawn]
            if len(drawn) > 1 and indices[: len(places)] == places:
                return f"Go's PCG (math/rand/v2), {len(alphabet)} symbols"
        if any(drawn[0].to_bytes(8, order) == data[:8] for data in wanted.data for order in _BOTH):
            return "Go's PCG (math/rand/v2), Uint64"
    return None


_BOTH: Final = ("big", "little")


def _may_begin(wanted: _Wanted, drawn: int) -> bool:
    return any(
        ((drawn >> 32) * len(alphabet)) >> 32 == places[0] for alphabet, places in wanted.letters
    )
