"""Every message of every JetStream stream, key-value buckets included, read over NATS.

Plug-N-Meet v2.4.0 keeps room and user state in NATS key-value buckets (`KV_pnm-room-<id>`), so the
streams contain the server's live state.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import nats
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from conformance.observers.stores.items import (
    LONGEST_ITEM,
    Item,
    ItemStream,
    Store,
    Unread,
    short_error,
)
from conformance.stacks.base import Endpoints

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MESSAGES_PER_STREAM: Final = 5_000
"""Newest messages read from one stream. A test run leaves a few hundred."""


@asynccontextmanager
async def as_server(endpoints: Endpoints) -> AsyncIterator[Client]:
    """A connection to the message bus with the server's own account.

    Raises:
        ValueError: the stack gives no login for its NATS.
        nats.errors.Error, OSError: NATS refuses the connection.
    """
    if not endpoints.nats_url:
        raise ValueError("this stack gives no access to its NATS server")
    connection = await nats.connect(
        endpoints.nats_url,
        user=endpoints.nats_user,
        password=endpoints.nats_password,
        allow_reconnect=False,
        max_reconnect_attempts=1,  # nats-py applies it to the first connection, too
        reconnect_time_wait=1,
        error_cb=_ignore,
    )
    try:
        yield connection
    finally:
        await connection.close()


async def _ignore(_: Exception) -> None:
    """Ignore the error here: nats-py raises it, too, and would also print it."""


async def read(endpoints: Endpoints) -> ItemStream:
    """Each message (subject, headers and payload joined), a stream's oldest message first."""
    try:
        async with as_server(endpoints) as connection:
            js = connection.jetstream()
            for info in await _streams(js):
                async for item in _messages(js, info):
                    yield item
    except Exception as error:
        yield Unread(Store.NATS, "the server", short_error(error))


async def _streams(js: Any) -> list[Any]:
    """All streams. JetStream lists 256 at a time."""
    found: list[Any] = []
    while batch := await js.streams_info(offset=len(found)):
        found += batch
        if len(batch) < 256:
            break
    return found


async def _messages(js: Any, info: Any) -> ItemStream:
    name, state = str(info.config.name), info.state
    first = max(1, state.first_seq)
    if (newest := state.last_seq - MESSAGES_PER_STREAM + 1) > first:
        if state.messages > MESSAGES_PER_STREAM:
            why = f"only the newest {MESSAGES_PER_STREAM} of {state.messages} messages are read"
            yield Unread(Store.NATS, name, why)
        first = newest
    for sequence in range(first, state.last_seq + 1):
        try:
            message = await js.get_msg(name, sequence)
        except NotFoundError:
            continue
        headers = "".join(f"{k}: {v}\n" for k, v in (message.headers or {}).items())
        data = f"{message.subject}\n{headers}".encode() + (message.data or b"")
        yield Item(Store.NATS, f"{name} #{sequence}", data[:LONGEST_ITEM])
        if len(data) > LONGEST_ITEM:
            yield Unread(Store.NATS, f"{name} #{sequence}", "the message exceeds the item limit")


async def stream_names(endpoints: Endpoints) -> list[str]:
    """The names of all streams and buckets; raises the errors of `as_server`."""
    async with as_server(endpoints) as connection:
        return [str(info.config.name) for info in await _streams(connection.jetstream())]


async def read_nats_streams(endpoints: Endpoints) -> dict[str, list[bytes]]:
    """Each stream's messages (subject and payload joined) by its name, newest last.

    Raises:
        ValueError: the stack gives no login for its NATS.
    """
    async with as_server(endpoints) as connection:
        js = connection.jetstream()
        streams: dict[str, list[bytes]] = {}
        for info in await _streams(js):
            messages = streams.setdefault(str(info.config.name), [])
            async for item in _messages(js, info):
                if isinstance(item, Item):
                    messages.append(item.data)
        return streams
