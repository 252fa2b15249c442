"""The door carries plain HTTP, WebSockets and TLS unchanged, and counts what went through."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import httpx
import pytest
import pytest_asyncio
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from conformance.observers.door.proxy import Door
from conformance.observers.door.sent import sent_of

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
WAIT = 10.0


@pytest_asyncio.fixture
async def door() -> AsyncIterator[Door]:
    opened = await Door.open()
    yield opened
    await opened.close()


@asynccontextmanager
async def answering(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    server = await asyncio.start_server(handler, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def site() -> AsyncIterator[str]:
    """A server that answers with what it got, and a WebSocket that says everything back."""

    async def echo(request: web.Request) -> web.Response:
        body = await request.read()
        seen = {"target": request.raw_path, "headers": dict(request.headers), "size": len(body)}
        return web.json_response(seen)

    async def socket(request: web.Request) -> web.WebSocketResponse:
        opened = web.WebSocketResponse()
        await opened.prepare(request)
        async for message in opened:
            await opened.send_bytes(message.data)
        return opened

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_get("/socket", socket)
    app.router.add_route("*", "/{rest:.*}", echo)
    runner = web.AppRunner(app)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def through(door: Door, **more: object) -> httpx.AsyncClient:
    return httpx.AsyncClient(proxy=door.url, trust_env=False, timeout=WAIT, **more)  # type: ignore[arg-type]


async def test_plain_requests_arrive_as_if_there_were_no_door(door: Door) -> None:
    async with site() as place, through(door) as client:
        body = bytes(range(256)) * 4000
        answer = await client.post(f"http://{place}/a%20b?q=%2F#no", content=body)
        again = await client.get(f"http://{place}?only=query")
    seen = answer.json()
    assert seen["target"] == "/a%20b?q=%2F"
    assert seen["headers"]["Host"] == place
    assert not [name for name in seen["headers"] if name.lower().startswith("proxy")]
    assert seen["size"] == len(body)
    assert again.json()["target"] == "/?only=query"
    first, second = door.connections
    assert first.place == place
    assert first.sent > len(body)
    assert first.received > len(answer.content)
    assert second.url == f"http://{place}/?only=query"
    sent = sent_of(first)
    assert sent is not None
    assert (sent.method, sent.body, sent.unread) == ("POST", body, None)
    assert door.unread == []


async def test_requests_of_one_connection_reach_their_own_hosts(door: Door) -> None:
    async with site() as one, site() as other, through(door) as client:
        for place in (one, other, one):
            answer = await client.get(f"http://{place}/x")
            assert answer.json()["headers"]["Host"] == place
    assert [c.place for c in door.connections] == [one, other, one]


@asynccontextmanager
async def tunnelled(door: Door, place: str) -> AsyncIterator[str]:
    """A port whose connections go through tunnels of the door, as a browser's WebSockets do."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await tunnel(door, place)
        await asyncio.gather(pump(reader, outer), pump(inner, writer), return_exceptions=True)
        writer.close()

    async with answering(relay) as port:
        yield f"127.0.0.1:{port}"


