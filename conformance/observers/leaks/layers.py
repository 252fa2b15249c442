"""The results of one decoding step on an item, and the limits of its cost.

All results of a step are joined into one `Layer` with their origins, so that an item of many small
parts costs no more than an item of a few large parts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.uint8]

LEAST: Final = 8
"""Shorter results cannot contain a pattern."""
_BETWEEN: Final = bytes(8)
"""Separates the parts of a layer."""


@dataclass
class Budget:
    """The limits for decoding one item: bytes of output, streams tried, bytes of one stream.

    `input` bounds the bytes that all compressed streams read. A stream of empty blocks has no
    output, and any number of headers may lead into it.
    """

    output: int
    tries: int
    one: int
    input: int = 256 * 1024 * 1024
    spent: list[str] = field(default_factory=list)
    """Why a part was not decoded; empty if everything was."""

    def take(self, size: int) -> bool:
        """Count `size` bytes of output; return False if the limit is exceeded."""
        if size > self.output:
            self.say("too much output")
            return False
        self.output -= size
        return True

    def attempt(self) -> bool:
        """Count an attempt to inflate; return False if the limit is exceeded."""
        if self.tries <= 0:
            self.say("too many compressed streams")
            return False
        self.tries -= 1
        return True

    def read(self, size: int) -> bool:
        """Count `size` bytes read by a compressed stream; return False if the limit is exceeded."""
        self.input -= size
        if self.input < 0:
            self.say("compressed streams with too much input")
            return False
        return True

    def say(self, why: str) -> None:
        """Keep a reason, without repeats."""
        if why not in self.spent:
            self.spent.append(why)


@dataclass(frozen=True)
class Runs:
    """Runs of digits that were joined and decoded together.

    Attributes:
        begins: the start of each run in the joined text, ascending.
        outer: its start in the layer below.
        lengths: its length in characters.
        skip: characters before the first group.
        ratio: characters in a group, and bytes that it stands for.
    """

    begins: Sequence[int]
    outer: Sequence[int]
    lengths: Sequence[int]
    skip: int
    ratio: tuple[int, int]

    def decoded(self, character: int) -> int:
        """The offset after decoding of a character of the joined text."""
        return max(character - self.skip, 0) * self.ratio[1] // self.ratio[0]

    def at(self, offset: int) -> tuple[int, int, int]:
        """Start and end after decoding, and the origin, of the run that contains `offset`."""
        run = max(0, bisect_right(self.begins, offset, key=self.decoded) - 1)
        start = self.decoded(self.begins[run])
        end = self.decoded(self.begins[run] + self.lengths[run])
        if offset >= end and run + 1 < len(self.begins):
            end = self.decoded(self.begins[run + 1])
        return start, end, self.outer[run]


@dataclass(frozen=True)
class Part:
    """One result of a decoding step.

    Attributes:
        begin: its offset in the layer, and `end` its end.
        step: the encoding that was undone ("gzip").
        origin: its start in the layer below, or the runs that it consists of.
    """

    begin: int
    end: int
    step: str
    origin: int | Runs

    def piece(self, offset: int) -> tuple[int, int, int]:
        """Start, end and origin of the piece that contains `offset`; all are in layers."""
        if isinstance(self.origin, int):
            return self.begin, self.end, self.origin
        start, end, origin = self.origin.at(offset - self.begin)
        return self.begin + start, min(self.begin + end, self.end), origin


@dataclass
class Layer:
    """Bytes, and the origin of each part.

    Attributes:
        parts: what the layer consists of, ascending.
        whole: offsets of parts that may be a complete stream or document.
    """

    data: bytes
    parts: list[Part]
    whole: list[int] = field(default_factory=list)

    def part_at(self, offset: int) -> Part:
        """The part that contains `offset`."""
        return self.parts[max(0, bisect_right(self.parts, offset, key=lambda p: p.begin) - 1)]

    def origin(self, offset: int) -> tuple[str, int, int]:
        """The step that produced the byte at `offset`, its start below, the offset in its piece."""
        part = self.part_at(offset)
        start, _, origin = part.piece(offset)
        return part.step, origin, offset - start

    def end_of(self, offset: int) -> int:
        """The end of the piece that contains `offset`. A stream does not reach beyond it."""
        return self.part_at(offset).piece(offset)[1]


class Builder:
    """Builds a layer from parts. `known` are the parts of the layers below, which add nothing."""

    def __init__(self, known: set[int] | None = None) -> None:
        self._known = set() if known is None else known
        self.pieces: list[bytes] = []
        self.size = 0
        self.parts: list[Part] = []
        self.whole: list[int] = []

    def add(
        self,
        data: bytes,
        step: str,
        origin: int | Runs,
        *,
        whole: bool = False,
        documents: Sequence[int] = (),
    ) -> None:
        """Append a part, unless it is known.

        `whole`: it may be a complete stream or document, or the pieces at `documents` may be.
        """
        documents = (0, *documents) if whole else tuple(documents)
        if (seen := hash((data, documents))) in self._known:
            return
        self._known.add(seen)
        self.parts.append(Part(self.size, self.size + len(data), step, origin))
        self.whole += [self.size + at for at in documents]
        self.pieces += (data, _BETWEEN)
        self.size += len(data) + len(_BETWEEN)

    def layer(self) -> Layer:
        return Layer(b"".join(self.pieces), self.parts, self.whole)


def item(data: bytes) -> Layer:
    """The first layer: an item as it was read."""
    return Layer(data, [Part(0, len(data), "", 0)], [0])


def table_of(members: bytes) -> bytes:
    """A translation table to 1 for the bytes in `members`, and to 0 for all others."""
    return bytes(byte in members for byte in range(256))


def mask_of(data: bytes, table: bytes) -> NDArray[np.bool_]:
    """Which bytes of `data` are in the table; faster than indexing with numpy."""
    return np.frombuffer(data.translate(table), np.bool_)


def runs(data: bytes, table: bytes, least: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The starts and the ends of all runs of at least `least` bytes that are in the table."""
    if len(data) < least:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    inside = mask_of(data, table)
    changes = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    bounds = np.concatenate(([0], changes, [len(data)]))
    first = 0 if inside[0] else 1
    starts = bounds[first:-1:2]
    ends = bounds[first + 1 :: 2][: len(starts)]
    long = ends - starts >= least
    return starts[long], ends[long]
