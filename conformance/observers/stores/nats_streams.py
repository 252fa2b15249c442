"""Every message of every JetStream stream, key-value buckets included, over NATS itself.

Plug-N-Meet v2.4.0 keeps room and user state in NATS key-value buckets (`KV_pnm-room-<id>`), so
whoever reads the streams reads the server's memory.
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
"""Newest messages read of one stream; a conformance run leaves a few hundred."""


@asynccontextmanager
async def as_server(endpoints: Endpoints) -> AsyncIterator[Client]:
    """A connection to the message bus with the server's own account.

    Raises:
        ValueError: the stack does not tell how to log in to its NATS.
        nats.errors.Error, OSError: NATS does not let us in.
    """
    if not endpoints.nats_url:
        raise ValueError("this stack gives no access to its NATS server")
    connection = await nats.connect(
        endpoints.nats_url,
        user=endpoints.nats_user,
        password=endpoints.nats_password,
        allow_reconnect=False,
        max_reconnect_attempts=1,  # nats-py tries to connect for the first time so often, too
        reconnect_time_wait=1,
        error_cb=_raised_anyway,
    )
    try:
        yield connection
    finally:
        await connection.close()


async def _raised_anyway(_: Exception) -> None:
    """What fails is raised, too; nats-py would print it besides."""


async def read(endpoints: Endpoints) -> ItemStream:
    """Each message (subject, headers and payload joined), oldest of a stream first."""
    try:
        async with as_server(endpoints) as connection:
            js = connection.jetstream()
            for info in await _streams(js):
                async for item in _messages(js, info):
                    yield item
    except Exception as error:
        yield Unread(Store.NATS, "the server", short_error(error))


async def _streams(js: Any) -> list[Any]:
    """All streams; JetStream lists 256 at a time."""
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
            yield Unread(Store.NATS, f"{name} #{sequence}", "longer than what is read of one")


async def stream_names(endpoints: Endpoints) -> list[str]:
    """The names of all streams and buckets; raises as `as_server`."""
    async with as_server(endpoints) as connection:
        return [str(info.config.name) for info in await _streams(connection.jetstream())]


async def read_nats_streams(endpoints: Endpoints) -> dict[str, list[bytes]]:
    """Stream name to its messages (subject and payload joined), newest last.

    Raises:
        ValueError: the stack does not tell how to log in to its NATS.
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
