"""A real browser behind a door: what a page does to reach a host, the door or an observer knows.

Hosts that end in `.invalid` exist nowhere, so nothing leaves this machine.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser

from conformance.clients.browser import OpenPage, open_page
from conformance.observers.page.exits.contacts import Explained
from conformance.observers.page.outgoing import Outgoing
from conformance.observers.page.outgoing_canary import send_through_the_door

pytestmark = pytest.mark.browser

WAIT = 15.0
SERVICE_WORKER = """
addEventListener('message', ({ data }) => { new WebSocket(data); });
"""
SHARED_WORKER = """
onconnect = ({ ports: [port] }) => { port.onmessage = ({ data }) => { new EventSource(data); }; };
"""
ADD = (
    "const add = (name, more) => "
    "document.body.append(Object.assign(document.createElement(name), more));"
)
WAYS = {
    "fetch": "fetch(http + '/?a=1').catch(() => {})",
    "kept alive": "fetch(http, { method: 'POST', body: 'x', keepalive: true }).catch(() => {})",
    "a beacon": "navigator.sendBeacon(http, 'x')",
    "EventSource": "new EventSource(http)",
    "a WebSocket": "new WebSocket(ws)",
    "an image": "new Image().src = http + '/i.png'",
    "a prepared connection": "add('link', { rel: 'preconnect', href: https })",
    "a prefetch": "add('link', { rel: 'prefetch', href: http + '/p' })",
    "a style sheet": "add('style', { textContent: `@import url(${http}/s.css);` })",
    "a font": "add('style', { textContent: `@font-face"
    " { font-family: f; src: url(${http}/f.woff2) }` });"
    " document.fonts.load('12px f').catch(() => {})",
    "an icon": "add('link', { rel: 'icon', href: http + '/favicon.ico' })",
    "a frame": "add('iframe', { src: http })",
    "a frame with its own script": "add('iframe', { srcdoc:"
    " `<script>fetch('${http}').catch(() => {})</scr` + 'ipt>' })",
    "a data frame": "add('iframe', { src: 'data:text/html,' + encodeURIComponent("
    "`<script>fetch('${http}').catch(() => {})</scr` + 'ipt>') })",
    "a sandboxed frame": "add('iframe', { sandbox: 'allow-scripts', srcdoc:"
    " `<script>new WebSocket('${ws}')</scr` + 'ipt>' })",
    "a frame's fetch": "(() => { add('iframe', {});"
    " window.frames[0].fetch(http).catch(() => {}); })()",
    "a ping": "(() => { const a = Object.assign(document.createElement('a'),"
    " { href: '#x', ping: http }); document.body.append(a); a.click(); })()",
    "a form": "(() => { add('iframe', { name: 'f' }); const form = document.createElement('form');"
    " Object.assign(form, { action: http, method: 'POST', target: 'f' });"
    " document.body.append(form); form.submit(); })()",
    "a dedicated worker": "new Worker(URL.createObjectURL(new Blob([`new WebSocket('${ws}')`])))",
    "a shared worker": "new SharedWorker('/shared.js').port.postMessage(http)",
    "a service worker": "navigator.serviceWorker.register('/service.js')"
    ".then((r) => (r.active ?? r.waiting ?? r.installing).postMessage(ws))",
}
"""How a page may reach a host: `http`, `https` and `ws` are its addresses."""


@pytest_asyncio.fixture
async def site() -> AsyncIterator[str]:
    def serve(text: str, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(_request: web.Request) -> web.Response:
            return web.Response(text=text, content_type=kind)

        return answer

    app = web.Application()
    app.router.add_get("/", serve("<title>x</title><body>", "text/html"))
    app.router.add_get("/service.js", serve(SERVICE_WORKER, "text/javascript"))
    app.router.add_get("/shared.js", serve(SHARED_WORKER, "text/javascript"))
    runner = web.AppRunner(app)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    yield f"http://localhost:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest_asyncio.fixture
async def behind(chromium: Browser, site: str) -> AsyncIterator[tuple[OpenPage, Outgoing]]:
    opened = await open_page(chromium, "watched", with_door=True)
    out = await Outgoing.attach(opened.context, opened.door)
    await opened.page.goto(site)
    yield opened, out
    await opened.close()


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_to_a_host_is_known(
    behind: tuple[OpenPage, Outgoing], site: str, way: str
) -> None:
    opened, out = behind
    host = "elsewhere.invalid"
    names = f"const [http, https, ws] = ['http', 'https', 'ws'].map((s) => `${{s}}://{host}`);"
    await opened.page.evaluate(f"() => {{ {names} {ADD} {WAYS[way]}; }}")

    def is_known() -> bool:
        account = out.account()
        data = account.unexplained(Explained([site], []), 0.0)
        return any(one.host == host for one in out.contacts) or any(host in one for one in data)

    assert opened.door is not None
    assert await opened.door.wait_for(is_known, WAIT), way


async def test_the_door_alone_sees_a_service_workers_socket(
    behind: tuple[OpenPage, Outgoing], site: str
) -> None:
    opened, out = behind
    await opened.page.evaluate(
        "() => navigator.serviceWorker.register('/service.js').then((r) =>"
        " (r.active ?? r.waiting ?? r.installing).postMessage('wss://elsewhere.invalid/x'))"
    )
    assert opened.door is not None
    explained = Explained([site], [])
    assert await opened.door.wait_for(lambda: bool(out.account().unexplained(explained, 0.0)), WAIT)
    (found,) = out.account().unexplained(explained, 0.0)
    assert "elsewhere.invalid:443" in found


async def test_an_honest_page_is_explained_and_a_canary_reported(
    behind: tuple[OpenPage, Outgoing], site: str
) -> None:
    opened, out = behind
    await opened.page.evaluate("() => fetch('/', { method: 'GET' }).then((r) => r.text())")
    host = await send_through_the_door(opened.context, "marker")
    account = out.account()
    assert account.carried(site)
    assert account.reports(host)
    assert account.unexplained(Explained([], []), 0.0) == []
    assert account.incomplete() == []
