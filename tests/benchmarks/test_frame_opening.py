"""The speed of the frame opener, and of livekit-client's encryption worker."""

import pytest
from playwright.async_api import async_playwright

from conformance.benchmarks.frame_opening import measure_cryptor, measure_opener, sample_frames
from conformance.clients.browser import launch
from conformance.stacks.programs.known import BROWSER
from conformance.stacks.programs.tools import find


def test_every_frame_opens_and_is_measured() -> None:
    assert measure_opener(sample_frames()[:60], rounds=1) > 0


def test_a_frame_that_does_not_open_is_an_error() -> None:
    with pytest.raises(RuntimeError):
        measure_opener([b"\x78" + bytes(60)], rounds=1)


@pytest.mark.browser
async def test_livekits_worker_opens_the_same_frames() -> None:
    async with async_playwright() as playwright:
        browser = await launch(playwright, find(BROWSER).path)
        assert await measure_cryptor(browser, sample_frames()[:60]) > 0
        await browser.close()
