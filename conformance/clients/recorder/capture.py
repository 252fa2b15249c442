"""Records a tab: Chromium's options, and the recorded pieces."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Sequence
from importlib import resources
from typing import Any, Final

from playwright.async_api import Page

from conformance.observers.marks import Box

FRAMES_PER_SECOND: Final = 10
"""Frames per second, as in the marks."""
SIZE: Final = (960, 540)
"""Width and height in pixels: a mark in a tile is readable, at half the cost of 1280 x 720."""
PIECE_S: Final = 0.5
_BITRATE: Final = 2_000_000
_BINDING: Final = "__recorderPiece"
_STARTS: Final = 40.0
_STOPS: Final = 60.0
"""Seconds. On two busy cores, the encoder has lagged by more than 20 s."""
_MOST_PLACES: Final = 100
"""Videos per piece: a page may claim any number of them."""

Keep = Callable[[bytes, Sequence[Box]], Awaitable[None]]


class CaptureFailed(Exception):
    """The tab could not be recorded; the message is the browser's."""


async def start(page: Page, keep: Keep) -> None:
    """Start to record the tab; `keep` receives each piece of WebM and the videos' positions.

    Raises:
        CaptureFailed: the browser cannot record a tab, or not its sound.
    """

    async def piece(_source: Any, data: Any, places: Any) -> None:
        try:
            decoded = base64.b64decode(data, validate=True)
            boxes = [Box(*map(float, place)) for place in places[:_MOST_PLACES]]
        except (TypeError, ValueError, binascii.Error):
            return
        await keep(decoded, boxes)

    await page.expose_binding(_BINDING, piece)
    settings = {
        "frameRate": FRAMES_PER_SECOND,
        "width": SIZE[0],
        "height": SIZE[1],
        "bitrate": _BITRATE,
        "every": round(PIECE_S * 1000),
    }
    # The script consists of comment lines and one function expression.
    script = resources.files(__package__).joinpath("capture.js").read_text("utf-8").strip()
    session = await page.context.new_cdp_session(page)
    try:
        async with asyncio.timeout(_STARTS):
            # A page may record a tab only right after a user's action.
            answer = await session.send(
                "Runtime.evaluate",
                {
                    "expression": f"({script.rstrip(';')}\n)({json.dumps(settings)})",
                    "userGesture": True,
                    "awaitPromise": True,
                    "returnByValue": True,
                },
            )
    except TimeoutError as error:
        raise CaptureFailed(f"the browser recorded no tab within {_STARTS:.0f} s") from error
    failure = answer.get("exceptionDetails")
    if failure:
        words = (failure.get("exception") or {}).get("description") or failure.get("text")
        raise CaptureFailed(f"the browser records no tab: {str(words).partition(chr(10))[0]}")
    kinds = set(answer["result"].get("value") or [])
    if kinds != {"audio", "video"}:
        raise CaptureFailed(f"only these tracks can be recorded: {', '.join(kinds) or '-'}")


async def stop(page: Page) -> None:
    """Stop the recording. On return, all pieces have been kept.

    Raises:
        TimeoutError: the page no longer answers.
    """
    async with asyncio.timeout(_STOPS):
        await page.evaluate("() => window.__recorderStop?.()")
