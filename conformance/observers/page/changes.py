"""Tells when a page changed, so that nobody has to look by the clock.

A MutationObserver in the page calls a binding at most ten times a second; a claim about what a
page shows is looked at again on each call.
"""

from __future__ import annotations

from typing import Any, Final

from playwright.async_api import BrowserContext

from conformance.observers.notifier import Notifier

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


class PageChanges(Notifier):
    """A watcher of the pages of one browser context."""

    async def attach(self, context: BrowserContext) -> None:
        """Begin; has to run before the first page of `context` is opened."""

        def told(_source: Any) -> None:
            self.notify()

        await context.expose_binding("__pnmPageChanged", told)
        await context.add_init_script(_SCRIPT)
