"""How the door reaches a host: by itself, or through the proxy in this machine's settings."""

from __future__ import annotations

import asyncio

import pytest

from conformance.observers.door.dial import NotReached, dial
from conformance.observers.door.proxy import Door

VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("host", ["x.invalid", "127.0.0.1", "a..b", "x" * 300 + ".test"])
async def test_nobody_answers(host: str) -> None:
    with pytest.raises(NotReached):
        await dial(host, 1, "http")


@pytest.mark.parametrize("host", ["localhost", "page.localhost", "127.0.0.1"])
async def test_names_of_this_machine_need_no_resolver_and_no_proxy(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://nobody.invalid:3128")
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    reached = await dial(host, server.sockets[0].getsockname()[1], "http")
    assert not reached.is_proxy
    reached.streams[1].close()
    server.close()


async def test_the_settings_of_this_machine_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment that is reached only through a proxy is still reached."""
    heads: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        if heads[-1].startswith(b"CONNECT refused"):
            writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
        elif heads[-1].startswith(b"CONNECT"):
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    monkeypatch.setenv("http_proxy", f"http://me:p%40ss@{place}")
    monkeypatch.setenv("https_proxy", place)
    monkeypatch.setenv("no_proxy", "near.test")
    assert not (await dial("meet.test", 443, "https")).is_proxy
    assert heads.pop().startswith(b"CONNECT meet.test:443 HTTP/1.1\r\nHost: meet.test:443\r\n\r\n")
    with pytest.raises(NotReached, match="refuses"):
        await dial("refused.test", 443, "https")
    heads.clear()

    door = await Door.open()
    reader, writer = await asyncio.open_connection("127.0.0.1", int(door.url.rpartition(":")[2]))
    writer.write(b"GET http://meet.test/x HTTP/1.1\r\nHost: meet.test\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 204")
    writer.close()
    await door.close()
    server.close()
    (head,) = heads
    assert head.startswith(b"GET http://meet.test/x HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic bWU6cEBzcw==" in head
    assert [one.place for one in door.connections] == ["meet.test:80"]
