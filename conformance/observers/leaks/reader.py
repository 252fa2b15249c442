"""The leak reader: it searches items of any origin and the encodings inside them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from conformance.observers.leaks import digits, escapes, inflate, packed
from conformance.observers.leaks.forms import forms_of
from conformance.observers.leaks.layers import Budget, Builder, Layer, item
from conformance.observers.leaks.needles import Needle
from conformance.observers.leaks.pieces import Pieces
from conformance.observers.leaks.places import Place
from conformance.observers.leaks.scanner import Hit, Scanner
from conformance.observers.leaks.unreadable import unreadable

_OVERLAP: Final = 4096
_AROUND: Final = 24
"""Bytes of context on either side of a match."""
_MASK: Final = "█"


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
    """The limits for one item: layers below it, bytes of all layers, bytes of one stream.

    Items larger than `output` may have eight times their size in layers.
    """

    depth: int = 16
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
    """Searches items for `needles` in every encoding; the results are in `reading`.

    Any eight random bytes of a secret or of a content are a find. A marker must be there as a
    whole. `public` are values that travel by right, such as room ids: their parts of a secret do
    not count.
    """

    def __init__(
        self,
        needles: Iterable[Needle],
        limits: Limits | None = None,
        public: Iterable[str] = (),
    ) -> None:
        self.needles = list(needles)
        self.limits = limits or Limits()
        forms = forms_of(self.needles, public)
        self.scanner = Scanner(forms)
        self._reading = Reading()
        self._pieces = Pieces()
        self._clean: set[int] = set()
        for why in forms.unsearchable:
            self._reading.say(why)

    @property
    def reading(self) -> Reading:
        """The results so far, including values that are spread over the items read so far."""
        for place, data in self._pieces.columns():
            found = self._read(place, data)
            self._reading.leaks += [leak for leak in found if leak.needle.role != "marker"]
        if self._pieces.left_out:
            self._reading.say("too many small items to join what is spread over them")
        return self._reading

    def read(self, place: Place, data: bytes | memoryview) -> list[Leak]:
        """Search one item; return its matches, which `reading` keeps, too. Never raises."""
        data = bytes(data)
        kept = self._read(place, data)
        self._pieces.take(place, data)
        reading = self._reading
        reading.items += 1
        reading.bytes += len(data)
        reading.kinds[place.kind] = reading.kinds.get(place.kind, 0) + 1
        reading.leaks += kept
        return kept

    def read_stream(self, place: Place, pieces: Sequence[bytes]) -> list[Leak]:
        """Search a stream in pieces, as one item.

        A value that is split between pieces is found, encoded or not, and so is one of which each
        piece has a few bytes.
        """
        for piece in pieces:
            self._pieces.take(place, piece)
        return self.read(place, b"".join(pieces))

    def read_large(self, place: Place, pieces: Iterator[bytes]) -> list[Leak]:
        """Search a stream that is too large for memory.

        A value that is split between pieces is found only if its encodings are at most 4 KiB long.
        """
        found: list[Leak] = []
        before = b""
        for piece in pieces:
            found += self.read(place, before + piece)
            before = (before + piece)[-_OVERLAP:]
        return _once(found)

    def _read(self, place: Place, data: bytes) -> list[Leak]:
        if (seen := hash(data)) in self._clean:
            return []
        limits = self.limits
        output = max(limits.output, 8 * len(data))
        budget = Budget(output, limits.tries + len(data) // 1024, limits.one)
        kept = _once(self._look(place, data, budget))
        for why in budget.spent:
            self._reading.say(f"{place.kind} of {place.name}: {why}")
        if not kept and not budget.spent:
            self._clean.add(seen)
        return kept

    def _look(self, place: Place, data: bytes, budget: Budget) -> Iterator[Leak]:
        levels: list[Layer] = []
        known = {hash((data, (0,)))}
        layer: Layer | None = item(data)
        while layer is not None:
            levels.append(layer)
            seen = self.scanner.scan(layer.data)
            for hit in seen.hits:
                path, offset = _path(levels, hit.start)
                context = _context(layer.data, hit, seen.hits)
                yield Leak(place, hit.needle, hit.encoding, path, offset, context)
            if seen.full:
                budget.say("too many matches in one item; the rest was not searched")
            for why in unreadable(layer, seen.signs):
                budget.say(f"{why} could not be read")
            self._reading.layers += 1
            if len(levels) > self.limits.depth:
                if seen.signs & _ENCODED:
                    budget.say(f"more than {self.limits.depth} encodings around each other")
                return
            layer = _undo(layer, seen.signs, budget, known)


_ENCODED: Final = frozenset({"gzip", "deep", "percent", "escape", "quoted"})
"""Signs that a layer is encoded once more. Random bytes do not have them."""


def _undo(below: Layer, signs: Collection[str], budget: Budget, known: set[int]) -> Layer | None:
    """The result of one more decoding step on a layer; None if it is empty."""
    built = Builder(known)
    inflate.undo(below, signs, budget, built)
    packed.walk(below, budget, built)
    digits.decode(below, signs, budget, built)
    escapes.decode(below.data, signs, budget, built)
    return built.layer() if built.size else None


def _path(levels: Sequence[Layer], offset: int) -> tuple[tuple[str, ...], int]:
    """The steps that lead to `offset` of the last level, and the offset in its part."""
    steps: list[str] = []
    inside = offset
    for level in reversed(levels[1:]):
        step, origin, within = level.origin(offset)
        if not steps:
            inside = within
        steps.append(f"{step} at {origin}")
        offset = origin
    return tuple(reversed(steps)), inside


def _once(leaks: Iterable[Leak]) -> list[Leak]:
    """One match of each needle and encoding at each nesting; repeats add nothing."""
    kept: dict[tuple[str, str, tuple[str, ...]], Leak] = {}
    for leak in leaks:
        kept.setdefault((leak.needle.what, leak.encoding, leak.path), leak)
    return list(kept.values())


_OPAQUE: Final = re.compile(r"[A-Za-z0-9+/=_-]*[0-9A-Z█][A-Za-z0-9+/=_-]{7,}")


def _context(data: bytes, hit: Hit, hits: Sequence[Hit]) -> str:
    begin, end = max(0, hit.start - _AROUND), min(len(data), hit.end + _AROUND)
    shown = [chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in data[begin:end]]
    for other in hits:
        for position in range(max(other.start, begin), min(other.end, end)):
            shown[position - begin] = _MASK
    # One sign for each match: a mask of the same length would reveal the secret's length. Other
    # words that look random may be the same value in another encoding.
    text = _OPAQUE.sub(_MASK, "".join(shown))
    while _MASK * 2 in text:
        text = text.replace(_MASK * 2, _MASK)
    return text
