"""Drives the official Plug-N-Meet web client, versions 2.0 to 2.4, unmodified.

Selectors are those of mynaparrot/plugNmeet-client v2.0.0 to v2.4.0 (components/landing,
components/footer, components/header, components/whiteboard). Roles and names exist since 2.4.0
(PR #1085); the ids, classes and `.tooltip` texts used here are the same in all versions.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from playwright.async_api import Locator, Page, Position, expect
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from tenacity import retry, retry_if_exception_type, stop_after_delay

from conformance.clients.base import (
    ClientDriver,
    Entry,
    EntryState,
    Feature,
    NotSupported,
)
from conformance.clients.official import features
from conformance.clients.official.features import STEP
from conformance.clients.official.page import KEEP, LISTED, STANDS, error_text, left
from conformance.observers.shown.errors import Place

TYPED: Final = 6.0
"""Seconds until a typed line appears in the sender's own list."""

CLICKED: Final = 12.0
"""Seconds until a place on the whiteboard can be clicked."""

UNLOCKED: Final = 8.0
"""Seconds until an opened whiteboard accepts text, if this participant may write."""

LINES: Final = 16
"""Number of lines of text that fit on the visible part of a whiteboard."""

PROMPT: Final = "#secretKey"
LANDING: Final = "#startupJoinModal"
ERROR: Final = "#errorPage h2"
ROOM: Final = "#main-area"
TOAST: Final = ".Toastify__toast"
DECRYPTION: Final = "decryption error"

# The page closes panels and rebuilds the whiteboard when a screen share starts or ends, and drops
# text that is being typed. The driver then repeats the step, as long as the step's time allows.
_again = retry(
    retry=retry_if_exception_type((PlaywrightTimeoutError, AssertionError)),
    stop=stop_after_delay(STEP),
    reraise=True,
)


