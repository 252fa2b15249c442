"""Joins what one sender spreads over several items, a few bytes in each.

Items of one shape, such as requests that differ only in a parameter, are lines of a table. What
stands in the same place of each line is a column. A column that changes from item to item is read
as one text, in the order in which the items left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from conformance.observers.leaks.places import Place

MOST_ITEM: Final = 4096
"""The largest item that is split into columns, in bytes."""
_MOST_WORDS: Final = 256
_MOST_BYTES: Final = 16 * 1024 * 1024
_LONGEST: Final = 64
"""The longest word that is joined, in bytes. A longer one is a find by itself."""
_WORD: Final = re.compile(rb"[A-Za-z0-9+_\x80-\xff-]+")


@dataclass
class _Table:
    place: Place
    lines: list[list[bytes]] = field(default_factory=list)


class Pieces:
    """The words of all small items, by shape."""

    def __init__(self) -> None:
        self._tables: dict[tuple[str, str, bytes], _Table] = {}
        self._bytes = 0
        self.left_out = False

    def take(self, place: Place, data: bytes) -> None:
        """Add an item. Items of one kind and sender that have one shape belong together."""
        if not 0 < len(data) <= MOST_ITEM:
            return
        words = _WORD.findall(data)
        if len(words) > _MOST_WORDS:
            return
        if self._bytes + len(data) > _MOST_BYTES:
            self.left_out = True
            return
        self._bytes += len(data)
        sender = place.name.partition(", ")[0] if ", " in place.name else ""
        shape = b"a".join(_WORD.split(data))
        table = self._tables.setdefault((place.kind, sender, shape), _Table(place))
        table.lines.append(words)

    def columns(self) -> Iterator[tuple[Place, bytes]]:
        """Each column that changes, as one item; the tables are empty afterwards."""
        tables, self._tables, self._bytes = self._tables, {}, 0
        for table in tables.values():
            if len(table.lines) < 2:
                continue
            for number, column in enumerate(zip(*table.lines, strict=True), 1):
                if any(a != b for a, b in pairwise(column)) and max(map(len, column)) <= _LONGEST:
                    place = table.place
                    name = f"{place.name} and {len(column) - 1} alike, word {number} of each"
                    yield Place(place.kind, name), b"".join(column)
