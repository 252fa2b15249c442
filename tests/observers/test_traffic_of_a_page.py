"""The log contains all traffic of a real page, with bodies and frames."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser

from conformance.clients.browser import open_page
from conformance.observers.page.screen import screenshot
from conformance.observers.page.traffic import LONGEST_BODY, TrafficLog

pytestmark = pytest.mark.browser


async def _page(_request: web.Request) -> web.Response:
    text = "<!doctype html><title>x</title><link rel=icon href=data:,>"
    return web.Response(text=text, content_type="text/html")


async def _echo(request: web.Request) -> web.Response:
    body = b"<" + await request.read() + b">"
    return web.Response(body=body, content_type="application/protobuf")


async def _large(_request: web.Request) -> web.Response:
    return web.Response(body=b"x" * (LONGEST_BODY + 5))


async def _nats(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.send_bytes(b"INFO {}\r\nMSG chat.")
    await socket.send_bytes(b"room 1 2\r\nhi\r\n")
    await socket.receive_bytes()
    await socket.close()
    return socket


@pytest_asyncio.fixture
async def address() -> AsyncIterator[str]:
    """A small server on a free loopback port."""
    app = web.Application()
    app.router.add_get("/", _page)
    app.router.add_post("/echo", _echo)
    app.router.add_get("/large", _large)
    app.router.add_get("/nats", _nats)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield "{}:{}".format(*runner.addresses[0][:2])
    await runner.cleanup()


async def test_http_and_websocket_traffic_is_kept(
    chromium: Browser, address: str, tmp_path: Path
) -> None:
    opened = await open_page(chromium, "alice")
    log = await TrafficLog.attach(opened.page)
    await opened.page.goto(f"http://{address}/")
    await opened.page.evaluate(
        """async (address) => {
             await (await fetch('/echo', {method: 'POST', body: new Uint8Array([0, 255, 7]),
                                          headers: {authorization: 'token'}})).arrayBuffer();
             await (await fetch('/large')).arrayBuffer();
             const socket = new WebSocket(`ws://${address}/nats`);
             socket.binaryType = 'arraybuffer';
             let count = 0;
             socket.onmessage = () => { if (++count === 2) socket.send(
               new TextEncoder().encode('PUB chat.room 3\\r\\nyes\\r\\n')); };
             await new Promise((done) => { socket.onclose = done; });
             await fetch('http://127.0.0.1:1/').catch(() => {});
           }""",
        address,
    )
    assert await log.wait_for(lambda: len(log.http) >= 4 and len(log.nats) >= 2, 10)
    by_path = {e.url.rpartition("/")[2]: e for e in log.http if "127.0.0.1:1/" not in e.url}
    echo = by_path["echo"]
    assert (echo.method, echo.status) == ("POST", 200)
    assert (echo.request_body, echo.response_body) == (b"\x00\xff\x07", b"<\x00\xff\x07>")
    assert echo.request_headers["authorization"] == "token"
    assert by_path["large"].cut
    assert len(by_path["large"].response_body) == LONGEST_BODY
    assert [e.status for e in log.http if "127.0.0.1:1/" in e.url] == [None]
    assert {(m.direction, m.subject, m.payload) for m in log.nats} == {
        ("received", "chat.room", b"hi"),
        ("sent", "chat.room", b"yes"),
    }
    assert len(log.websocket_frames) == 3
    evidence = await screenshot(opened.page, tmp_path / "shots", "alice's page", tmp_path)
    assert evidence is not None
    assert evidence.path == "shots/alice-s-page.png"
    assert (tmp_path / "shots" / "alice-s-page.png").read_bytes()[:4] == b"\x89PNG"
