"""The reader finds a marker in everything that leaves a real page and that the page stores."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route

from conformance.clients.browser import open_page
from conformance.observers.leaks import LeakReader, Place, marker
from conformance.observers.page.browser_stores import KINDS, empty_page, plant, read_stores
from conformance.observers.page.outgoing import Outgoing
from conformance.observers.page.outgoing_canary import WAYS, send_marker

pytestmark = pytest.mark.browser

ORIGIN = "http://localhost"
MARKER = "marker-0123456789abcdef"


@pytest_asyncio.fixture
async def watched(chromium: Browser) -> AsyncIterator[tuple[Page, Outgoing]]:
    opened = await open_page(chromium, "watched")
    out = await Outgoing.attach(opened.context)
    await _answered(opened.context)
    await opened.page.goto(ORIGIN)
    yield opened.page, out
    await opened.close()


async def _answered(context: BrowserContext) -> None:
    async def answer(route: Route) -> None:
        await route.fulfill(body="<title>x</title>", content_type="text/html")

    await context.route("**/*", answer)


def kinds_of(out: Outgoing, text: str = MARKER) -> set[str]:
    reader = LeakReader([marker("it", text)])
    return {leak.place.kind for place, data in out.items() for leak in reader.read(place, data)}


async def test_a_marker_is_found_on_every_way(watched: tuple[Page, Outgoing]) -> None:
    page, out = watched
    assert await send_marker(page, MARKER) == []
    await out.look()
    await empty_page(page.context, ORIGIN, page)
    await out.look()
    assert set(WAYS) - kinds_of(out) == set()
    assert out.incomplete() == []


@pytest.mark.parametrize(
    "send",
    [
        "fetch('/a', {method: 'POST', body: new Blob([m])})",
        "fetch(new Request('/a', {method: 'POST', body: m}))",
        "(() => { const f = new FormData(); f.append('a', new Blob([m])); "
        "return fetch('/a', {method: 'POST', body: f}); })()",
        "fetch('/a', {headers: {'x-a': btoa(m)}})",
        "new Promise((y) => { const x = new XMLHttpRequest(); x.onloadend = y; "
        "x.open('PUT', '/a'); x.send(new Blob([m])); })",
        "navigator.sendBeacon('/a', new Blob([m]))",
        "(document.cookie = 'a=' + m, fetch('/a'))",
        "(() => { const f = document.createElement('iframe'); document.body.append(f); "
        "f.contentWindow.postMessage({deep: [new Blob([m])]}, '*'); "
        "return new Promise((y) => setTimeout(y, 200)); })()",
        "window.webkit.messageHandlers.any.postMessage({m})",
        "history.pushState({m}, '')",
    ],
)
async def test_the_page_reports_what_the_network_log_lacks(
    watched: tuple[Page, Outgoing], send: str
) -> None:
    page, out = watched
    await page.evaluate(f"async (m) => {{ await {send}; }}", MARKER)
    await out.look()
    assert kinds_of(out), send
    assert out.incomplete() == []


async def test_an_unread_stream_is_reported(watched: tuple[Page, Outgoing]) -> None:
    page, out = watched
    code = "fetch('/a', {method: 'POST', duplex: 'half', body: new Blob(['x']).stream()})"
    await page.evaluate(f"async () => {{ try {{ await {code}; }} catch {{}} }}")
    await out.look()
    assert out.incomplete()


async def test_a_marker_is_found_in_every_store(watched: tuple[Page, Outgoing]) -> None:
    page, _ = watched
    await plant(page, MARKER)
    reader = LeakReader([marker("it", MARKER)])
    same = await read_stores(page, "same")
    assert same.unread == []
    found = {leak.place.kind for place, data in same.items for leak in reader.read(place, data)}
    assert found == set(KINDS)
    fresh = await read_stores(await empty_page(page.context, ORIGIN), "fresh")
    found = {leak.place.kind for place, data in fresh.items for leak in reader.read(place, data)}
    assert found == set(KINDS) - {"sessionStorage", "window.name"}


async def test_keys_in_a_store_are_exported_or_named(watched: tuple[Page, Outgoing]) -> None:
    page, _ = watched
    await page.evaluate(
        """async () => {
          const raw = new TextEncoder().encode('0123456789abcdef');
          const make = (may) => crypto.subtle.importKey('raw', raw, 'AES-GCM', may, ['encrypt']);
          const keys = [await make(true), await make(false)];
          await new Promise((yes) => {
            const opening = indexedDB.open('keys', 1);
            opening.onupgradeneeded = () => opening.result.createObjectStore('s');
            opening.onsuccess = () => {
              const writing = opening.result.transaction('s', 'readwrite');
              keys.forEach((key, n) => writing.objectStore('s').put({ key }, n));
              writing.oncomplete = yes;
            };
          });
        }"""
    )
    kept = await read_stores(page, "keys")
    reader = LeakReader([marker("the key", "0123456789abcdef")])
    assert [1 for place, data in kept.items if reader.read(place, data)]
    assert kept.keys == ["a CryptoKey AES-GCM, secret, for encrypt in the IndexedDB keys/s"]
    assert kept.unread == []


async def test_the_reader_lists_its_places(watched: tuple[Page, Outgoing]) -> None:
    page, out = watched
    await page.evaluate("(m) => fetch('/a?q=' + btoa(m))", MARKER)
    await out.look()
    reader = LeakReader([marker("it", MARKER)])
    found = [leak for place, data in out.items() for leak in reader.read(place, data)]
    assert found[0].place == Place("HTTP address", f"GET {ORIGIN}/a")
