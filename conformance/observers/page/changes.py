"""Notifies when a page changes, so that no polling is needed.

A MutationObserver in the page calls a binding at most ten times a second. Claims about the page's
content are evaluated again after each call.
"""

from __future__ import annotations

from typing import Any, Final

from playwright.async_api import BrowserContext

from conformance.observers.notifier import Notifier

_SCRIPT: Final = """
(() => {
  let waiting = false;
  const report = () => { waiting = false; window.__pnmPageChanged?.().catch(() => {}); };
  const watch = () => new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    setTimeout(report, 100);
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true,
                         attributeFilter: ['hidden', 'disabled', 'aria-hidden', 'class', 'open'] });
  watch();
})();
"""


class PageChanges(Notifier):
    """Watches the pages of one browser context."""

    async def attach(self, context: BrowserContext) -> None:
        """Start watching; call it before the first page of `context` opens."""

        def changed_in_page(_source: Any) -> None:
            self.notify()

        await context.expose_binding("__pnmPageChanged", changed_in_page)
        await context.add_init_script(_SCRIPT)
