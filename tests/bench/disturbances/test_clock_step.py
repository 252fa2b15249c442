"""The clock step works in a real page and its worker."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.async_api import Page, Worker, async_playwright

from conformance.bench.core import timeouts
from conformance.bench.core.alarm import HarnessAlarm
from conformance.bench.disturbances import Scene
from conformance.bench.disturbances.clock import ClockStep
from conformance.clients.browser import launch
from conformance.stacks.errors import StackError
from conformance.stacks.programs.known import BROWSER
from conformance.stacks.programs.tools import find

pytestmark = pytest.mark.browser

LOOK = """() => ({
  now: Date.now(), made: new Date().getTime(), given: new Date(7).getTime(), utc: Date.UTC(1970, 0),
  is: new Date() instanceof Date, text: typeof Date(), ticks: performance.now(),
})"""
WORKER = "() => { new Worker(URL.createObjectURL(new Blob(['self.onmessage = () => {}']))); }"


async def looks(*clocks: Page | Worker) -> list[dict[str, Any]]:
    return [await clock.evaluate(LOOK) for clock in clocks]


async def test_only_the_date_is_set_and_restored(tmp_path: Path) -> None:
    try:
        program = find(BROWSER).path
    except StackError as missing:
        pytest.skip(str(missing))
    async with async_playwright() as playwright:
        browser = await launch(playwright, program)
        page = await (await browser.new_context()).new_page()
        async with page.expect_event("worker") as started:
            await page.evaluate(WORKER)
        clocks = page, await started.value
        step = ClockStep(Scene(SimpleNamespace(), browser, tmp_path, HarnessAlarm()))  # type: ignore[arg-type]

        before = await looks(*clocks)
        await step.once()
        step.times += 1
        stepped = await looks(*clocks)
        await step.once()
        back = await looks(*clocks)
        await browser.close()

    for was, then, now in zip(before, stepped, back, strict=True):
        passed = (then["ticks"] - was["ticks"]) / 1000
        assert 0 <= passed < 60, "timers and performance.now go on as they did"
        for name in ("now", "made"):
            assert (then[name] - was[name]) / 1000 - passed == pytest.approx(
                timeouts.CLOCK_STEP, abs=1
            )
            assert 0 <= now[name] - was[name] < 60_000
        assert (then["given"], then["utc"], then["is"], then["text"]) == (7, 0, True, "string")
    assert step.pages == 4
