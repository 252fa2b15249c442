"""The results of reading a store: named items of bytes, and data that could not be read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST_ITEM: Final = 16 * 1024 * 1024
"""Bytes of one item. Longer data comes as several items or is reported as truncated."""
MOST_BYTES: Final = 1024 * 1024 * 1024
"""Bytes read from one store. A test run leaves less than a tenth of it."""


class Store(StrEnum):
    """The kinds of store in which a server may keep data."""

    NATS = "NATS streams"
    JETSTREAM = "JetStream files"
    REDIS = "Redis"
    ROWS = "MariaDB rows"
    TABLES = "MariaDB files"
    FILES = "server files"
    LOGS = "logs"

    @property
    def keeps_remnants(self) -> bool:
        """Whether deleted data stays until it is overwritten, as in a storage engine's files."""
        return self in (Store.JETSTREAM, Store.TABLES)


@dataclass(frozen=True)
class Item:
    """One piece of data. `name` says where in the store it is; `offset` is in bytes."""

    store: Store
    name: str
    data: bytes
    offset: int = 0


@dataclass(frozen=True)
class Unread:
    """Data that exists but could not be read completely. Its absence cannot be claimed."""

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
