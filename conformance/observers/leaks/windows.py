"""Finds windows of many values in bytes at once, with numpy.

A window is `width` bytes of a value. The index holds the windows of all values at every offset.
The data is looked up only at offsets that are multiples of four. Every match of at least
`width + 3` bytes contains such a window, so none is missed. Each candidate is then extended on both
sides and counts if it is long enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from conformance.observers.leaks.needles import Needle

_STRIDE: Final = 4
_GAP: Final = 8
"""Bytes between the values in the index."""
LONGEST: Final = 512
"""The longest match that is followed, in bytes on each side of a window."""
MOST_MATCHES: Final = 2000
MOST_OF_A_FORM: Final = 64
"""Where there are more matches, so many windows of each form are kept: a find needs one."""
MOST_CANDIDATES: Final = 200_000
_MULTIPLIERS: Final = {
    4: (np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B)),
    8: (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)),
}
_SMALL: Final = 2048
_CAST: Final[dict[int, Any]] = {4: "I", 8: "Q"}
_TYPE: Final[dict[int, Any]] = {4: "<u4", 8: "<u8"}


def _first_of_each(numbers: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """The indexes of the first `most` occurrences of each number, ascending."""
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    begins = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    sizes = np.diff(np.concatenate((begins, [len(ordered)])))
    rank = np.arange(len(ordered)) - np.repeat(begins, sizes)
    kept: NDArray[np.int64] = np.sort(order[rank < most])
    return kept


@dataclass(frozen=True)
class Form:
    """A needle as it is written in one encoding; a match of `least` of its bytes is a find."""

    needle: Needle
    encoding: str
    data: bytes
    least: int


@dataclass(frozen=True)
class Match:
    """A match in the searched bytes."""

    form: Form
    start: int
    end: int


class WindowIndex:
    """The windows of `forms`; each form's `least` is at least `width + 3`."""

    def __init__(self, forms: Sequence[Form], width: int) -> None:
        self.width = width
        self.forms = list(forms)
        sizes = np.array([len(form.data) for form in self.forms], np.int64)
        self._begins = np.concatenate(([0], np.cumsum(sizes + _GAP)[:-1])).astype(np.int64)
        self._ends = self._begins + sizes
        self._least = np.array([form.least for form in self.forms], np.int64)
        joined = bytes(_GAP).join(form.data for form in self.forms) + bytes(2 * _GAP)
        self._values = np.frombuffer(joined, np.uint8)
        self._keys, self._at, self._of = self._windows(joined)
        # A table that is larger than a processor's cache is slower than more candidates.
        bits = min(19, max(12, len(self._keys).bit_length() + 4))
        self._shift = width * 8 - bits
        self._set: set[int] | None = None
        self._tables = [np.zeros(1 << bits, np.bool_) for _ in _MULTIPLIERS[width]]
        for table, multiplier in zip(self._tables, _MULTIPLIERS[width], strict=True):
            table[self._slots(self._keys, multiplier)] = True

    def _windows(self, joined: bytes) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]]:
        """All windows in ascending order, their offsets in the values, and their forms."""
        width = self.width
        if not self.forms:
            return np.zeros(0, _TYPE[width]), np.zeros(0, np.int64), np.zeros(0, np.int64)
        sizes = np.maximum(self._ends - self._begins - width + 1, 0)
        of = np.repeat(np.arange(len(self.forms)), sizes)
        first = np.repeat(np.cumsum(sizes) - sizes, sizes)
        at = self._begins[of] + np.arange(len(of)) - first
        keys = np.ndarray(len(joined) - width + 1, _TYPE[width], joined, strides=(1,))[at]
        order = np.argsort(keys, kind="stable")
        return keys[order], at[order], of[order]

    def _slots(self, words: NDArray[Any], multiplier: Any) -> NDArray[np.int64]:
        hashed = words * multiplier
        hashed >>= hashed.dtype.type(self._shift)
        slots: NDArray[np.int64] = hashed.astype(np.int64)
        return slots

    def search(self, data: bytes | memoryview) -> tuple[list[Match], bool]:
        """The matches, and whether there were too many candidates to look at all of them."""
        width = self.width
        found: list[Match] = []
        full = False
        if not len(self._keys) or (len(data) <= _SMALL and not self._may_contain(data)):
            return found, full
        for phase in range(0, width, _STRIDE):
            count = (len(data) - phase) // width
            if count <= 0:
                continue
            words = np.frombuffer(data, _TYPE[width], count, phase)
            near = self._near(words)
            if len(near):
                full |= self._verify(data, words[near], near * width + phase, found)
        return found, full

    def _may_contain(self, data: bytes | memoryview) -> bool:
        """Whether small data has a window. This needs a tenth of the time of the tables."""
        if self._set is None:
            self._set = set(self._keys.tolist())
        view = memoryview(data)
        return any(
            not self._set.isdisjoint(
                view[phase : phase + count * self.width].cast(_CAST[self.width])
            )
            for phase in range(0, self.width, _STRIDE)
            if (count := (len(data) - phase) // self.width) > 0
        )

    def _near(self, words: NDArray[Any]) -> NDArray[np.intp]:
        """The indexes of the words that may be windows."""
        first, second = self._tables
        one, two = _MULTIPLIERS[self.width]
        near = np.flatnonzero(first.take(self._slots(words, one), mode="clip"))
        if len(near):
            near = near[second.take(self._slots(words[near], two), mode="clip")]
        return near

    def _verify(
        self, data: bytes | memoryview, words: NDArray[Any], at: NDArray[np.intp],
        found: list[Match],
    ) -> bool:  # fmt: skip
        left = np.searchsorted(self._keys, words, "left")
        counts = np.searchsorted(self._keys, words, "right") - left
        total = int(counts.sum())
        if not total:
            return False
        full = total > MOST_CANDIDATES
        if full:
            kept = int(np.searchsorted(np.cumsum(counts), MOST_CANDIDATES))
            left, counts, at = left[:kept], counts[:kept], at[:kept]
        entry = np.repeat(left - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        array = np.frombuffer(data, np.uint8)
        inside, of = self._at[entry], self._of[entry]
        starts = np.repeat(at, counts)
        before = self._grow(array, starts - 1, inside - 1, of, -1)
        after = self._grow(array, starts + self.width, inside + self.width, of, 1)
        good = np.flatnonzero(before + self.width + after >= self._least[of])
        if len(good) > MOST_MATCHES:
            good = good[_first_of_each(of[good], MOST_OF_A_FORM)]
        begins = (starts - before)[good].tolist()
        ends = (starts + self.width + after)[good].tolist()
        seen = {(m.start, m.end, id(m.form)) for m in found}
        for begin, end, number in zip(begins, ends, of[good].tolist(), strict=True):
            form = self.forms[number]
            if (begin, end, id(form)) not in seen:
                seen.add((begin, end, id(form)))
                found.append(Match(form, begin, end))
        return full

    def _grow(
        self,
        array: NDArray[np.uint8],
        at: NDArray[np.int64],
        inside: NDArray[np.int64],
        of: NDArray[np.int64],
        step: int,
    ) -> NDArray[np.int64]:
        """How many bytes in the direction `step` are equal in the data and in the form."""
        grown = np.zeros(len(at), np.int64)
        active = np.arange(len(at))
        low, high = self._begins[of], self._ends[of]
        distance = 0
        while len(active) and distance < LONGEST:
            here, there = at[active] + distance * step, inside[active] + distance * step
            within = (
                (here >= 0) & (here < len(array)) & (there >= low[active]) & (there < high[active])
            )
            active, here, there = active[within], here[within], there[within]
            active = active[array[here] == self._values[there]]
            grown[active] += 1
            distance += 1
        return grown