async def pump(source: asyncio.StreamReader, drain: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        drain.write(data)
    drain.close()


async def tunnel(door: Door, place: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(door.url.rpartition(":")[2]))
    writer.write(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    return reader, writer


@pytest.mark.parametrize("packed", [0, 15])
async def test_a_websocket_goes_through_a_tunnel(door: Door, packed: int) -> None:
    sent = [b"x", b"some words " * 400, bytes(range(256)) * 300, b"some words " * 400]
    async with (
        site() as place,
        tunnelled(door, place) as relayed,
        aiohttp.ClientSession() as session,
        session.ws_connect(f"ws://{relayed}/socket?a=1", compress=packed) as socket,
    ):
        for message in sent:
            await socket.send_bytes(message)
            assert await socket.receive_bytes(timeout=WAIT) == message
    (connection,) = door.connections
    assert (connection.is_tunnel, connection.is_tls, connection.place) == (True, False, place)
    read = sent_of(connection)
    assert read is not None
    assert read.url == f"ws://{place}/socket?a=1"
    assert read.messages[: len(sent)] == sent
    assert read.unread is None
    assert (b"some words" in bytes(connection.kept)) is False  # masked, and perhaps compressed


async def test_a_websocket_may_also_come_as_a_plain_request(door: Door) -> None:
    async with (
        site() as place,
        aiohttp.ClientSession() as session,
        session.ws_connect(f"ws://{place}/socket", proxy=door.url) as socket,
    ):
        await socket.send_bytes(b"hello")
        assert await socket.receive_bytes(timeout=WAIT) == b"hello"


async def test_tls_goes_through_untouched(door: Door, tmp_path: Path) -> None:
    def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsealed")

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        answer(reader, writer)

    server, client_side = contexts(tmp_path)
    async with answering(handler, server) as port, through(door, verify=client_side) as client:
        answered = await client.get(f"https://localhost:{port}/secret-path")
    assert answered.text == "sealed"
    (connection,) = door.connections
    assert connection.is_tls
    assert connection.place == f"localhost:{port}"
    assert bytes(connection.kept) == b""
    assert min(connection.sent, connection.received) > 100
    assert sent_of(connection) is None


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    path = folder / "server.pem"
    path.write_bytes(
        pem
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    client = ssl.create_default_context(cadata=pem.decode())
    return server, client


async def test_a_host_that_nobody_can_reach_is_recorded(door: Door) -> None:
    async with through(door) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("http://nowhere.invalid/x?y=1")
        with pytest.raises(httpx.ProxyError, match="502"):
            await client.get("https://elsewhere.invalid:8443/")
        with pytest.raises(httpx.ProxyError, match="502"):
            await client.get("https://127.0.0.1:1/")
    assert [(c.place, c.failure is not None) for c in door.connections] == [
        ("nowhere.invalid:80", True),
        ("elsewhere.invalid:8443", True),
        ("127.0.0.1:1", True),
    ]
    assert door.connections[0].sent > 0


async def test_a_reset_reaches_the_browser(door: Door) -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.transport.abort()

    async with answering(reset) as port:
        reader, writer = await tunnel(door, f"127.0.0.1:{port}")
        writer.write(b"x")
        async with asyncio.timeout(WAIT):
            assert await reader.read() == b""
        writer.close()


async def test_a_closed_page_ends_the_connection_to_the_server(door: Door) -> None:
    ended = asyncio.Event()

    async def listens(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        ended.set()
        writer.close()

    async with answering(listens) as port:
        _, writer = await tunnel(door, f"127.0.0.1:{port}")
        writer.write(b"last words")
        writer.close()
        async with asyncio.timeout(WAIT):
            await ended.wait()
    assert door.connections[0].sent == len(b"last words")


async def test_what_is_sent_at_unload_arrives(door: Door) -> None:
    """A browser that closes its connection right after a beacon has still sent it."""
    got = asyncio.get_running_loop().create_future()

    async def listens(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.set_result(await reader.read())
        writer.close()

    async with answering(listens) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", int(door.url.rpartition(":")[2]))
        body = b"b" * 60_000
        head = f"POST http://127.0.0.1:{port}/b HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        writer.close()
        async with asyncio.timeout(WAIT):
            assert (await got).endswith(body)


async def test_an_interim_answer_comes_before_the_answer(door: Door) -> None:
    async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n")
        # It keeps the connection, although it was asked to close it.
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok")
        await reader.read()
        writer.close()

    async with answering(early) as port, through(door) as client:
        for _ in range(2):
            answer = await client.get(f"http://127.0.0.1:{port}/")
            assert (answer.text, answer.headers["connection"]) == ("ok", "close")
    assert len(door.connections) == 2


async def test_events_arrive_when_they_are_sent(door: Door) -> None:
    go_on = asyncio.Event()

    async def events(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        await go_on.wait()
        writer.write(b"data: 2\n\n")
        writer.close()

    async with (
        answering(events) as port,
        through(door) as client,
        client.stream("GET", f"http://127.0.0.1:{port}/") as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == "data: 1"
        go_on.set()
        assert [line async for line in lines if line] == ["data: 2"]


@pytest.mark.parametrize(
    "head", [b"GET / HTTP/1.1\r\n\r\n", b"CONNECT :x HTTP/1.1\r\n\r\n", b"\x16\x03\r\n\r\n"]
)
async def test_a_request_to_the_door_itself_is_refused_and_said(door: Door, head: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(door.url.rpartition(":")[2]))
    writer.write(head)
    assert (await reader.read()).startswith(b"HTTP/1.1 400")
    writer.close()
    assert len(door.unread) == 1
    assert door.connections == []


async def test_an_idle_connection_is_nothing(door: Door) -> None:
    """Browsers open connections ahead of time."""
    _, writer = await asyncio.open_connection("127.0.0.1", int(door.url.rpartition(":")[2]))
    writer.close()
    await writer.wait_closed()
    assert (door.unread, door.connections) == ([], [])


async def test_a_closed_door_leaves_nothing_behind() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    before = asyncio.all_tasks()
    opened = await Door.open()
    async with answering(silent) as port:
        streams = [await tunnel(opened, f"127.0.0.1:{port}") for _ in range(3)]
        async with asyncio.timeout(WAIT):
            await opened.close()
            await opened.close()
            for reader, writer in streams:
                assert await reader.read() == b""
                writer.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", int(opened.url.rpartition(":")[2]))
    own = {task for task in asyncio.all_tasks() - before if "Door" in repr(task.get_coro())}
    assert own == set()
