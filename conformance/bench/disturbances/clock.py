"""A clock step while participants are in the room.

The machine's clock belongs to all its users, so only the pages' `Date` changes, in pages and their
workers. Timers and `performance.now` stay unchanged, as in a real step. (Playwright's clock also
replaces the timers and does not reach workers; libfaketime does not reach Go programs.)
"""

from __future__ import annotations

import asyncio
import contextlib

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Worker

from conformance.bench.core import timeouts
from conformance.bench.disturbances.base import Recurring, Scene

_STEP = """
(step) => {
  const key = Symbol.for('conformance: the clock was set');
  if (!globalThis[key]) {
    const RealDate = Date;
    const clock = (globalThis[key] = { step: 0 });
    const now = () => RealDate.now() + clock.step;
    globalThis.Date = new Proxy(RealDate, {
      apply: () => new RealDate(now()).toString(),
      construct: (real, given, target) =>
        Reflect.construct(real, given.length ? given : [now()], target),
      get: (real, name) => (name === 'now' ? now : Reflect.get(real, name)),
    });
  }
  globalThis[key].step = step;
}
"""


class ClockStep(Recurring):
    """Sets every page's clock forward, and back again the next time."""

    name = "clock-step"
    what = f"the pages' clocks set by {timeouts.CLOCK_STEP:g} s, forward and back in turn"
    period = timeouts.CLOCK_STEP_EVERY

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.pages = 0

    async def once(self) -> None:
        forward = self.times % 2 == 0
        pages = [page for context in self.scene.browser.contexts for page in context.pages]
        clocks: list[Page | Worker] = [*pages, *(w for page in pages for w in page.workers)]
        step = timeouts.CLOCK_STEP * 1000 if forward else 0
        self.pages += sum(await asyncio.gather(*(_set(clock, step) for clock in clocks)))

    async def end(self) -> str:
        did = await super().end()
        return f"{did}; {self.pages} clocks of pages and workers in all" if self.pages else ""


async def _set(clock: Page | Worker, step: float) -> bool:
    with contextlib.suppress(PlaywrightError):  # it has been closed meanwhile
        await clock.evaluate(_STEP, step)
        return True
    return False
