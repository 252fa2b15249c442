"""Finds the forms of all needles in one layer, and the signs of what can be decoded in it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import hyperscan
import numpy as np

from conformance.observers.leaks.base85 import Groups, compiled
from conformance.observers.leaks.forms import KEPT, Forms, compact
from conformance.observers.leaks.layers import mask_of
from conformance.observers.leaks.needles import Needle
from conformance.observers.leaks.windows import Form, Match, WindowIndex

MOST_HITS: Final = 2000
MOST_OF_A_NEEDLE: Final = 20
"""Matches of one needle in one layer that are kept. A user id is in most frames of signalling."""
"""Matches kept per scan. More add no evidence, and a subject could send millions."""
_SMALL: Final = 4096
"""Layers up to this size are always searched in their compact form, in bytes."""
_WIDE: Final = 11
"""Forms of which at least so many bytes must match are found by windows of eight bytes."""

_BINARY: Final = {
    "gzip": rb"\x1f\x8b\x08",
    "zlib": rb"\x78[\x01\x5e\x9c\xda]",
    "zstd": rb"\x28\xb5\x2f\xfd",
    "bzip2": rb"BZh[1-9]1AY&SY",
    "xz": rb"\xfd7zXZ\x00",
    "zip": rb"PK\x03\x04",
    "wide": rb"([\x20-\x7e]\x00{1,3}){7}[\x20-\x7e]",
    "latin": rb"([\xc2\xc3][\x80-\xbf][\x00-\x7f]{0,4}){4}",
    "text": rb"[\t\r\n\x20-\x7e]{16}",
}
"""Signs of an encoded value in any bytes, and of text. One pass reports each once."""

_TEXT: Final = {
    "base64": rb"[A-Za-z0-9+/_-]{11}",
    "hex": rb"[0-9A-Fa-f]{16}",
    "base32": rb"[0-9a-z]{24}|[0-9A-Z]{24}",
    "decimal": rb"[0-9]{16}",
    "binary": rb"[01]{64}",
    "numbers": rb"([0-9]{1,10}[^0-9A-Za-z]{1,8}){7}[0-9]",
    "percent": rb"%[0-9A-Fa-f]{2}[\x20-\x7e]{7}|[\x20-\x7e]{7}%[0-9A-Fa-f]{2}",
    "quoted": rb"(=[0-9A-F]{2}[\x20-\x7e]{0,3}){3}",
    "escape": rb'\\([ux][0-9A-Fa-f{]|["\\/nrt]|[0-7]{2})[\x20-\x7e]{6}'
    rb'|[\x20-\x7e]{7}\\([ux][0-9A-Fa-f{]|["\\/nrt]|[0-7]{2})',
    "%u": rb"%u[0-9A-Fa-f]{4}",
    "reference": rb"&(#[0-9]|#[xX][0-9A-Fa-f]|[a-z]{2,6};)",
    "indexed": rb'("[0-9]{1,4}": ?"[^"]{1,16}", ?){3}',
    "grouped": rb"([0-9A-Za-z+/=]{1,80}[\x00-\x2a,.\-:-<>-@\x5b-\x60\x7b-\x7f]{1,12}){5}"
    rb"[0-9A-Za-z+/=]",
    "deep": rb"[A-Za-z0-9+/_-]{48}",
}
"""Signs of an encoded value in text."""


@dataclass(frozen=True)
class Hit:
    """A match. `start` and `end` are byte offsets in the layer."""

    needle: Needle
    encoding: str
    start: int
    end: int


@dataclass
class Seen:
    """The results of one pass. `full`: not everything was searched."""

    hits: list[Hit]
    signs: set[str]
    full: bool = False


class Scanner:
    """All forms of all needles, ready to be searched for."""

    def __init__(self, forms: Forms) -> None:
        self._raw = [WindowIndex(forms.raw, 4)]
        self._compact = _by_width(forms.compact)
        self._parts = Groups(forms.parts)

    def scan(self, data: bytes) -> Seen:
        """Search one layer."""
        if not data:
            return Seen([], set())
        seen = Seen([], _signs(data))
        for match in self._matches(self._raw, data, seen):
            seen.hits.append(Hit(match.form.needle, match.form.encoding, match.start, match.end))
        if len(data) <= _SMALL or seen.signs & {"text", "wide"}:
            self._in_compact(data, seen)
            found, full = self._parts.search(data)
            seen.hits += [Hit(*one) for one in found]
            seen.full |= full
        if len(seen.hits) > MOST_HITS:
            del seen.hits[MOST_HITS:]
            seen.full = True
        return seen

    def _in_compact(self, data: bytes, seen: Seen) -> None:
        matches = list(self._matches(self._compact, compact(data), seen))
        if not matches:
            return
        kept = np.flatnonzero(mask_of(data, KEPT))
        for match in matches:
            start, end = int(kept[match.start]), int(kept[match.end - 1]) + 1
            encoding = _described(match, data[start:end])
            seen.hits.append(Hit(match.form.needle, encoding, start, end))

    def _matches(self, indexes: Iterable[WindowIndex], data: bytes, seen: Seen) -> list[Match]:
        found: list[Match] = []
        for index in indexes:
            matches, full = index.search(data)
            counts: Counter[int] = Counter()
            for match in matches:
                counts[id(match.form.needle)] += 1
                if counts[id(match.form.needle)] <= MOST_OF_A_NEEDLE:
                    found.append(match)
            seen.full |= full
        return found


def _signs(data: bytes) -> set[str]:
    seen = _seen(data, "binary")
    if len(data) <= _SMALL or seen & {"text", "wide"}:
        seen |= _seen(data, "text")
    return seen


def _seen(data: bytes, kind: str) -> set[str]:
    names, database = _sign_database(kind)
    seen: set[str] = set()

    def keep(number: int, _start: int, _end: int, _flags: int, _context: Any) -> None:
        seen.add(names[number])

    with _SCRATCH:
        database.scan(data, match_event_handler=keep)
    return seen


_SCRATCH: Final = threading.Lock()
"""A database of Hyperscan has one scratch space, so one thread at a time scans with it."""


@cache
def _sign_database(kind: str) -> tuple[list[str], Any]:
    """The names of the signs, and the signs, compiled once in a process (about a second)."""
    signs = _BINARY if kind == "binary" else _TEXT
    once = hyperscan.HS_FLAG_DOTALL | hyperscan.HS_FLAG_SINGLEMATCH
    return list(signs), compiled(list(signs.values()), once)


def _by_width(forms: list[Form]) -> list[WindowIndex]:
    narrow = [form for form in forms if form.least < _WIDE]
    wide = [form for form in forms if form.least >= _WIDE]
    return [WindowIndex(some, width) for some, width in ((narrow, 4), (wide, 8)) if some]


def _described(match: Match, raw: bytes) -> str:
    """The encoding of a match, with what the compact form left out."""
    encoding = match.form.encoding
    if encoding == "text":
        encoding = "UTF-8"
    if len(raw) == match.end - match.start:
        return encoding
    if raw.count(0) * 3 >= len(raw):
        return "UTF-16 or UTF-32" if encoding == "UTF-8" else f"{encoding} in UTF-16 or UTF-32"
    return f"{encoding} with separators"
