"""A short network outage as a page sees it: all its WebSockets close, or its media restarts.

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
  // LiveKit's signalling: the path of its WebSockets begins with /rtc (livekit-client 2.21).
  const restart = (message) => {
    const signalling = [...open].filter((socket) => new URL(socket.url).pathname.includes('/rtc'));
    for (const socket of signalling) {
      socket.dispatchEvent(new MessageEvent('message', { data: Uint8Array.from(message).buffer }));
    }
    return signalling.length;
  };
  const value = { cut, restart, missing: () => missing.length };
  Object.defineProperty(window, '__pnmNetwork', { value });
})();
"""
"""Must run in the page before the client's code."""


async def cut(page: Page) -> int:
    """Close every WebSocket of the page. Returns how many there were."""
    ended: int = await page.evaluate("() => window.__pnmNetwork.cut()")
    return ended


_RECONNECT: Final = (0x42, 0x04, 0x08, 0x01, 0x18, 0x02)
"""SignalResponse with a LeaveRequest: can_reconnect, action RECONNECT (livekit_rtc.proto)."""


async def restart_media(page: Page) -> int:
    """Let the client close its peer connections, and make new ones.

    The page gets the message with which an SFU that restarts asks for it. Returns how many signal
    connections got it; 0: the client has none of LiveKit's.
    """
    asked: int = await page.evaluate(
        "(message) => window.__pnmNetwork.restart(message)", list(_RECONNECT)
    )
    return asked


async def restored(page: Page, timeout: float) -> None:
    """Wait until the page has reopened each of them; `timeout` in seconds.

    Raises:
        playwright.async_api.TimeoutError: the page has not reopened all of them.
    """
    await page.wait_for_function("() => !window.__pnmNetwork.missing()", timeout=timeout * 1000)
