"""Drives the official Plug-N-Meet web client, versions 2.0 to 2.4, unmodified.

Selectors are those of mynaparrot/plugNmeet-client v2.0.0 to v2.4.0 (components/landing,
components/footer, components/header, components/whiteboard). Roles and names came with 2.4.0
(PR #1085); the ids, classes and `.tooltip` texts used besides are the same in all of them.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
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
    ShownError,
)
from conformance.clients.official import features
from conformance.clients.official.features import STEP
from conformance.clients.official.page import KEEP, LISTED, STANDS, error_text, left

TYPED: Final = 6.0
"""Seconds until a typed line stands in the sender's own list."""

CLICKED: Final = 12.0
"""Seconds until a place on the whiteboard can be clicked."""

UNLOCKED: Final = 8.0
"""Seconds until an opened whiteboard may be written on, where one may."""

LINES: Final = 16
"""Lines of text that fit on the visible part of a whiteboard."""

BELL_REST: Final = 1.0
"""Seconds between two looks into the list behind the bell; in between the last one counts."""

PROMPT: Final = "#secretKey"
LANDING: Final = "#startupJoinModal"
ERROR: Final = "#errorPage h2"
ROOM: Final = "#main-area"
DECRYPTION: Final = re.compile(r"decryption error", re.IGNORECASE)

# The page closes panels and builds the whiteboard anew when a screen share begins or ends; what
# was being typed is lost then. A person does it again, and so do we, as long as a step may take.
_again = retry(
    retry=retry_if_exception_type((PlaywrightTimeoutError, AssertionError)),
    stop=stop_after_delay(STEP),
    reraise=True,
)


