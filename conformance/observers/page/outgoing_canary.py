"""Sends a marker from a page in every way that the observer of outgoing data must detect.

It runs in the participant's own page after all other checks of that page. The requests are answered
here and reach no server; the other messages have no receiver.
"""

from __future__ import annotations

import contextlib
import secrets
from importlib import resources
from typing import Final

from playwright.async_api import BrowserContext, Page, Route
from playwright.async_api import Error as PlaywrightError

WAYS: Final = (
    "HTTP address", "HTTP body", "beacon", "request at unload", "message to a window",
    "BroadcastChannel", "data channel", "page address", "native bridge", "WebSocket address",
    "peer connection", "ICE candidate", "link", "page title", "notification", "clipboard",
)  # fmt: skip
"""The kinds of places for the marker. The worker's request is the WebSocket's address."""

PATH: Final = "conformance-canary"
"""What the names of the places of all canaries contain."""
MILLISECONDS: Final = 15_000


async def send_marker(page: Page, marker: str) -> list[str]:
    """Send `marker` in each of `WAYS`; return the ways that this page refuses, with the reason.

    Raises:
        playwright.async_api.Error: the page is closed.
    """

    async def answer(route: Route) -> None:
        await route.fulfill(body="ok", content_type="text/plain")

    await page.context.route(f"**/{PATH}**", answer)
    script = resources.files(__package__).joinpath("outgoing_canary.js").read_text("utf-8")
    refused: list[str] = await page.evaluate(script, [marker, PATH, MILLISECONDS])
    return refused


async def send_through_the_door(context: BrowserContext, marker: str) -> str:
    """Let a page of its own ask for `marker` at a host of its own; return the host.

    The host exists nowhere, and observers leave out what names `PATH`. So the door alone knows it.

    Raises:
        playwright.async_api.Error: the browser opens no page.
    """
    host = f"{secrets.token_hex(6)}.{PATH}.invalid"
    page = await context.new_page()
    try:
        with contextlib.suppress(PlaywrightError):  # nobody answers
            await page.goto(f"http://{host}/?q={marker}", timeout=MILLISECONDS)
    finally:
        await page.close()
    return host
