"""Measures livekit-client's own encryption worker for comparison, in the SFU tap's page."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from typing import Final

from playwright.async_api import Browser
from playwright.async_api import Error as PlaywrightError

from conformance.observers.sfu_tap.join import SfuTapFailed, open_tap_page

_SECONDS: Final = 60.0


async def cryptor_frames_a_second(
    browser: Browser, sealed: Sequence[bytes], secret: str, rounds: int
) -> float:
    """Frames a second that the worker opens, from `sealed` (sound) given `rounds` times.

    Raises:
        SfuTapFailed: the page or its worker did not open every frame.
    """
    frames = [base64.b64encode(frame).decode() for frame in sealed]
    context = await browser.new_context()
    try:
        page = await open_tap_page(context)
        async with asyncio.timeout(_SECONDS):
            result = await page.evaluate(
                "([...all]) => window.sfuTap.cryptorSpeed(...all)",
                [frames, secret, rounds],
            )
    except (PlaywrightError, TimeoutError) as error:
        raise SfuTapFailed(f"the encryption worker could not be measured: {error}") from error
    finally:
        await asyncio.gather(context.close(), return_exceptions=True)
    if result["opened"] != len(frames) * rounds:
        raise SfuTapFailed(
            f"the encryption worker opened {result['opened']} of {len(frames) * rounds} frames"
        )
    return float(result["opened"] / result["seconds"])
