"""The data that a browser stores for a page's origin, read from every store that a page can write.

The stores are localStorage, sessionStorage, IndexedDB, Cache, cookies, the origin private file
system, service workers and window.name. An extractable CryptoKey is exported. A key that cannot be
exported is reported as kept: whoever uses the browser next can decrypt with it.
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
"""The stores that hold a canary. A service worker uses the same stores of the origin."""

_EMPTY: Final = "/conformance-empty-page"


@dataclass
class StoreContents:
    """The content of the stores.

    `unread` says what could not be read. `keys` are the secret and private keys that stay and that
    a script can use, but not export.
    """

    items: list[tuple[Place, bytes]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    service_workers: list[str] = field(default_factory=list)


async def read_stores(page: Page, name: str) -> StoreContents:
    """Read all data of the origin of `page` and of its tab; `name` is part of each place.

    Raises:
        playwright.async_api.Error: the page is closed.
    """
    script = resources.files(__package__).joinpath("browser_stores.js").read_text("utf-8")
    limits = {"mostBytes": MOST_BYTES, "mostEntries": MOST_ENTRIES}
    contents = parse_contents(await page.evaluate(script, limits), name)
    for cookie in await page.context.cookies():
        place = Place("cookie", f"{name}, {cookie.get('name', '?')}")
        contents.items.append((place, _utf8(json.dumps(dict(cookie), ensure_ascii=False))))
    return contents


def parse_contents(raw: Any, name: str) -> StoreContents:
    """Parse the answer of the script in the page; `name` is part of each place.

    The script runs beside the page's own code, so entries of an unexpected form count as unread.
    """
    if not isinstance(raw, dict):
        return StoreContents(unread=["the page's script gave no answer about its stores"])
    contents = StoreContents(
        unread=_texts(raw.get("unread")),
        keys=_texts(raw.get("keys")),
        service_workers=_texts(raw.get("workers")),
    )
    items = raw.get("items")
    if not isinstance(items, list):
        contents.unread.append("the page's script gave no content of its stores")
        return contents
    for item in items[:MOST_ENTRIES]:
        entry = item if isinstance(item, dict) else {}
        kind, which = str(entry.get("kind", "?"))[:40], str(entry.get("name", "?"))[:2000]
        try:
            data = base64.b64decode(_utf8(str(entry["data"])))
        except (KeyError, ValueError):  # includes binascii.Error
            contents.unread.append(f"{kind} {which}"[:300])
            continue
        contents.items.append((Place(kind, f"{name}, {which}"), data))
    return contents


def _texts(value: Any) -> list[str]:
    return [str(one)[:300] for one in value[:1000]] if isinstance(value, list) else []


def _utf8(text: str) -> bytes:
    """UTF-8 of a page's string. Lone surrogates, which have no UTF-8, are kept."""
    return text.encode("utf-8", "replace")


async def plant(page: Page, marker: str) -> None:
    """Write `marker` into a store of each kind, as a page would.

    Raises:
        playwright.async_api.Error: the page refuses a write or is closed.
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
    """An empty page of `origin`: `page` itself, navigated there, or a new page.

    The request is answered here and reaches no server.

    Raises:
        playwright.async_api.Error: the browser is closed.
    """
    address = f"{origin.rstrip('/')}{_EMPTY}"

    async def answer(route: Route) -> None:
        await route.fulfill(body="<!doctype html><title>empty</title>", content_type="text/html")

    await context.route(address, answer)
    shown = page or await context.new_page()
    await shown.goto(address)
    return shown
