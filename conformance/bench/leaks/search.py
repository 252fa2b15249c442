"""Looking for named values in bytes: what the claims about stores and the bus ask of a searcher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from conformance.observers.leaks import LeakReader, Needle, Place


@dataclass(frozen=True)
class Hit:
    """Something that was found: which needle, in which encoding, where. Never the bytes."""

    needle: str
    encoding: str
    where: str
    offset: int

    def __str__(self) -> str:
        return f"{self.needle} ({self.encoding}) in {self.where} at {self.offset}"


class Searcher(Protocol):
    """Knows what to look for."""

    def search(self, name: str, data: bytes) -> Sequence[Hit]:
        """Every needle that is in `data`, each at least once; `name` says where that is from."""
        ...

    def unfinished(self) -> list[str]:
        """What could not be looked at to its end since the last time this was asked."""
        ...


class LeakSearcher:
    """The leak reader for values by name: every encoding, and what is wrapped is undone.

    `needles`: name to bytes. Raises NeedleTooShort (a ValueError) for one that is too short to be
    told from chance.
    """

    def __init__(self, needles: Mapping[str, bytes]) -> None:
        self._reader = LeakReader(
            Needle(name, value, is_text=_is_text(value)) for name, value in needles.items()
        )

    def search(self, name: str, data: bytes) -> Sequence[Hit]:
        """The finds, with the steps that were undone as part of the encoding."""
        found = self._reader.read(Place("bytes", name), data)
        self._reader.reading.leaks.clear()  # they are handed over here
        return [
            Hit(leak.needle.what, ", ".join((leak.encoding, *leak.path)), name, leak.offset)
            for leak in found
        ]

    def unfinished(self) -> list[str]:
        """The reader's own words, once."""
        reading = self._reader.reading
        told, reading.incomplete = reading.incomplete, []
        return told


def _is_text(value: bytes) -> bool:
    try:
        return value.decode().isprintable()
    except UnicodeDecodeError:
        return False
