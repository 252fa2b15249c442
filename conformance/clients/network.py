"""A short network outage as a page sees it: all its WebSockets close.

Signalling and message bus both use WebSockets (livekit-client 2.21, nats-core 3.4). A client that
reconnects opens them again, to the same addresses.
"""

from __future__ import annotations

from typing import Final

from playwright.async_api import Page

INIT_SCRIPT: Final = """
(() => {
  if (window.__pnmNetwork || !window.WebSocket) return;
  const open = new Set();
  let missing = [];
  const place = (socket) => socket.url.split('?')[0];
  window.WebSocket = class WebSocket extends window.WebSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener('open', () => {
        open.add(this);
        const found = missing.indexOf(place(this));
        if (found >= 0) missing.splice(found, 1);
      });
      this.addEventListener('close', () => open.delete(this));
    }
  };
  const cut = () => {
    missing = [...open].map(place);
    for (const socket of open) socket.close();
    return missing.length;
  };
  Object.defineProperty(window, '__pnmNetwork', { value: { cut, missing: () => missing.length } });
})();
"""
"""Must run in the page before the client's code."""


async def cut(page: Page) -> int:
    """Close every WebSocket of the page. Returns how many there were."""
    ended: int = await page.evaluate("() => window.__pnmNetwork.cut()")
    return ended


async def restored(page: Page, timeout: float) -> None:
    """Wait until the page has reopened each of them; `timeout` in seconds.

    Raises:
        playwright.async_api.TimeoutError: the page has not reopened all of them.
    """
    await page.wait_for_function("() => !window.__pnmNetwork.missing()", timeout=timeout * 1000)
