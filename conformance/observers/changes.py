"""Tells when a page changed, so that nobody has to look by the clock.

A MutationObserver in the page calls a binding at most ten times a second; a claim about what a
page shows is looked at again on each call.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from playwright.async_api import BrowserContext

_SCRIPT: Final = """
(() => {
  let waiting = false;
  const tell = () => { waiting = false; window.__pnmPageChanged?.().catch(() => {}); };
  const watch = () => new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    setTimeout(tell, 100);
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true,
                         attributeFilter: ['hidden', 'disabled', 'aria-hidden', 'class', 'open'] });
  watch();
})();
"""


class PageChanges:
    """A watcher of the pages of one browser context."""

    def __init__(self) -> None:
        self._news = asyncio.Condition()
        self._count = 0

    async def attach(self, context: BrowserContext) -> None:
        """Begin; has to run before the first page of `context` is opened."""

        async def told(_source: Any) -> None:
            async with self._news:
                self._count += 1
                self._news.notify_all()

        await context.expose_binding("__pnmPageChanged", told)
        await context.add_init_script(_SCRIPT)

    async def changed(self, timeout: float) -> bool:
        """Wait for the next change; False after `timeout` seconds without one."""
        before = self._count
        try:
            async with asyncio.timeout(timeout), self._news:
                await self._news.wait_for(lambda: self._count > before)
        except TimeoutError:
            return False
        return True
