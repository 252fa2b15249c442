"""Server features that the official client offers to moderators, and its texts about them.

Selectors: see driver.py. The texts are those of its English locale, v2.0.0 to v2.4.0.
"""

from __future__ import annotations

import re
from typing import Final

from playwright.async_api import Locator, Page
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from conformance.clients.base import Feature, NotSupported

STEP: Final = 25.0
"""Seconds for one step of the page, such as opening a panel or a menu."""

BEGINS: Final = re.compile("starting the recording|is being recorded", re.IGNORECASE)
"""The texts shown when a recording starts."""


async def why_unavailable(page: Page, feature: Feature) -> str | None:
    """Why the footer and its menu do not offer it; only moderators get these features."""
    if feature == "recording":
        return await _offers_recording(page)
    item = {"rtmp": "Start Live Stream", "ai": "AI Tools"}[feature]
    await page.locator(".footer-main-menu button").first.click(timeout=STEP * 1000)
    menu = page.locator("#footer-menu, .footer-main-menu [role=menu]").first
    await menu.wait_for(timeout=STEP * 1000)
    entry = menu.get_by_text(item, exact=True)
    if not await entry.count():
        await page.keyboard.press("Escape")
        return f'its menu has no "{item}"'
    await entry.click()
    if feature == "rtmp":
        return await _dialog_refusal(page)
    dialog = await _dialog(page)
    tab = dialog.get_by_text("Meeting summarization", exact=True)
    if not await tab.count():
        await _close(dialog)
        return 'its AI dialog has no "Meeting summarization"'
    await tab.first.click()
    return await _dialog_refusal(page)


async def _offers_recording(page: Page) -> str | None:
    button = page.locator("#main-footer .recorder-icon")
    if not await button.count():
        return "its footer has no recording button"
    await button.click(timeout=STEP * 1000)
    dialog = await _dialog(page)
    cloud = dialog.locator("#full-screen")
    if not await cloud.count():
        offered = [text.strip() for text in await dialog.locator("label").all_text_contents()]
        await _close(dialog)
        return f"its recording dialog offers only: {', '.join(offered) or 'nothing'}"
    if await cloud.is_disabled():
        option = dialog.locator(":has(> .wrap > #full-screen) > p")
        return await _dialog_refusal(page, option)
    await _close(dialog)
    return None


async def _dialog_refusal(page: Page, where: Locator | None = None) -> str | None:
    """The sentence in an open dialog that says why a feature is off; closes the dialog."""
    dialog = await _dialog(page)
    said = where or dialog.get_by_text(re.compile("is (disabled|not available) when"))
    text = (await said.first.text_content() or "").strip() if await said.count() else None
    await _close(dialog)
    return text


async def _dialog(page: Page) -> Locator:
    """The open dialog. Waits for its title, because its outer box is empty."""
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("heading").first.wait_for(timeout=STEP * 1000)
    return dialog


async def _close(dialog: Locator) -> None:
    close = dialog.get_by_role("button", name="Close")
    if await close.count():
        await close.first.click(timeout=STEP * 1000)
    else:
        await dialog.press("Escape")
    await dialog.wait_for(state="detached", timeout=STEP * 1000)


async def try_to_start(page: Page, feature: Feature, timeout: float) -> str | None:
    """Press "Start Recording". Returns the toast that refuses it, or None if it starts.

    Raises:
        NotSupported: another feature. A broadcast needs an account at a provider; the AI dialog
            has no single button that starts something.
    """
    if feature != "recording":
        raise NotSupported(
            "the driver of the official client cannot press this button, so no refusal is tested"
        )
    before: int = await page.evaluate("() => window.__pnmShown.toasts.length")
    await page.locator("#main-footer .recorder-icon").click(timeout=STEP * 1000)
    dialog = await _dialog(page)
    await dialog.locator("#full-screen").check(timeout=STEP * 1000, force=True)
    await dialog.get_by_role("button", name="Start Recording").click(timeout=STEP * 1000)
    try:
        await page.wait_for_function(
            "count => window.__pnmShown.toasts.length > count", arg=before, timeout=timeout * 1000
        )
    except PlaywrightTimeoutError:
        return None
    toasts: list[str] = await page.evaluate("() => window.__pnmShown.toasts")
    about = [text for text in toasts[before:] if "record" in text.lower()]
    return next((text for text in about if not BEGINS.search(text)), None)
