"""The content of every store of a server, as items of bytes.

Reading is bounded. `Unread` reports data that could not be read, so that it does not count as
absent.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from conformance.observers.stores import files, mariadb_rows, nats_streams, redis_keys
from conformance.observers.stores.items import Item, ItemStream, Store, Unread
from conformance.observers.stores.nats_streams import read_nats_streams, stream_names
from conformance.stacks.base import Stack

__all__ = [
    "Item",
    "ItemStream",
    "Store",
    "Unread",
    "files",
    "media_files",
    "planted",
    "read_everything",
    "read_nats_streams",
    "stores_of",
    "stream_names",
]


def stores_of(stack: Stack) -> list[Store]:
    """The kinds of store that this stack has. `stack.lacks` lists stores without access."""
    there = stack.endpoints
    kinds = {folder.kind for folder in stack.folders}
    has = {
        Store.NATS: bool(there.nats_url),
        Store.JETSTREAM: "jetstream" in kinds,
        Store.REDIS: bool(there.redis_url),
        Store.ROWS: bool(there.database_url),
        Store.TABLES: "mariadb" in kinds,
        Store.FILES: "server" in kinds,
        Store.LOGS: bool(stack.logs),
    }
    return [store for store, is_there in has.items() if is_there]


async def read_everything(stack: Stack, *, live_only: bool = False) -> ItemStream:
    """Everything in every store, one store after the other; `live_only` skips files and logs."""
    there = stack.endpoints
    if there.nats_url:
        async for item in nats_streams.read(there):
            yield item
    async for item in redis_keys.read(there):
        yield item
    async for item in mariadb_rows.read(there):
        yield item
    if live_only:
        return
    for folder in stack.folders:
        async for item in files.read(folder):
            yield item
    await stack.fetch_logs()
    async for item in files.read_logs(sorted(stack.logs.items())):
        yield item


async def media_files(stack: Stack) -> frozenset[str]:
    """The names of the server's files that begin like a recording."""
    return frozenset(
        [
            item.name
            for folder in stack.folders
            if folder.kind == "server"
            async for item in files.read(folder)
            if isinstance(item, Item) and files.is_media(item)
        ]
    )


@contextlib.asynccontextmanager
async def planted(stack: Stack, marker: str) -> AsyncIterator[None]:
    """Plant `marker` in stores that may be empty: Redis and the server's folders.

    Raises:
        OSError: the marker cannot be written.
    """
    async with redis_keys.planted(stack.endpoints, marker):
        with files.planted(stack.folders, marker):
            yield
