"""Every row of every table in the product's database, as the bytes that MariaDB holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import pymysql
from pymysql.converters import encoders
from pymysql.cursors import SSCursor

from conformance.observers.stores.items import (
    LONGEST_ITEM,
    MOST_BYTES,
    Item,
    ItemStream,
    Store,
    Unread,
    short_error,
)
from conformance.stacks.base import Endpoints

ROWS_PER_TABLE: Final = 200_000
CHUNK: Final = 1024 * 1024
_TIMEOUT_S: Final = 20
_ENCODERS_ONLY: Final[Any] = encoders
"""No decoders: the values stay bytes."""


async def read(endpoints: Endpoints) -> ItemStream:
    """The rows of each table; each item holds about one mebibyte of rows."""
    url = endpoints.database_url
    if not url:
        return
    try:
        async for item in _in_a_thread(_rows(url)):
            yield item
    except Exception as error:
        yield Unread(Store.ROWS, "the server", short_error(error))


async def _in_a_thread(items: Iterator[Item | Unread]) -> AsyncIterator[Item | Unread]:
    while (item := await asyncio.to_thread(next, items, None)) is not None:
        yield item


def _rows(url: str) -> Iterator[Item | Unread]:
    parts = urlsplit(url)
    connection = pymysql.connect(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.lstrip("/")),
        charset="utf8mb4",
        use_unicode=False,
        conv=_ENCODERS_ONLY,
        connect_timeout=_TIMEOUT_S,
        read_timeout=_TIMEOUT_S,
        cursorclass=SSCursor,
    )
    try:
        with connection.cursor() as cursor:
            # The default level would show old rows in a long transaction.
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            cursor.execute("SHOW TABLES")
            tables = [_bytes(row[0]).decode("utf-8", "replace") for row in cursor.fetchall()]
        total = 0
        for table in tables:
            for item in _table(connection, table):
                total += len(item.data) if isinstance(item, Item) else 0
                yield item
                if total > MOST_BYTES:
                    yield Unread(Store.ROWS, "all tables", "the store exceeds the read limit")
                    return
    finally:
        connection.close()


def _table(connection: Any, table: str) -> Iterator[Item | Unread]:
    chunk, count = bytearray(), 0
    quoted = table.replace("`", "``")
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM `{quoted}` LIMIT {ROWS_PER_TABLE + 1}")  # noqa: S608
            while (row := cursor.fetchone()) is not None:
                count += 1
                chunk += b"\n".join(_bytes(value) for value in row) + b"\n\n"
                if len(chunk) > CHUNK:
                    yield Item(Store.ROWS, table, bytes(chunk[:LONGEST_ITEM]))
                    if len(chunk) > LONGEST_ITEM:
                        yield Unread(Store.ROWS, table, "a row exceeds the item limit")
                    chunk.clear()
    except pymysql.MySQLError as error:
        yield Unread(Store.ROWS, table, short_error(error))
    if chunk:
        yield Item(Store.ROWS, table, bytes(chunk))
    if count > ROWS_PER_TABLE:
        yield Unread(Store.ROWS, table, f"more than {ROWS_PER_TABLE} rows")


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return b"" if value is None else str(value).encode("utf-8", "replace")