def _text_is(text: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*{re.escape(text)}\s*$")


class OfficialClient(ClientDriver):
    """The official web client, 2.0 to 2.4, served by its own or by another server."""

    name = "official"
    prompt = PROMPT
    explanations = (Place("error page", "#errorPage h2, #errorPage p"), Place("toast", TOAST))

    def __init__(self) -> None:
        # The side panel shows one list at a time: a reader locks it until it has finished.
        self._panels: WeakKeyDictionary[Page, asyncio.Lock] = WeakKeyDictionary()

    def init_scripts(self) -> list[str]:
        """A script that keeps what the page shows only briefly, or on a canvas."""
        return [KEEP]

    def url(self, server_url: str, token: str) -> str:
        """The page takes the token from `access_token` and the language from `lng`."""
        return f"{server_url.rstrip('/')}/?{urlencode({'access_token': token, 'lng': 'en'})}"

    # -- into the room ---------------------------------------------------------------------

    async def entry(self, page: Page, timeout: float) -> EntryState:
        """Wait for the first page. Prompt and error page share an id; the prompt has an input."""
        first = page.locator(f"{PROMPT}, {LANDING}, {ERROR}").first
        try:
            await first.wait_for(state="visible", timeout=timeout * 1000)
        except PlaywrightTimeoutError:
            raise await self._late(page, "show its first page", timeout) from None
        if await page.locator(PROMPT).count():
            return EntryState(Entry.PROMPT, await page.locator("#errorPage").inner_text())
        if await page.locator(LANDING).count():
            return EntryState(Entry.LANDING, await page.locator(LANDING).inner_text())
        return EntryState(Entry.ERROR, await error_text(page))

    async def give_secret(self, page: Page, secret: str | None) -> None:
        """Type the key and save it. Without one, save the empty field, which the page refuses."""
        save = page.get_by_role("button", name="Save")
        if not secret:
            await save.click(timeout=STEP * 1000)
            toast = page.locator(".Toastify__toast--error").first
            said = (await toast.inner_text(timeout=STEP * 1000)).strip()
            raise NotSupported(f'the official client refuses an empty key: "{said}"')
        await page.locator(PROMPT).fill(secret, timeout=STEP * 1000)
        await save.click(timeout=STEP * 1000)
        await page.locator(PROMPT).wait_for(state="detached", timeout=STEP * 1000)

    async def join(self, page: Page, timeout: float) -> None:
        """Enable both devices, join, and wait until the footer shows both as published."""
        end = time.monotonic() + timeout
        enable = page.get_by_role("button", name=re.compile(r"^Enable (Microphone|Camera)"))
        enter = page.get_by_role("button", name="Join", exact=True)
        try:
            await enable.or_(page.locator(ERROR)).first.wait_for(timeout=timeout * 1000)
            await self._refuse_error(page)
            await enable.click(timeout=left(end))
            await enter.click(timeout=left(end))
            await page.locator(f"{ROOM}, {ERROR}").first.wait_for(timeout=left(end))
            await self._refuse_error(page)
            for icon, label in (("microphone", "Mute Microphone"), ("cam", "Turn Off Camera")):
                tooltip = page.locator(f"#main-footer .{icon}-wrap .tooltip", has_text=label)
                await tooltip.first.wait_for(state="attached", timeout=left(end))
        except PlaywrightTimeoutError:
            await self._refuse_error(page)
            raise await self._late(
                page, "come into the room with both devices on", timeout
            ) from None

    async def listen_only(self, page: Page, timeout: float) -> None:
        """Join as the product's own recorder does (plugNmeet-recorder, pkg/recorder/chrome.go)."""
        end = time.monotonic() + timeout
        try:
            await page.locator("#listenOnlyJoin").click(timeout=left(end))
            await page.locator(f"{ROOM}, {ERROR}").first.wait_for(timeout=left(end))
        except PlaywrightTimeoutError:
            raise await self._late(page, "come into the room to listen", timeout) from None
        await self._refuse_error(page)

    async def _refuse_error(self, page: Page) -> None:
        """Fail a join if the page shows its error page; the message contains the page's text."""
        if text := await self.ended(page):
            raise PlaywrightTimeoutError(f"the official client shows its error page: {text}")

    async def _late(self, page: Page, what: str, timeout: float) -> PlaywrightTimeoutError:
        """The error for a step that timed out: what was expected, and what the page shows."""
        stands = await page.evaluate(STANDS)
        return PlaywrightTimeoutError(
            f"the official client did not {what} within {timeout:.0f} s; the page is {stands}"
        )

    # -- side panels -----------------------------------------------------------------------

    @asynccontextmanager
    async def _panel(self, page: Page, which: str) -> AsyncIterator[Locator]:
        """The chat or participants panel; opens it if it is closed."""
        async with self._panels.setdefault(page, asyncio.Lock()):
            yield await self._opened_panel(page, which)

    @_again
    async def _opened_panel(self, page: Page, which: str) -> Locator:
        icon = {"chat": "message", "participants": "participants"}[which]
        panel = page.locator(f".{which}-panel")
        button = page.locator(f"#main-footer .{icon}.footer-icon:visible")
        # The tooltip changes at once; the panel slides for 300 ms.
        said = await button.locator(".tooltip").first.text_content(timeout=TYPED * 1000)
        if not re.match("Hide", said or ""):
            await button.first.click(timeout=TYPED * 1000)
        await panel.wait_for(timeout=TYPED * 1000)
        return panel

    async def participants(self, page: Page) -> list[str]:
        """The names in the participants panel; the participant's own name has a suffix "(me)"."""
        async with self._panel(page, "participants") as panel:
            names = await panel.locator(
                "ul.all-participants-wrap > li, .all-participants-wrap > *"
            ).evaluate_all(LISTED)
        return [re.sub(r"\s*\(me\)\s*$", "", name).strip() for name in names if name.strip()]

    @_again
    async def say(self, page: Page, text: str) -> None:
        """Type into the chat box and press Enter; the sender sees the message at once."""
        async with self._panel(page, "chat") as panel:
            box = panel.locator("#message-textarea")
            await box.fill(text, timeout=TYPED * 1000)
            await box.press("Enter", timeout=TYPED * 1000)
            sent = panel.locator(".message-content", has_text=text).first
            await expect(sent).to_be_attached(timeout=TYPED * 1000)

    async def chat(self, page: Page) -> list[str]:
        """The texts of the chat panel."""
        async with self._panel(page, "chat") as panel:
            texts = await panel.locator(".message-item .message-content").all_text_contents()
        return [text.strip() for text in texts]

    # -- whiteboard ------------------------------------------------------------------------

    async def _open_whiteboard(self, page: Page) -> Locator:
        board = page.locator(".excalidraw").first
        if not await board.count():
            icon = page.locator("#main-footer .whiteboard.footer-icon")
            if not await icon.count():
                raise NotSupported("the official client offers no whiteboard in this room")
            await icon.click(timeout=STEP * 1000)
        await board.locator("canvas.interactive").wait_for(timeout=STEP * 1000)
        return board

    @_again
    async def draw(self, page: Page, text: str) -> None:
        """Open the whiteboard, select the text tool, write, and finish the text with Escape."""
        board = await self._open_whiteboard(page)
        # It opens read-only, and becomes writable when the page knows that this person may write.
        writable = page.locator(".excalidraw:not(.excalidraw--view-mode)").first
        try:
            await writable.wait_for(timeout=UNLOCKED * 1000)
        except PlaywrightTimeoutError:
            raise NotSupported(
                "the official client has locked the whiteboard for this participant"
            ) from None
        canvas = board.locator("canvas.interactive")
        box = await canvas.bounding_box() or {"width": 400.0, "height": 300.0}
        # A click on an existing text would edit that text, so each text gets its own line.
        line = len(await self.whiteboard(page)) % LINES
        free: Position = {"x": box["width"] * 0.9, "y": box["height"] * 0.4}
        start: Position = {
            "x": box["width"] * 0.1,
            "y": box["height"] * (0.12 + 0.6 * line / LINES),
        }
        editor = page.locator("textarea.excalidraw-wysiwyg")
        # The toolbar depends on the available width; the shortcut key does not. Leave time for a
        # second try: after a new layout, both places may have moved.
        await canvas.click(position=free, timeout=CLICKED * 1000)
        await page.keyboard.press("t")
        await canvas.click(position=start, timeout=CLICKED * 1000)
        await editor.fill(text, timeout=TYPED * 1000)
        await editor.press("Escape")
        await page.wait_for_function(
            "text => window.__pnmShown.canvas.some(line => line.includes(text))",
            arg=text,
            timeout=TYPED * 1000,
        )

    @_again
    async def whiteboard(self, page: Page) -> list[str]:
        """All texts that the page has drawn on the whiteboard's canvas since it was opened.

        The page does not draw texts outside of the visible part. If all texts are outside (the
        view may have moved during a screen share), the page offers a button to scroll back.
        """
        await self._open_whiteboard(page)
        back = page.locator(".scroll-back-to-content")
        if await back.count():
            await back.first.click(timeout=TYPED * 1000)
        lines: list[str] = await page.evaluate("() => window.__pnmShown.canvas.filter(Boolean)")
        return lines

    async def signal(self, page: Page, text: str) -> None:
        """Unsupported: the client's other data messages are reactions and states, not free text."""
        raise NotSupported(
            "the official client has no data message with a text besides chat and whiteboard"
        )

    async def signals(self, page: Page) -> list[str]:
        """Unsupported, see `signal`."""
        raise NotSupported(
            "the official client shows no data message with a text besides chat and whiteboard"
        )

    # -- screen ----------------------------------------------------------------------------

    async def share_screen(self, page: Page) -> None:
        """Press the button. By default the client locks it for all but moderators."""
        await self._toggle_screen(page, "Share Screen", "Stop Sharing Screen")

    async def stop_screen(self, page: Page) -> None:
        """Press the button again."""
        await self._toggle_screen(page, "Stop Sharing Screen", "Share Screen")

    async def _toggle_screen(self, page: Page, now: str, then: str) -> None:
        button = page.locator("#main-footer .share-screen").first
        if not await button.count():
            raise NotSupported("the official client offers no screen share in this room")
        label = button.locator(".tooltip")
        said = (await label.text_content(timeout=STEP * 1000) or "").strip()
        if said != now:
            raise NotSupported(f'the official client\'s screen button says "{said}", not "{now}"')
        await button.click(timeout=STEP * 1000)
        await expect(label).to_have_text(_text_is(then), timeout=STEP * 1000)

    # -- what the page says ----------------------------------------------------------------

    def error_places(self) -> Sequence[Place]:
        """The toasts. They vanish after 5 s, and while one is shown no other one appears.

        The client shows such errors only for chat and data messages that it cannot decrypt, never
        for media: no version up to 2.4.0 listens to LiveKit's encryption errors.
        """
        return (Place("toast", TOAST, DECRYPTION),)

    @asynccontextmanager
    async def opened_errors(self, page: Page) -> AsyncIterator[Sequence[Place]]:
        """The notification list behind the bell, which also keeps suppressed toasts."""
        if not await page.locator(ROOM).count():
            yield ()
            return
        async with self._panels.setdefault(page, asyncio.Lock()):
            # By keyboard, because a toast may cover the header.
            bell = page.locator("#main-header .right button").first
            panel = page.locator(".notifications-panel")
            await bell.press("Enter", timeout=STEP * 1000)
            await panel.wait_for(timeout=STEP * 1000)
            try:
                entry = ".notifications-panel .notification .text p"
                yield (Place("notifications", entry, DECRYPTION),)
            finally:
                await bell.press("Enter", timeout=STEP * 1000)
                await panel.wait_for(state="hidden", timeout=STEP * 1000)

    async def ended(self, page: Page) -> str | None:
        """The error page's title and text. The prompt has the same id but no heading."""
        if not await page.locator(ERROR).count():
            return None
        return await error_text(page)

    async def why_unavailable(self, page: Page, feature: Feature) -> str | None:
        """Why the footer and its menu do not offer it; only moderators get these features."""
        return await features.why_unavailable(page, feature)

    async def try_to_start(self, page: Page, feature: Feature, timeout: float) -> str | None:
        return await features.try_to_start(page, feature, timeout)

    async def leave(self, page: Page) -> None:
        """Use "Leave Meeting" in the header's menu: a moderator's red button ends the room."""
        menus = page.locator("#main-header .right button[aria-haspopup=menu]")
        await menus.last.press("Enter", timeout=STEP * 1000)
        item = page.get_by_role("menuitem", name="Leave Meeting").locator("visible=true")
        await item.first.click(timeout=STEP * 1000)
        await page.get_by_role("dialog").get_by_role("button", name="Ok").click(timeout=STEP * 1000)
        await page.locator(ERROR).wait_for(timeout=STEP * 1000)
