"""Every key of every Redis database with its value, of any type.

Plug-N-Meet v2.4.0 keeps polls and analytics here, and a room's metadata for a minute after the
room's end.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from conformance.observers.stores.items import (
    LONGEST_ITEM,
    Item,
    ItemStream,
    Store,
    Unread,
    short_error,
)
from conformance.stacks.base import Endpoints

KEYS_PER_DATABASE: Final = 20_000
MEMBERS: Final = 20_000
"""Members read from one collection, or entries from one stream."""
CANARY_SECONDS: Final = 600
"""Redis removes a canary after this time if a killed run left it."""
_TIMEOUT_S: Final = 10.0


def _client(url: str) -> Any:
    """A client with one connection, so that SELECT stays in effect."""
    return Redis.from_url(
        url,
        single_connection_client=True,
        socket_timeout=_TIMEOUT_S,
        socket_connect_timeout=_TIMEOUT_S,
    )


async def read(endpoints: Endpoints) -> ItemStream:
    """Each key with its value (key and all members joined by newlines)."""
    url = endpoints.redis_url
    if not url:
        return
    try:
        async with contextlib.aclosing(_client(url)) as first:
            keyspace = await first.info("keyspace")
        for name in keyspace:
            async for item in _database(url, str(name)):
                yield item
    except Exception as error:
        yield Unread(Store.REDIS, "the server", short_error(error))


async def _database(url: str, name: str) -> ItemStream:
    async with contextlib.aclosing(_client(url)) as redis:
        await redis.execute_command("SELECT", int(name.removeprefix("db")))
        count = 0
        async for key in redis.scan_iter(count=1_000):
            count += 1
            if count > KEYS_PER_DATABASE:
                yield Unread(Store.REDIS, name, f"more than {KEYS_PER_DATABASE} keys")
                return
            where = f"{name} {key[:200]!r}"
            try:
                data, whole = await _value(redis, key)
            except Exception as error:
                yield Unread(Store.REDIS, where, short_error(error))
                continue
            yield Item(Store.REDIS, where, key + b"\n" + data)
            if not whole:
                yield Unread(Store.REDIS, where, "the value exceeds the item limit")


async def _value(redis: Any, key: bytes) -> tuple[bytes, bool]:
    """Return the value, and whether it is complete. A deleted key has an empty value.

    A type of a Redis module is unknown here; its value is the output of DUMP.
    """
    kind = (await redis.type(key)).decode("ascii", "replace")
    if kind == "string":
        data = await redis.getrange(key, 0, LONGEST_ITEM)
        return data[:LONGEST_ITEM], len(data) <= LONGEST_ITEM
    if kind in _PIECES:
        return await _joined(_PIECES[kind](redis, key))
    if kind == "none":
        return b"", True
    data = await redis.dump(key) or b""
    return data[:LONGEST_ITEM], len(data) <= LONGEST_ITEM


async def _joined(pieces: AsyncIterator[bytes]) -> tuple[bytes, bool]:
    joined, count = bytearray(), 0
    async with contextlib.aclosing(pieces) as all_of_them:  # type: ignore[type-var]
        async for piece in all_of_them:
            count += 1
            if count > MEMBERS or len(joined) + len(piece) > LONGEST_ITEM:
                return bytes(joined), False
            joined += piece + b"\n"
    return bytes(joined), True


async def _hash(redis: Any, key: bytes) -> AsyncIterator[bytes]:
    async for field, value in redis.hscan_iter(key):
        yield field + b"\n" + value


async def _set(redis: Any, key: bytes) -> AsyncIterator[bytes]:
    async for member in redis.sscan_iter(key):
        yield member


async def _sorted(redis: Any, key: bytes) -> AsyncIterator[bytes]:
    async for member, score in redis.zscan_iter(key):
        yield member + f"\n{score}".encode()


async def _list(redis: Any, key: bytes) -> AsyncIterator[bytes]:
    for member in await redis.lrange(key, 0, MEMBERS):
        yield member


async def _stream(redis: Any, key: bytes) -> AsyncIterator[bytes]:
    for entry, fields in await redis.xrange(key, count=MEMBERS + 1):
        yield entry + b"\n" + b"\n".join(k + b"\n" + v for k, v in fields.items())


_PIECES: Final = {
    "hash": _hash,
    "set": _set,
    "zset": _sorted,
    "list": _list,
    "stream": _stream,
}


@contextlib.asynccontextmanager
async def planted(endpoints: Endpoints, marker: str) -> AsyncIterator[None]:
    """A canary key whose value is `marker`, removed afterwards or, after a kill, by its expiry.

    Raises:
        OSError: Redis refuses it.
    """
    url = endpoints.redis_url
    if not url:
        yield
        return
    key = f"conform-canary-{secrets.token_hex(6)}"
    async with contextlib.aclosing(_client(url)) as redis:
        try:
            await redis.set(key, marker, ex=CANARY_SECONDS)
        except RedisError as error:
            raise OSError(f"Redis: {short_error(error)}") from error
        try:
            yield
        finally:
            with contextlib.suppress(RedisError):  # the key expires by itself
                await redis.delete(key)
