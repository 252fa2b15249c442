"""Redis, MariaDB and NATS with JetStream, as the stacks start them, are read completely."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import nats as nats_client
import pymysql
import pytest
from redis.asyncio import Redis

from conformance.observers.bus import tapped
from conformance.observers.stores import Store, files, mariadb_rows, nats_streams, redis_keys
from conformance.stacks.base import Endpoints, Folder
from conformance.stacks.processes.ports import PortBlock
from conformance.stacks.processes.supervisor import Supervisor
from conformance.stacks.programs import known as known_programs
from conformance.stacks.programs import tools
from conformance.stacks.services import mariadb, nats, redis
from tests.observers.test_store_readers import everything

pytestmark = pytest.mark.services


@pytest.fixture
async def supervisor(tmp_path: Path) -> AsyncIterator[Supervisor]:
    running = Supervisor(tmp_path / "logs")
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


@pytest.fixture
def port() -> int:
    block = PortBlock()
    taken = block.take()
    block.release()
    return taken


def found_or_skip(kind: tools.ProgramKind) -> tools.Tool:
    try:
        return tools.find(kind)
    except tools.ToolMissing as missing:
        pytest.skip(str(missing))


async def test_every_key_of_every_database_of_redis_is_read(
    supervisor: Supervisor, port: int
) -> None:
    tool = found_or_skip(known_programs.REDIS)
    settings = redis.RedisSettings(port, secrets.token_urlsafe(8))
    (supervisor.scratch / redis.CONFIG).write_text(redis.configuration(settings), "utf-8")
    await supervisor.spawn("redis", redis.command(tool.path, supervisor.scratch), ready=redis.READY)
    there = Endpoints("http://localhost:1", "key", "secret", redis_url=settings.url)
    elsewhere = settings.url.removesuffix("/0") + "/5"
    async with Redis.from_url(settings.url) as zero, Redis.from_url(elsewhere) as five:
        await zero.set("text", b"\x00of text")
        await zero.hset("hash", "field", "of hash")
        await zero.rpush("list", "first", "of list")
        await zero.sadd("set", "of set")
        await zero.zadd("sorted", {"of sorted": 1.5})
        await zero.xadd("stream", {"field": "of stream"})
        await zero.pfadd("log", "x")
        await five.set("other", "of five")
        async with redis_keys.planted(there, "marker-1"):
            read, unread = await everything(redis_keys.read(there))
        assert not [key async for key in zero.scan_iter("conform-canary-*")]
    assert not unread
    values = b"\n".join(read.values())
    for kind in ("text", "hash", "list", "set", "sorted", "stream", "five"):
        assert f"of {kind}".encode() in values
    assert b"marker-1" in values
    assert len(read) == 9


async def test_rows_are_read_and_their_bytes_are_found_on_disk(
    supervisor: Supervisor, port: int
) -> None:
    tool = found_or_skip(known_programs.MARIADB)
    install = mariadb.install_program(tool.path)
    assert install is not None
    settings = mariadb.MariaDbSettings(port, "plugnmeet", "a+/b", "root")
    scratch = supervisor.scratch
    (scratch / mariadb.INIT).write_text(mariadb.initial_sql(settings), "utf-8")
    argv = mariadb.command(tool.path, install, scratch, settings)
    await supervisor.spawn("mariadb", argv, ready=mariadb.READY, deadline_s=60)
    there = Endpoints("http://localhost:1", "key", "secret", database_url=settings.url)
    assert await everything(mariadb_rows.read(there)) == ({}, [])
    connection = pymysql.connect(
        host=settings.host,
        port=port,
        user=settings.user,
        password=settings.password,
        database=settings.database,
        autocommit=True,
    )
    kept, gone = secrets.token_hex(12), secrets.token_hex(12)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE `a``b` (id INT, title TEXT, raw BLOB, nothing INT)")
        cursor.execute("INSERT INTO `a``b` VALUES (7, %s, %s, NULL)", (kept, b"\x00\xff"))
        cursor.execute("INSERT INTO `a``b` VALUES (8, %s, NULL, NULL)", (gone,))
        cursor.execute("DELETE FROM `a``b` WHERE id = 8")
    read, unread = await everything(mariadb_rows.read(there))
    assert not unread
    assert read == {"a`b": b"7\n" + kept.encode() + b"\n\x00\xff\n\n\n"}
    async with asyncio.timeout(30):  # InnoDB writes its log each second
        while True:
            on_disk, unread = await everything(files.read(Folder("mariadb", scratch / "mariadb")))
            if all(any(m.encode() in d for d in on_disk.values()) for m in (kept, gone)):
                break
            await asyncio.sleep(0.5)
    assert not unread


async def test_streams_buckets_their_files_and_the_bus_are_read(
    supervisor: Supervisor, port: int
) -> None:
    tool = found_or_skip(known_programs.NATS)
    settings = nats.NatsSettings(port, port + 1, "plugnmeet", "word", nats.new_issuer_seed())
    store = supervisor.scratch / "jetstream"
    text = nats.configuration(settings, store)
    (supervisor.scratch / nats.CONFIG).write_text(text, "utf-8")
    await supervisor.spawn("nats", nats.command(tool.path, supervisor.scratch), ready=nats.READY)
    there = Endpoints(
        "http://localhost:1",
        "key",
        "secret",
        nats_url=settings.url,
        nats_user=settings.user,
        nats_password=settings.password,
    )
    client = await nats_client.connect(settings.url, user="plugnmeet", password="word")
    async with tapped(there) as tap:
        bucket = await client.jetstream().create_key_value(bucket="room")
        await bucket.put("title", b"marker-1")
        await client.publish("chat.room", b"marker-2", headers={"name": "marker-3"})
        await client.flush()
        assert await tap.wait_for(lambda: bool(tap.on("chat.room")), 5)
        assert tap.on("chat.room")[0].data == b"name: marker-3\nmarker-2"
        assert not tap.problems
    read, unread = await everything(nats_streams.read(there))
    assert not unread
    assert read == {"KV_room #1": b"$KV.room.title\nmarker-1"}
    assert await nats_streams.stream_names(there) == ["KV_room"]
    on_disk, unread = await everything(files.read(Folder("jetstream", store)))
    assert not unread
    assert any(b"marker-1" in data for data in on_disk.values())
    await client.close()


async def test_a_bus_without_access_is_reported(port: int) -> None:
    there = Endpoints("http://localhost:1", "k", "s", nats_url=f"nats://127.0.0.1:{port}")
    read, unread = await everything(nats_streams.read(there))
    assert not read
    assert [problem.store for problem in unread] == [Store.NATS]
