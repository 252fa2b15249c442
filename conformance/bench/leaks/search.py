"""The interface of a searcher for named values in bytes, for claims about stores and the bus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from conformance.observers.leaks import LeakReader, Needle, Place


@dataclass(frozen=True)
class Hit:
    """One find: the needle's name, its encoding and the place. Never contains the bytes."""

    needle: str
    encoding: str
    where: str
    offset: int

    def __str__(self) -> str:
        return f"{self.needle} ({self.encoding}) in {self.where} at {self.offset}"


class Searcher(Protocol):
    """Searches for a set of needles."""

    def search(self, name: str, data: bytes) -> Sequence[Hit]:
        """Return every needle in `data`, each at least once; `name` says where `data` is from."""
        ...

    def unfinished(self) -> list[str]:
        """What could not be searched completely since the last call."""
        ...


class LeakSearcher:
    """The leak reader for named values: searches every encoding, and unwraps containers.

    `needles`: name to bytes. Raises NeedleTooShort (a ValueError) for a value so short that it may
    occur by chance. `public`: values that may be anywhere; parts that a needle shares with them do
    not count.
    """

    def __init__(self, needles: Mapping[str, bytes], public: Iterable[str] = ()) -> None:
        named = [Needle(name, value, is_text=_is_text(value)) for name, value in needles.items()]
        self._reader = LeakReader(named, public=public)

    def search(self, name: str, data: bytes) -> Sequence[Hit]:
        """The finds; their encoding includes the unwrapping steps."""
        found = self._reader.read(Place("bytes", name), data)
        self._reader.reading.leaks.clear()  # this call returns them
        return [
            Hit(leak.needle.what, ", ".join((leak.encoding, *leak.path)), name, leak.offset)
            for leak in found
        ]

    def unfinished(self) -> list[str]:
        """The reader's own messages, each returned once."""
        reading = self._reader.reading
        told, reading.incomplete = reading.incomplete, []
        return told


def _is_text(value: bytes) -> bool:
    try:
        return value.decode().isprintable()
    except UnicodeDecodeError:
        return False
