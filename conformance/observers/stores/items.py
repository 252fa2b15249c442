"""What a reader of a store gives: items of bytes under a name, and what could not be read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST_ITEM: Final = 16 * 1024 * 1024
"""Bytes of one item; what is longer comes in several, or is said to be cut."""
MOST_BYTES: Final = 1024 * 1024 * 1024
"""Bytes read of one store; a run of ours leaves less than a tenth of it."""


class Store(StrEnum):
    """The kinds of place in which a server may keep something."""

    NATS = "NATS streams"
    JETSTREAM = "JetStream files"
    REDIS = "Redis"
    ROWS = "MariaDB rows"
    TABLES = "MariaDB files"
    FILES = "server files"
    LOGS = "logs"

    @property
    def keeps_remnants(self) -> bool:
        """Files of a storage engine: what was deleted lies there until it is written over."""
        return self in (Store.JETSTREAM, Store.TABLES)


@dataclass(frozen=True)
class Item:
    """One thing that was read. `name` says where in the store it is; `offset` in bytes."""

    store: Store
    name: str
    data: bytes
    offset: int = 0


@dataclass(frozen=True)
class Unread:
    """Something that is there and could not be read, or not all of it: no absence can be said."""

    store: Store
    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.store}, {self.name}: {self.why}"


ItemStream = AsyncIterator[Item | Unread]


def short_error(error: BaseException) -> str:
    """An error in at most one line, for `Unread.why`."""
    text = str(error).partition("\n")[0][:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
