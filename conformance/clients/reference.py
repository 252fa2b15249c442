"""Drives the reference client's page by roles and accessible names, nothing else.

The names are listed in conformance/reference/client/README.md.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from urllib.parse import urlencode

from playwright.async_api import Locator, Page, expect
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from conformance.clients.base import (
    ClientDriver,
    Device,
    Entry,
    EntryState,
    Feature,
    NotSupported,
    ShownError,
)

FEATURE_BUTTONS: dict[Feature, str] = {
    "recording": "Start recording",
    "rtmp": "Start broadcast",
    "ai": "Start AI transcription",
}

_ANSWERS: dict[Feature, re.Pattern[str]] = {
    "recording": re.compile("^Recording: "),
    "rtmp": re.compile("^Broadcast: "),
    "ai": re.compile("^AI transcription: "),
}

LANDING = "#startupJoinModal"
ERROR_PAGE = "#errorPage"
ROOM = "#main-area"


_SHOWN = 30_000
"""From an action to what the page shows of it, in milliseconds: in a room of four, on two starved
cores, a shared screen was shown after more than 5 s."""


class ReferenceDriver(ClientDriver):
    """The reference client. `break_rules`: the rules of rules/client.toml that it must break."""

    name = "reference"

    def __init__(self, break_rules: Sequence[str] = ()) -> None:
        self.break_rules = tuple(break_rules)

    def init_scripts(self) -> list[str]:
        """Sets the rules to break, if any; the page reads them once, at its start."""
        if not self.break_rules:
            return []
        return [f"window.plugnmeetReference = {json.dumps({'break': list(self.break_rules)})};"]

    def url(self, server_url: str, token: str) -> str:
        return f"{server_url.rstrip('/')}/?{urlencode({'access_token': token})}"

    async def entry(self, page: Page, timeout: float) -> EntryState:
        secret = page.get_by_label("Shared secret")
        landing, error = page.locator(LANDING), page.locator(ERROR_PAGE)
        deadline = time.monotonic() + timeout
        # The page can change between the detection and the reading; then try again.
        while True:
            left = max(0.001, deadline - time.monotonic())
            await expect(secret.or_(landing).or_(error)).to_be_visible(timeout=left * 1000)
            text = await page.locator("body").inner_text()
            for entry, locator in (
                (Entry.ERROR, error),
                (Entry.LANDING, landing),
                (Entry.PROMPT, secret),
            ):
                if await locator.is_visible():
                    return EntryState(entry, text)

    async def give_secret(self, page: Page, secret: str | None) -> None:
        if secret is None:
            go_on = page.get_by_role("button", name="Continue without a secret")
            if not await go_on.is_visible():
                raise NotSupported("The page offers no way to continue without a secret.")
            await go_on.click()
        else:
            await page.get_by_label("Shared secret").fill(secret)
            await page.get_by_role("button", name="Use this secret").click()
        await expect(page.get_by_label("Shared secret")).to_be_hidden(timeout=_SHOWN)

    async def join(self, page: Page, timeout: float) -> None:
        await self._enter(page, "Join", timeout)
        controls = page.get_by_role("toolbar", name="Your controls")
        for device in ("Microphone", "Camera"):
            pressed = controls.get_by_role("button", name=device, pressed=True)
            await self._unless_ended(page, pressed, timeout)

    async def listen_only(self, page: Page, timeout: float) -> None:
        await self._enter(page, "Join as a listener", timeout)

    async def participants(self, page: Page) -> list[str]:
        items = page.get_by_role("list", name="Participants").get_by_role("listitem")
        labels = [await item.get_attribute("aria-label") or "" for item in await items.all()]
        return [label.removesuffix(" (you)") for label in labels]

    async def say(self, page: Page, text: str) -> None:
        await self._write(page, "Message", "Send", text)

    async def chat(self, page: Page) -> list[str]:
        return await self._log(page, "Chat messages")

    async def draw(self, page: Page, text: str) -> None:
        await self._write(page, "Board note", "Put on board", text)

    async def whiteboard(self, page: Page) -> list[str]:
        return await self._log(page, "Whiteboard")

    async def signal(self, page: Page, text: str) -> None:
        await self._write(page, "Signal", "Send signal", text)

    async def signals(self, page: Page) -> list[str]:
        return await self._log(page, "Signals")

    async def share_screen(self, page: Page) -> None:
        button = self._screen_button(page)
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", "true", timeout=_SHOWN)

    async def stop_screen(self, page: Page) -> None:
        button = self._screen_button(page)
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", "false", timeout=_SHOWN)

    async def turn(self, page: Page, device: Device, *, on: bool) -> None:
        controls = page.get_by_role("toolbar", name="Your controls")
        button = controls.get_by_role("button", name=device.capitalize())
        await button.click()
        pressed = "true" if on else "false"
        await expect(button).to_have_attribute("aria-pressed", pressed, timeout=_SHOWN)

    async def take_another(self, page: Page, device: Device) -> None:
        choice = page.get_by_role("combobox", name=f"{device.capitalize()} in use")
        if not await choice.count():
            raise NotSupported(f"there is only one {device}")
        used = await choice.input_value()
        options = await choice.get_by_role("option").all()
        values = [await option.get_attribute("value") for option in options]
        await choice.select_option(next(value for value in values if value != used))

    async def decryption_errors(self, page: Page) -> list[ShownError]:
        banner = page.get_by_role("status", name="Decryption errors")
        errors = [
            ShownError("banner", await item.inner_text())
            for item in await banner.get_by_role("listitem").all()
        ]
        for tile in await page.get_by_role("figure").all():
            who = await tile.get_attribute("aria-label") or ""
            errors += [
                ShownError(f"tile of {who}", await note.inner_text())
                for note in await tile.get_by_role("note", name="Decryption error").all()
            ]
        return errors

    async def ended(self, page: Page) -> str | None:
        error = page.locator(ERROR_PAGE)
        return await error.inner_text() if await error.is_visible() else None

    async def why_unavailable(self, page: Page, feature: Feature) -> str | None:
        group = page.get_by_role("group", name="Server features")
        button = group.get_by_role("button", name=FEATURE_BUTTONS[feature])
        if not await button.is_visible():
            return "The page has no such button."
        if await button.is_enabled():
            return None
        reason = await button.get_attribute("aria-describedby")
        if reason is None:
            return "The button is disabled and does not say why."
        return await page.locator(f"[id='{reason}']").inner_text()

    async def try_to_start(self, page: Page, feature: Feature, timeout: float) -> str | None:
        group = page.get_by_role("group", name="Server features")
        answer = group.get_by_role("status", name="Server answer")
        await group.get_by_role("button", name=FEATURE_BUTTONS[feature]).click()
        if feature == "rtmp":
            await page.get_by_label("Stream address").fill("rtmp://127.0.0.1:9/nobody/listens")
            await page.get_by_role("button", name="Go live").click()
        try:
            await expect(answer).to_have_text(_ANSWERS[feature], timeout=timeout * 1000)
        except AssertionError:
            return None
        text = await answer.inner_text()
        return None if text.endswith(": success") else text

    async def leave(self, page: Page) -> None:
        await page.get_by_role("button", name="Leave", exact=True).click()
        await expect(page.locator(ERROR_PAGE)).to_be_visible(timeout=_SHOWN)

    async def _enter(self, page: Page, button: str, timeout: float) -> None:
        enter = page.locator(LANDING).get_by_role("button", name=button, exact=True)
        await self._unless_ended(page, enter, timeout)
        await enter.click()
        await self._unless_ended(page, page.locator(ROOM), timeout)

    async def _unless_ended(self, page: Page, wanted: Locator, timeout: float) -> None:
        """Wait for `wanted`; fail at once, with the page's text, if an error page shows instead."""
        error = page.locator(ERROR_PAGE)
        await expect(wanted.or_(error)).to_be_visible(timeout=timeout * 1000)
        if await error.is_visible():
            shown = " ".join((await error.inner_text()).split())
            raise PlaywrightTimeoutError(f"the reference client shows its error page: {shown}")

    async def _write(self, page: Page, field: str, button: str, text: str) -> None:
        await page.get_by_role("textbox", name=field, exact=True).fill(text)
        await page.get_by_role("button", name=button, exact=True).click()
        # Either the line appears in the log, or a notice says why it was not sent.
        line = page.get_by_role("article").filter(has_text=text)
        notice = page.get_by_role("alert", name="Notice").filter(has_text="not sent")
        await expect(line.or_(notice).first).to_be_visible(timeout=_SHOWN)

    async def _log(self, page: Page, name: str) -> list[str]:
        log = page.get_by_role("log", name=name, exact=True)
        return await log.get_by_role("paragraph").all_inner_texts()

    def _screen_button(self, page: Page) -> Locator:
        return page.get_by_role("button", name="Share screen", exact=True)
