"""What the official client offers a moderator of what needs the server, and what it then says.

Selectors as in official.py; texts are those of its English locale, v2.0.0 to v2.4.0.
"""

from __future__ import annotations

import re
from typing import Final

from playwright.async_api import Locator, Page
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from conformance.clients.base import Feature, NotSupported

STEP: Final = 25.0
"""Seconds that one step of the page may take: a panel or a menu that opens."""

BEGINS: Final = re.compile("starting the recording|is being recorded", re.IGNORECASE)
"""What it says of a recording that begins."""


async def offers(page: Page, feature: Feature) -> str | None:
    """What the footer and its menu offer this person; only moderators are offered anything."""
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
    """The sentence in an open dialog that says why something is off; closes the dialog."""
    dialog = await _dialog(page)
    said = where or dialog.get_by_text(re.compile("is (disabled|not available) when"))
    text = (await said.first.text_content() or "").strip() if await said.count() else None
    await _close(dialog)
    return text


async def _dialog(page: Page) -> Locator:
    """The open dialog; its own box is empty, so it is its title that is waited for."""
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
    """Press "Start Recording"; the toast that then refuses it, None where it begins.

    Raises:
        NotSupported: the feature is another one: a broadcast needs an account at a provider, the
            AI's dialog starts nothing by one button.
    """
    if feature != "recording":
        raise NotSupported(
            "whether pressing it is refused cannot be tried with the official client"
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
