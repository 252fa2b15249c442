"""What a browser keeps for a page's origin: every store that a page can write to, read by itself.

localStorage, sessionStorage, IndexedDB, Cache, cookies, the origin's private file system, service
workers and window.name. A CryptoKey that may be exported is; one that may not is reported as what
could not be read, because it may be the session's key.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final

from playwright.async_api import BrowserContext, Page, Route

from conformance.observers.leaks import Place

MOST_BYTES: Final = 32 * 1024 * 1024
MOST_ENTRIES: Final = 20_000

KINDS: Final = (
    "localStorage", "sessionStorage", "window.name", "IndexedDB", "Cache", "file system", "cookie",
)  # fmt: skip
"""Those in which a canary can be planted; a service worker's own stores are the origin's."""

_EMPTY: Final = "/conformance-empty-page"


@dataclass
class StoreContents:
    """One look into the stores. `unread` says what could not be read."""

    items: list[tuple[Place, bytes]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    service_workers: list[str] = field(default_factory=list)


async def read_stores(page: Page, name: str) -> StoreContents:
    """Everything that the origin of `page` keeps, and the tab's own; `name` goes into places.

    Raises:
        playwright.async_api.Error: the page is gone.
    """
    script = resources.files(__package__).joinpath("browser_stores.js").read_text("utf-8")
    limits = {"mostBytes": MOST_BYTES, "mostEntries": MOST_ENTRIES}
    kept = parse_contents(await page.evaluate(script, limits), name)
    for cookie in await page.context.cookies():
        place = Place("cookie", f"{name}, {cookie.get('name', '?')}")
        kept.items.append((place, _utf8(json.dumps(dict(cookie), ensure_ascii=False))))
    return kept


def parse_contents(raw: Any, name: str) -> StoreContents:
    """What a page's stores hold, as the script in it answered; `name` goes into places.

    The script runs among the page's own code: what is not of the agreed form could not be read.
    """
    if not isinstance(raw, dict):
        return StoreContents(unread=["the page did not let its stores be read"])
    kept = StoreContents(
        unread=_texts(raw.get("unread")), service_workers=_texts(raw.get("workers"))
    )
    items = raw.get("items")
    if not isinstance(items, list):
        kept.unread.append("the page did not tell what is in its stores")
        return kept
    for item in items[:MOST_ENTRIES]:
        told = item if isinstance(item, dict) else {}
        kind, which = str(told.get("kind", "?"))[:40], str(told.get("name", "?"))[:2000]
        try:
            data = base64.b64decode(_utf8(str(told["data"])))
        except (KeyError, ValueError):  # binascii.Error is a ValueError
            kept.unread.append(f"{kind} {which}"[:300])
            continue
        kept.items.append((Place(kind, f"{name}, {which}"), data))
    return kept


def _texts(value: Any) -> list[str]:
    return [str(one)[:300] for one in value[:1000]] if isinstance(value, list) else []


def _utf8(text: str) -> bytes:
    """A page's strings may hold lone surrogates, which have no UTF-8."""
    return text.encode("utf-8", "replace")


async def plant(page: Page, marker: str) -> None:
    """Put `marker` into a store of each kind, as a page would.

    Raises:
        playwright.async_api.Error: the page does not let one, or is gone.
    """
    await page.evaluate(_PLANT, marker)


_PLANT: Final = """async (marker) => {
  const name = 'conformance-canary';
  localStorage.setItem(name, marker);
  sessionStorage.setItem(name, marker);
  window.name = marker;
  document.cookie = `${name}=${marker}; SameSite=Lax; path=/`;
  await new Promise((yes, no) => {
    const request = indexedDB.open(name, 1);
    request.onerror = () => no(request.error);
    request.onupgradeneeded = () => request.result.createObjectStore('store');
    request.onsuccess = () => {
      const database = request.result;
      const writing = database.transaction('store', 'readwrite');
      writing.objectStore('store').put({ bytes: new TextEncoder().encode(marker) }, 'key');
      writing.oncomplete = () => { database.close(); yes(); };
      writing.onerror = () => no(writing.error);
    };
  });
  const cache = await caches.open(name);
  await cache.put('/' + name, new Response(marker));
  const file = await (await navigator.storage.getDirectory()).getFileHandle(name, { create: true });
  const stream = await file.createWritable();
  await stream.write(marker);
  await stream.close();
}"""


async def empty_page(context: BrowserContext, origin: str, page: Page | None = None) -> Page:
    """A page of `origin` with nothing in it: `page` itself, sent there, or a new one.

    It is answered here and reaches no server.

    Raises:
        playwright.async_api.Error: the browser is gone.
    """
    address = f"{origin.rstrip('/')}{_EMPTY}"

    async def answer(route: Route) -> None:
        await route.fulfill(body="<!doctype html><title>empty</title>", content_type="text/html")

    await context.route(address, answer)
    shown = page or await context.new_page()
    await shown.goto(address)
    return shown
