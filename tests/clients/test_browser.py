"""The browser starts with the harness's options, or an error of one line says why it does not."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import async_playwright

from conformance.clients.browser import (
    BrowserCrashed,
    BrowserNotStarted,
    launch,
    open_page,
)
from conformance.stacks.errors import StackError
from conformance.stacks.programs.known import BROWSER
from conformance.stacks.programs.tools import find

pytestmark = pytest.mark.browser


def chromium_path() -> Path:
    try:
        return find(BROWSER).path
    except StackError as missing:
        pytest.skip(str(missing))


async def test_each_participant_has_a_context_of_its_own_with_devices_allowed() -> None:
    async with async_playwright() as playwright:
        browser = await launch(playwright, chromium_path())
        one, other = await open_page(browser, "one"), await open_page(browser, "other")
        for opened in (one, other):
            await opened.context.route(
                "http://localhost/**", lambda r: r.fulfill(body="<p>", content_type="text/html")
            )
            await opened.page.goto("http://localhost/")
        await one.page.evaluate("localStorage.setItem('a', '1'); console.warn('hello')")
        assert await other.page.evaluate("localStorage.getItem('a')") is None
        assert await one.page.evaluate("navigator.language") == "en-US"
        granted = "navigator.permissions.query({name: 'camera'}).then((p) => p.state)"
        assert await one.page.evaluate(granted) == "granted"
        assert ("warning", "hello") in [(said.kind, said.text) for said in one.console]
        one.check()
        await one.close()
        await browser.close()
        with pytest.raises(BrowserCrashed, match="other's page is gone: the browser process"):
            other.check()
        await other.close()


async def test_a_page_that_crashes_is_a_typed_error() -> None:
    async with async_playwright() as playwright:
        browser = await launch(playwright, chromium_path())
        opened = await open_page(browser, "alice")
        crash = asyncio.get_running_loop().create_future()
        opened.page.on("crash", lambda _page: crash.set_result(True))
        going = asyncio.ensure_future(opened.page.goto("chrome://crash"))
        async with asyncio.timeout(20):
            await crash
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)
        with pytest.raises(BrowserCrashed, match="alice's page is gone: the page crashed"):
            opened.check()
        await browser.close()


async def test_no_page_from_a_browser_that_is_gone() -> None:
    async with async_playwright() as playwright:
        browser = await launch(playwright, chromium_path())
        await browser.close()
        with pytest.raises((BrowserCrashed, PlaywrightError)):
            await open_page(browser, "alice")


async def test_a_browser_that_does_not_start_is_one_clear_line(tmp_path: Path) -> None:
    fake = tmp_path / "chromium"
    fake.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "Chromium 1.2.3" && exit 0\n'
        'echo "libnss3.so: cannot open shared object file" >&2\nexit 127\n'
    )
    fake.chmod(fake.stat().st_mode | stat.S_IEXEC)
    async with async_playwright() as playwright:
        with pytest.raises(BrowserNotStarted, match=r"did not start: .*libnss3") as caught:
            await launch(playwright, fake)
        assert "\n" not in str(caught.value)


async def test_a_path_without_a_browser_says_how_to_fix_it(tmp_path: Path) -> None:
    async with async_playwright() as playwright:
        with pytest.raises(StackError) as caught:
            await launch(playwright, tmp_path / "none")
        assert "\n" not in str(caught.value)
