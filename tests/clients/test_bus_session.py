"""The bare bus session keeps every byte, distinguishes refusal from silence, and is robust."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from conformance.clients.headless import bus_session
from conformance.clients.headless.bus_session import BusSession, BusUnreachable

Script = Callable[[web.WebSocketResponse], Awaitable[None]]


@contextlib.asynccontextmanager
async def nats_that(script: Script) -> AsyncIterator[str]:
    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        with contextlib.suppress(ConnectionError):
            await script(socket)
        return socket

    app = web.Application()
    app.router.add_get("/", handle)
    server = TestServer(app)
    await server.start_server(shutdown_timeout=0.1)
    try:
        yield str(server.make_url("/")).replace("http", "ws", 1)
    finally:
        await server.close()


async def polite(socket: web.WebSocketResponse, then: bytes = b"") -> None:
    """Answers each PING; it sends `then` before the second answer."""
    await socket.send_bytes(b'INFO {"server_id":"x"}\r\n')
    pings = 0
    async for frame in socket:
        for _ in range(bytes(frame.data).count(b"PING\r\n")):
            pings += 1
            await socket.send_bytes((then if pings == 2 else b"") + b"PONG\r\n")


async def test_every_byte_is_kept_and_messages_are_taken_apart() -> None:
    told = b"MSG a.b 1 5\r\nhello\r\n-ERR 'Permissions Violation for Subscription to \">\"'\r\n"
    kept = bytearray()
    async with (
        nats_that(lambda socket: polite(socket, told)) as url,
        BusSession(url, "token", kept.extend) as bus,
    ):
        assert bus.refusal is None
        assert await bus.flush()
        assert bytes(kept) == b'INFO {"server_id":"x"}\r\nPONG\r\n' + told + b"PONG\r\n"
        assert [(one.subject, one.payload) for one in bus.messages] == [("a.b", b"hello")]
        assert bus.errors == ['Permissions Violation for Subscription to ">"']


async def test_only_ones_own_messages_are_acknowledged() -> None:
    sent: list[bytes] = []

    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(b"INFO {}\r\n")
        async for frame in socket:
            sent.append(bytes(frame.data))
            if b"PING" in frame.data:
                await socket.send_bytes(
                    b"MSG x 1 $JS.ACK.s.other.1 0\r\n\r\nMSG x 1 $JS.ACK.s.me.1 0\r\n\r\nPONG\r\n"
                )

    async with nats_that(script) as url, BusSession(url, None, lambda _: None) as bus:
        assert b"auth_token" not in sent[0]
        bus.acknowledges = "$JS.ACK.s.me."
        assert await bus.flush()
        assert await bus.flush()
    assert any(b"PUB $JS.ACK.s.me.1 4\r\n+ACK" in one for one in sent)
    assert not any(b"other" in one for one in sent)


async def test_a_refusal_is_quoted_in_the_servers_words() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(b"INFO {}\r\n-ERR 'Authorization Violation'\r\n")
        await socket.close()

    async with nats_that(script) as url, BusSession(url, "bad", lambda _: None) as bus:
        assert bus.refusal == "Authorization Violation"
        assert not await bus.flush(1)


async def test_silence_is_no_refusal() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await socket.close()

    async with nats_that(script) as url:
        with pytest.raises(BusUnreachable, match="without an answer"):
            await BusSession(url, "token", lambda _: None).__aenter__()
    with pytest.raises(BusUnreachable, match="no NATS at"):
        await BusSession("ws://127.0.0.1:9/", "token", lambda _: None).__aenter__()


async def test_traffic_that_is_not_nats_is_a_problem() -> None:
    bytes_of_hell = b"HELLO\r\n" + b"\xff" * 1000
    async with (
        nats_that(lambda socket: polite(socket, bytes_of_hell)) as url,
        BusSession(url, "token", lambda _: None) as bus,
    ):
        assert not await bus.flush(0.5)
        assert "not a NATS operation" in (bus.problem or "")


async def test_a_flood_is_truncated_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_session, "MOST_MESSAGES", 10)
    flood = b"MSG a 1 0\r\n\r\n" * 100
    async with (
        nats_that(lambda socket: polite(socket, flood)) as url,
        BusSession(url, "token", lambda _: None) as bus,
    ):
        assert await bus.flush()
        assert len(bus.messages) == 10
        assert bus.problem == "more messages came than are kept"
