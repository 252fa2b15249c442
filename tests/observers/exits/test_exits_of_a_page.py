"""What a real page and its workers send is found, now and later, on ways that few would look at."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route

from conformance.clients.browser import open_page
from conformance.observers.leaks import LeakReader, marker
from conformance.observers.page.outgoing import Outgoing

pytestmark = pytest.mark.browser

ORIGIN = "http://localhost"
MARKER = "marker-0123456789abcdef"
WORKER = "const make = (text) => URL.createObjectURL(new Blob([text]));"


@pytest_asyncio.fixture
async def watched(chromium: Browser) -> AsyncIterator[tuple[Page, Outgoing]]:
    opened = await open_page(chromium, "watched")
    out = await Outgoing.attach(opened.context)

    async def answer(route: Route) -> None:
        await route.fulfill(body="<title>x</title>", content_type="text/html")

    await opened.context.route("**/*", answer)
    await opened.page.goto(ORIGIN)
    yield opened.page, out
    await opened.close()


def kinds_of(out: Outgoing) -> set[str]:
    reader = LeakReader([marker("it", MARKER)])
    return {leak.place.kind for place, data in out.items() for leak in reader.read(place, data)}


NOW = {
    "a peer connection's settings": (
        "new RTCPeerConnection().setConfiguration("
        "{iceServers: [{urls: 'turn:h.invalid', username: m, credential: 'c'}]})",
        "peer connection",
    ),
    "a data channel's label": ("new RTCPeerConnection().createDataChannel(m)", "data channel"),
    "a link in a page": (
        "document.head.insertAdjacentHTML('beforeend', "
        "`<link rel=preconnect href='https://${m}.invalid'>`)",
        "link",
    ),
    "a share": ("navigator.share?.({text: m}).catch(() => {}) ?? document.title", None),
    "a copy": ("new DataTransfer().setData('text/plain', m)", "clipboard"),
    "an image": ("new Image().src = `/x/${m}.png`", "HTTP address"),
    "a worker's Blob": (
        f"{WORKER} new Worker(make(\"onmessage = ({{data}}) => fetch('http://localhost/w', "
        "{method: 'POST', body: new Blob([data])}).catch(() => {})\")).postMessage(m)",
        "HTTP body",
    ),
    "a shared worker": (
        f'{WORKER} new SharedWorker(make("onconnect = ({{ports: [p]}}) => {{ p.onmessage = '
        "({data}) => fetch('http://localhost/s?q=' + data).catch(() => {}); }\"))"
        ".port.postMessage(m)",
        "HTTP address",
    ),
    "a channel of a worker": (
        f'{WORKER} new Worker(make("onmessage = ({{data}}) => '
        "new BroadcastChannel('x').postMessage(data)\")).postMessage(m)",
        "BroadcastChannel",
    ),
}


@pytest.mark.parametrize("what", NOW)
async def test_it_is_found(watched: tuple[Page, Outgoing], what: str) -> None:
    page, out = watched
    code, kind = NOW[what]
    await page.evaluate(f"(m) => {{ {code}; }}", MARKER)
    await out.wait_for(lambda: not kind or kind in kinds_of(out), 5.0)
    await out.look()
    assert kind is None or kind in kinds_of(out)


LATER = {
    "after minutes": "setTimeout(() => fetch('/a?q=' + m), 290000)",
    "step by step": "const wait = () => new Promise((y) => setTimeout(y, 60000)); "
    "(async () => { for (let i = 0; i < 8; i += 1) await wait(); fetch('/a?q=' + m); })()",
    "at the 25th tick": "let n = 0; "
    "setInterval(() => { if (++n === 25) fetch('/a?q=' + m); }, 1000)",
    "by the clock": "const t = Date.now(); "
    "setInterval(() => { if (Date.now() - t > 400000) fetch('/a?q=' + m); }, 200)",
    "in a worker": f'{WORKER} const w = new Worker(make("onmessage = ({{data}}) => '
    'setTimeout(() => postMessage(data), 120000)")); '
    "w.onmessage = ({data}) => fetch('/a?q=' + data); w.postMessage(m)",
}


@pytest.mark.parametrize("when", LATER)
async def test_what_comes_later_is_found(watched: tuple[Page, Outgoing], when: str) -> None:
    page, out = watched
    await page.evaluate(f"(m) => {{ {LATER[when]}; }}", MARKER)
    await page.evaluate("() => new Promise((y) => requestAnimationFrame(y))")
    assert not kinds_of(out)
    await out.run_ahead()
    assert await out.wait_for(lambda: bool(kinds_of(out)), 5.0)
