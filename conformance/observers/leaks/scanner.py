"""Finds many patterns in one pass (Hyperscan), in whole items or in streams."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import hyperscan

from conformance.observers.leaks.encodings import Pattern

MOST_HITS: Final = 200
"""Matches kept per scan. More add no evidence, and a subject could send millions."""

SIGNS: Final = {
    "gzip": rb"\x1f\x8b\x08",
    "zlib": rb"\x78[\x01\x5e\x9c\xda]",
    "base64": rb"[A-Za-z0-9+/_-]{24}",
    "lines": rb"[A-Za-z0-9+/_-]{60}\r?\n[A-Za-z0-9+/_-]",
    "hex": rb"[0-9A-Fa-f]{24}",
    "percent": rb"%[0-9A-Fa-f]{2}",
    "escape": rb'\\(u[0-9A-Fa-f]{4}|["\\/nrt])',
}
"""Signs of an encoded value. The same pass searches for them and reports each once."""

_NAMES: Final = tuple(SIGNS)


@dataclass(frozen=True)
class Hit:
    """A match. `start` and `end` are byte offsets in the item or the stream."""

    pattern: Pattern
    start: int
    end: int


@dataclass
class Seen:
    """The results of one pass. `full`: it stopped at `MOST_HITS`."""

    hits: list[Hit]
    signs: set[str]
    full: bool = False


class Scanner:
    """A compiled set of patterns. Compiling 1 000 of them takes about 50 ms."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.patterns = list(patterns)
        self._databases: dict[int, Any] = {}

    def scan(self, data: bytes | memoryview) -> Seen:
        """Scan one item at once."""
        seen = Seen([], set())
        if len(data):
            with contextlib.suppress(hyperscan.ScanTerminated):
                self._database(hyperscan.HS_MODE_BLOCK).scan(
                    data, match_event_handler=self._keeper(seen)
                )
        return seen

    def scan_stream(self, pieces: Iterator[bytes]) -> Seen:
        """Scan a stream. Matches may span pieces; offsets are those of the stream."""
        seen = Seen([], set())
        database = self._database(hyperscan.HS_MODE_STREAM)
        keeper = self._keeper(seen)  # the library keeps no reference to it
        with (
            contextlib.suppress(hyperscan.ScanTerminated),
            database.stream(match_event_handler=keeper) as stream,
        ):
            for piece in pieces:
                if piece:
                    stream.scan(piece)
        return seen

    def _keeper(self, seen: Seen) -> Any:
        patterns, signs = self.patterns, len(_NAMES)

        def keep(number: int, _start: int, end: int, _flags: int, _context: Any) -> bool | None:
            if number < signs:
                seen.signs.add(_NAMES[number])
                return None
            pattern = patterns[number - signs]
            seen.hits.append(Hit(pattern, end - len(pattern.data), end))
            seen.full = len(seen.hits) >= MOST_HITS
            return seen.full or None

        return keep

    def _database(self, mode: int) -> Any:
        if mode not in self._databases:
            expressions = list(SIGNS.values())
            flags = [hyperscan.HS_FLAG_DOTALL | hyperscan.HS_FLAG_SINGLEMATCH] * len(expressions)
            for pattern in self.patterns:
                # Escaped, because the library's literals end at a NUL byte.
                expressions.append(b"".join(b"\\x%02x" % byte for byte in pattern.data))
                caseless = hyperscan.HS_FLAG_CASELESS if pattern.caseless else 0
                flags.append(hyperscan.HS_FLAG_DOTALL | caseless)
            database = hyperscan.Database(mode=mode)
            database.compile(
                expressions=expressions,
                ids=list(range(len(expressions))),
                elements=len(expressions),
                flags=flags,
            )
            self._databases[mode] = database
        return self._databases[mode]
