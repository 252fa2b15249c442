"""A real browser for the tests of the observers."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from conformance.clients.browser import launch


@pytest_asyncio.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A Chromium of this machine."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await launch(playwright, path)
        yield browser
        await browser.close()
