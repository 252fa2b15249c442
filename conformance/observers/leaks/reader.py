"""The leak reader: it searches items of any origin and the encodings inside them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from conformance.observers.leaks.encodings import patterns_of
from conformance.observers.leaks.inflate import undo
from conformance.observers.leaks.layers import Budget, Layer, item
from conformance.observers.leaks.needles import Needle
from conformance.observers.leaks.scanner import Hit, Scanner

_AROUND: Final = 24
"""Bytes of context on either side of a match."""
_MASK: Final = "█"


@dataclass(frozen=True)
class Place:
    """Where an item was read: its kind ("HTTP body") and its name ("POST /api/x")."""

    kind: str
    name: str


@dataclass(frozen=True)
class Leak:
    """A match.

    Attributes:
        path: the encodings around the match, outermost first ("base64 at 5", "gzip at 12").
        offset: in bytes, in the innermost layer.
        context: the bytes around it, with every match masked.
    """

    place: Place
    needle: Needle
    encoding: str
    path: tuple[str, ...]
    offset: int
    context: str

    def __str__(self) -> str:
        within = f" within {', '.join(self.path)}" if self.path else ""
        return (
            f"{self.needle.what} ({self.encoding}) in the {self.place.kind} of "
            f"{self.place.name} at {self.offset}{within}"
        )


@dataclass(frozen=True)
class Limits:
    """The limits for one item: layers below it, bytes of all layers, bytes of one stream."""

    depth: int = 4
    output: int = 64 * 1024 * 1024
    one: int = 16 * 1024 * 1024
    tries: int = 1024


@dataclass
class Reading:
    """The results of a reader so far. `incomplete` says what was not read completely."""

    items: int = 0
    bytes: int = 0
    layers: int = 0
    leaks: list[Leak] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)

    def of(self, role: str) -> list[Leak]:
        """The matches of secrets, of contents, or of markers."""
        return [leak for leak in self.leaks if leak.needle.role == role]

    def say(self, why: str) -> None:
        """Keep a reason, without repeats and up to a limit."""
        if why not in self.incomplete and len(self.incomplete) < 100:
            self.incomplete.append(why)


class LeakReader:
    """Searches items for `needles` in every encoding; the results are in `reading`."""

    def __init__(self, needles: Iterable[Needle], limits: Limits | None = None) -> None:
        self.needles = list(needles)
        self.limits = limits or Limits()
        self.scanner = Scanner(patterns_of(self.needles))
        self.reading = Reading()

    def read(self, place: Place, data: bytes | memoryview) -> list[Leak]:
        """Search one item; return its matches, which `reading` keeps, too. Never raises."""
        limits = self.limits
        budget = Budget(limits.output, limits.tries + len(data) // 1024, limits.one)
        kept = _once(self._look(place, bytes(data), budget))
        for why in budget.spent:
            self.reading.say(f"{place.kind} of {place.name}: {why}")
        self.reading.items += 1
        self.reading.bytes += len(data)
        self.reading.kinds[place.kind] = self.reading.kinds.get(place.kind, 0) + 1
        self.reading.leaks += kept
        return kept

    def read_stream(self, place: Place, pieces: Sequence[bytes]) -> list[Leak]:
        """Search a stream in pieces, as one item.

        A value that is split between pieces is found, encoded or not.
        """
        return self.read(place, b"".join(pieces))

    def read_large(self, place: Place, pieces: Iterator[bytes]) -> list[Leak]:
        """Search a stream that is too large for memory.

        A value that is split between pieces is found only without encodings around it. Each piece
        is decoded separately.
        """
        found: list[Leak] = []

        def each() -> Iterator[bytes]:
            for piece in pieces:
                found.extend(leak for leak in self.read(place, piece) if leak.path)
                yield piece

        for hit in self.scanner.scan_stream(each()).hits:
            leak = Leak(place, hit.pattern.needle, hit.pattern.encoding, (), hit.start, "")
            found.append(leak)
            self.reading.leaks.append(leak)
        return _once(found)

    def _look(self, place: Place, data: bytes, budget: Budget) -> Iterator[Leak]:
        levels: list[Layer] = []
        layer: Layer | None = item(data)
        while layer is not None:
            levels.append(layer)
            seen = self.scanner.scan(layer.data)
            for hit in seen.hits:
                needle, encoding = hit.pattern.needle, hit.pattern.encoding
                path, offset = _path(levels, hit.start)
                context = _context(layer.data, hit, seen.hits)
                yield Leak(place, needle, encoding, path, offset, context)
            if seen.full:
                budget.say("too many matches in one item; the rest was not searched")
            self.reading.layers += 1
            layer = undo(layer, seen.signs, budget) if len(levels) <= self.limits.depth else None


def _path(levels: Sequence[Layer], offset: int) -> tuple[tuple[str, ...], int]:
    """The steps that lead to `offset` of the last level, and the offset in its part."""
    steps: list[str] = []
    inside = offset
    for level in reversed(levels[1:]):
        step, origin = level.origin(offset)
        if not steps:
            inside = offset - level.starts[max(0, bisect_right(level.starts, offset) - 1)]
        steps.append(f"{step} at {origin}")
        offset = origin
    return tuple(reversed(steps)), inside


def _once(leaks: Iterable[Leak]) -> list[Leak]:
    """One match of each needle and encoding at each nesting; repeats add nothing."""
    kept: dict[tuple[str, str, tuple[str, ...]], Leak] = {}
    for leak in leaks:
        kept.setdefault((leak.needle.what, leak.encoding, leak.path), leak)
    return list(kept.values())


def _context(data: bytes | memoryview, hit: Hit, hits: Sequence[Hit]) -> str:
    begin, end = max(0, hit.start - _AROUND), min(len(data), hit.end + _AROUND)
    shown = [
        chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in bytes(memoryview(data)[begin:end])
    ]
    for other in hits:
        for position in range(max(other.start, begin), min(other.end, end)):
            shown[position - begin] = _MASK
    # One sign for each match: a mask of the same length would reveal the secret's length.
    text = "".join(shown)
    while _MASK * 2 in text:
        text = text.replace(_MASK * 2, _MASK)
    return text
