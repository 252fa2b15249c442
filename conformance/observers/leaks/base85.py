"""Finds text in base85. Any text may be base85, so nothing is decoded without an anchor.

An anchor is the five characters of four bytes of a value. The groups beside it are decoded and
compared with the value.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import hyperscan

from conformance.observers.leaks.needles import SHORTEST, Needle

MOST_ANCHORS: Final = 2000
_TEN: Final = "0123456789"
_UPPER: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALPHABETS: Final = {
    "Ascii85": "".join(map(chr, range(33, 118))),
    "base85": f"{_TEN}{_UPPER}{_UPPER.lower()}!#$%&()*+-;<=>?@^_`{{|}}~",
    "Z85": f"{_TEN}{_UPPER.lower()}{_UPPER}.-:+=^!/*?&<>()[]{{}}@%$#",
}
_VALUES: Final = {
    name: {ord(sign): value for value, sign in enumerate(alphabet)}
    for name, alphabet in ALPHABETS.items()
}
_GROUP: Final = 5
_PLACES: Final = (85**4, 85**3, 85**2, 85, 1)


def compiled(expressions: Sequence[bytes], flags: int) -> Any:
    """A database of Hyperscan, in which each expression's number is its id."""
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    count = len(expressions)
    database.compile(
        expressions=list(expressions),
        ids=list(range(count)),
        elements=count,
        flags=[flags] * count,
    )
    return database


class Groups:
    """The anchors of the random parts of text needles."""

    def __init__(self, parts: Iterable[tuple[Needle, bytes]]) -> None:
        anchors: dict[bytes, list[tuple[Needle, bytes, int, str]]] = {}
        for needle, part in parts:
            for at in range(len(part) - 3):
                for name in ALPHABETS:
                    text = _encoded(part[at : at + 4], name)
                    anchors.setdefault(text, []).append((needle, part, at, name))
        self.texts = list(anchors)
        self._meanings = list(anchors.values())
        self._database: Any = None

    def search(self, data: bytes) -> tuple[list[tuple[Needle, str, int, int]], bool]:
        """The matches as (needle, encoding, start, end), and whether there were too many."""
        anchors: list[tuple[int, int]] = []

        def keep(number: int, _start: int, end: int, _flags: int, _context: Any) -> bool | None:
            anchors.append((number, end))
            return len(anchors) > MOST_ANCHORS or None

        if not self.texts:
            return [], False
        if self._database is None:
            # Escaped, because the library's literals end at a NUL byte.
            literals = [b"".join(b"\\x%02x" % byte for byte in text) for text in self.texts]
            self._database = compiled(literals, hyperscan.HS_FLAG_DOTALL)
        with contextlib.suppress(hyperscan.ScanTerminated):
            self._database.scan(data, match_event_handler=keep)
        return list(self._verify(data, anchors)), len(anchors) > MOST_ANCHORS

    def _verify(
        self, data: bytes, anchors: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[Needle, str, int, int]]:
        """The anchors (number, end offset) beside which at least eight bytes match."""
        told: set[tuple[int, str, int]] = set()
        for number, end in anchors:
            for needle, part, at, name in self._meanings[number]:
                start = end - _GROUP
                before, first = _grown(data, part, at, name, start, -1)
                after, last = _grown(data, part, at, name, start, 1)
                if before + 4 + after >= SHORTEST and (id(needle), name, last) not in told:
                    told.add((id(needle), name, last))
                    yield needle, name, first, last


def _encoded(four: bytes, name: str) -> bytes:
    number = int.from_bytes(four, "big")
    return "".join(ALPHABETS[name][number // place % 85] for place in _PLACES).encode()


def _grown(data: bytes, part: bytes, at: int, name: str, start: int, step: int) -> tuple[int, int]:
    """How many more bytes match in one direction, and the end of their groups in `data`."""
    grown = 0
    while True:
        start += step * _GROUP
        bytes_at = at + 4 + grown if step > 0 else at - grown
        four = _decoded(data, start, name)
        if four is None or (step < 0 and len(four) < 4):
            break
        wanted = (
            part[bytes_at : bytes_at + 4] if step > 0 else part[max(0, bytes_at - 4) : bytes_at]
        )
        same = 0
        while same < min(len(wanted), len(four)) and (
            four[same] == wanted[same] if step > 0 else four[-1 - same] == wanted[-1 - same]
        ):
            same += 1
        grown += same
        if same < 4:
            break
    return grown, start + _GROUP if step > 0 else start


def _decoded(data: bytes, start: int, name: str) -> bytes | None:
    """The four bytes of the group at `start`; a last group may be shorter (padded with the top)."""
    if start < 0:
        return None
    values = []
    for sign in data[start : start + _GROUP]:
        value = _VALUES[name].get(sign)
        if value is None:
            break
        values.append(value)
    if len(values) < 2:
        return None
    number = sum(v * place for v, place in zip(values + [84] * 5, _PLACES, strict=False))
    if number >= 1 << 32:
        return None
    return number.to_bytes(4, "big")[: len(values) - 1]
