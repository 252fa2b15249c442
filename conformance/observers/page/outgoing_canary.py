"""Sends a marker out of a page in every way that the reader of what leaves has to see.

Done in the person's own page, once nothing else is looked for there any more. The requests are
answered here and reach no server; nobody listens to the rest.
"""

from __future__ import annotations

from importlib import resources
from typing import Final

from playwright.async_api import Page, Route

WAYS: Final = (
    "HTTP address", "HTTP body", "beacon", "request at unload", "message to a window",
    "BroadcastChannel", "data channel", "page address", "native bridge", "WebSocket address",
)  # fmt: skip
"""Kinds of places that the marker goes to; the worker's share is the WebSocket's address."""

_PATH: Final = "conformance-canary"
_MILLISECONDS: Final = 15_000


async def send_marker(page: Page, marker: str) -> list[str]:
    """Send `marker` on each of `WAYS`; those that this page does not let one, with the reason.

    Raises:
        playwright.async_api.Error: the page is gone.
    """

    async def answer(route: Route) -> None:
        await route.fulfill(body="ok", content_type="text/plain")

    await page.context.route(f"**/{_PATH}**", answer)
    script = resources.files(__package__).joinpath("outgoing_canary.js").read_text("utf-8")
    refused: list[str] = await page.evaluate(script, [marker, _PATH, _MILLISECONDS])
    return refused
