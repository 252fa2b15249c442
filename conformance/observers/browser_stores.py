"""What a browser keeps for a page's origin: every store that a page can write to, read by itself.

localStorage, sessionStorage, IndexedDB, Cache, cookies, the origin's private file system, service
workers and window.name. A CryptoKey that may be exported is; one that may not is reported as what
could not be read, because it may be the session's key.
"""

from __future__ import annotations

import base64
import binascii
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
class Kept:
    """One look into the stores. `unread` says what could not be read."""

    items: list[tuple[Place, bytes]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    service_workers: list[str] = field(default_factory=list)


async def read_stores(page: Page, name: str) -> Kept:
    """Everything that the origin of `page` keeps, and the tab's own; `name` goes into places.

    Raises:
        playwright.async_api.Error: the page is gone.
    """
    script = resources.files(__package__).joinpath("browser_stores.js").read_text("utf-8")
    limits = {"mostBytes": MOST_BYTES, "mostEntries": MOST_ENTRIES}
    raw: dict[str, Any] = await page.evaluate(script, limits)
    kept = Kept(unread=list(raw["unread"]), service_workers=list(raw["workers"]))
    for item in raw["items"]:
        try:
            data = base64.b64decode(item["data"])
        except (binascii.Error, ValueError):
            kept.unread.append(f"{item['kind']} {item['name']}")
            continue
        kept.items.append((Place(item["kind"], f"{name}, {item['name']}"), data))
    for cookie in await page.context.cookies():
        place = Place("cookie", f"{name}, {cookie.get('name', '?')}")
        kept.items.append((place, json.dumps(dict(cookie), ensure_ascii=False).encode()))
    return kept


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