def _text_is(text: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*{re.escape(text)}\s*$")


class OfficialClient(ClientDriver):
    """The official web client, 2.0 to 2.4, as its own server or any other one serves it."""

    name = "official"

    def __init__(self) -> None:
        # The side panel shows one list at a time: who reads it keeps the others off meanwhile.
        self._panels: WeakKeyDictionary[Page, asyncio.Lock] = WeakKeyDictionary()
        self._bells: WeakKeyDictionary[Page, tuple[float, list[ShownError]]] = WeakKeyDictionary()

    def init_scripts(self) -> list[str]:
        """Keeps what the page shows only for a while, or on a canvas."""
        return [KEEP]

    def url(self, server_url: str, token: str) -> str:
        """The page takes the token from `access_token` and the language from `lng`."""
        return f"{server_url.rstrip('/')}/?{urlencode({'access_token': token, 'lng': 'en'})}"

    # -- into the room ---------------------------------------------------------------------

    async def entry(self, page: Page, timeout: float) -> EntryState:
        """The prompt has the error page's id, so it is told apart by its input."""
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
        """Type the key and save it; without one the page is asked all the same, and refuses."""
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
        """Enable both devices, join, and wait until the footer says that both are published."""
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
        """As the product's own recorder does it (plugNmeet-recorder, pkg/recorder/chrome.go)."""
        end = time.monotonic() + timeout
        try:
            await page.locator("#listenOnlyJoin").click(timeout=left(end))
            await page.locator(f"{ROOM}, {ERROR}").first.wait_for(timeout=left(end))
        except PlaywrightTimeoutError:
            raise await self._late(page, "come into the room to listen", timeout) from None
        await self._refuse_error(page)

    async def _refuse_error(self, page: Page) -> None:
        """Stop a join at the page's own error page, with its words."""
        if text := await self.ended(page):
            raise PlaywrightTimeoutError(f"the official client shows its error page: {text}")

    async def _late(self, page: Page, what: str, timeout: float) -> PlaywrightTimeoutError:
        """The error for a step that did not end: what was awaited, and where the page stands."""
        stands = await page.evaluate(STANDS)
        return PlaywrightTimeoutError(
            f"the official client did not {what} within {timeout:.0f} s; it stands {stands}"
        )

    # -- side panels -----------------------------------------------------------------------

    @asynccontextmanager
    async def _panel(self, page: Page, which: str) -> AsyncIterator[Locator]:
        """The chat or participants panel, opened if it was not."""
        async with self._panels.setdefault(page, asyncio.Lock()):
            yield await self._opened_panel(page, which)

    @_again
    async def _opened_panel(self, page: Page, which: str) -> Locator:
        icon = {"chat": "message", "participants": "participants"}[which]
        panel = page.locator(f".{which}-panel")
        button = page.locator(f"#main-footer .{icon}.footer-icon:visible")
        # The tooltip changes at once, the panel itself slides for 300 ms.
        said = await button.locator(".tooltip").first.text_content(timeout=TYPED * 1000)
        if not re.match("Hide", said or ""):
            await button.first.click(timeout=TYPED * 1000)
        await panel.wait_for(timeout=TYPED * 1000)
        return panel

    async def participants(self, page: Page) -> list[str]:
        """The names in the participants panel; one's own carries "(me)" there."""
        async with self._panel(page, "participants") as panel:
            names = await panel.locator(
                "ul.all-participants-wrap > li, .all-participants-wrap > *"
            ).evaluate_all(LISTED)
        return [re.sub(r"\s*\(me\)\s*$", "", name).strip() for name in names if name.strip()]

    @_again
    async def say(self, page: Page, text: str) -> None:
        """Type into the chat box and press Enter; the sender sees the own message at once."""
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
        """Open the whiteboard, take the text tool, write, and leave the text with Escape."""
        board = await self._open_whiteboard(page)
        # It opens for looking only, and is opened for writing once the page knows one may.
        writable = page.locator(".excalidraw:not(.excalidraw--view-mode)").first
        try:
            await writable.wait_for(timeout=UNLOCKED * 1000)
        except PlaywrightTimeoutError:
            raise NotSupported(
                "the official client has locked the whiteboard for this person"
            ) from None
        canvas = board.locator("canvas.interactive")
        box = await canvas.bounding_box() or {"width": 400.0, "height": 300.0}
        # A click on a text that stands there would edit it: each gets a line of its own.
        line = len(await self.whiteboard(page)) % LINES
        free: Position = {"x": box["width"] * 0.9, "y": box["height"] * 0.4}
        start: Position = {
            "x": box["width"] * 0.1,
            "y": box["height"] * (0.12 + 0.6 * line / LINES),
        }
        editor = page.locator("textarea.excalidraw-wysiwyg")
        # The toolbar differs with the width that is left; the key is the same everywhere. Time is
        # left for another try: in a page that was laid out anew both places may be elsewhere.
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
        """Every text that the page has put on the whiteboard's canvas since it was opened.

        What lies outside of the visible part is not put there: when all of it does (after a
        screen share the view may stand elsewhere), the page offers a way back, as to a person.
        """
        await self._open_whiteboard(page)
        back = page.locator(".scroll-back-to-content")
        if await back.count():
            await back.first.click(timeout=TYPED * 1000)
        lines: list[str] = await page.evaluate("() => window.__pnmShown.canvas.filter(Boolean)")
        return lines

    async def signal(self, page: Page, text: str) -> None:
        """Not there: its other data messages are reactions and states, never a person's text."""
        raise NotSupported(
            "the official client has no data message with a text besides chat and whiteboard"
        )

    async def signals(self, page: Page) -> list[str]:
        """Not there, see `signal`."""
        raise NotSupported(
            "the official client shows no data message with a text besides chat and whiteboard"
        )

    # -- screen ----------------------------------------------------------------------------

    async def share_screen(self, page: Page) -> None:
        """Press the button; the client locks it for people who are no moderators by default."""
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

    async def decryption_errors(self, page: Page) -> list[ShownError]:
        """Toasts that were shown, else the list behind the bell, which keeps those held back.

        The client shows such errors for undecryptable chat and data messages only, never for
        media: no version up to 2.4.0 listens to LiveKit's encryption errors.
        """
        toasts: list[str] = await page.evaluate("() => window.__pnmShown.toasts")
        shown = [ShownError("toast", text) for text in toasts if DECRYPTION.search(text)]
        if shown or not await page.locator(ROOM).count():
            return shown
        at, last = self._bells.get(page, (0.0, []))
        if time.monotonic() - at >= BELL_REST:
            last = await self._behind_bell(page)
            self._bells[page] = (time.monotonic(), last)
        return last

    async def _behind_bell(self, page: Page) -> list[ShownError]:
        async with self._panels.setdefault(page, asyncio.Lock()):
            # By key: a toast may lie over the header just now.
            bell = page.locator("#main-header .right button").first
            panel = page.locator(".notifications-panel")
            await bell.press("Enter", timeout=STEP * 1000)
            await panel.wait_for(timeout=STEP * 1000)
            texts = await panel.locator(".notification .text p").all_text_contents()
            await bell.press("Enter", timeout=STEP * 1000)
            await panel.wait_for(state="hidden", timeout=STEP * 1000)
        return [
            ShownError("notifications", text.strip()) for text in texts if DECRYPTION.search(text)
        ]

    async def ended(self, page: Page) -> str | None:
        """The error page's title and text; the prompt shares its id but has no heading."""
        if not await page.locator(ERROR).count():
            return None
        return await error_text(page)

    async def offers(self, page: Page, feature: Feature) -> str | None:
        """What the footer and its menu offer this person; only moderators are offered anything."""
        return await features.offers(page, feature)

    async def try_to_start(self, page: Page, feature: Feature, timeout: float) -> str | None:
        return await features.try_to_start(page, feature, timeout)

    async def leave(self, page: Page) -> None:
        """By "Leave Meeting" of the header's menu: a moderator's red button ends the room."""
        menus = page.locator("#main-header .right button[aria-haspopup=menu]")
        await menus.last.press("Enter", timeout=STEP * 1000)
        item = page.get_by_role("menuitem", name="Leave Meeting").locator("visible=true")
        await item.first.click(timeout=STEP * 1000)
        await page.get_by_role("dialog").get_by_role("button", name="Ok").click(timeout=STEP * 1000)
        await page.locator(ERROR).wait_for(timeout=STEP * 1000)
