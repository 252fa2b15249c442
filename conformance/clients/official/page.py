"""Scripts for the official client's page, and functions that read what it shows."""

import time
from typing import Any, Final

from playwright.async_api import Page

# The whiteboard is a canvas: the script records its texts when the page draws them. Toasts vanish
# after five seconds, so the script records them too.
KEEP: Final = """
(() => {
  const kept = { canvas: [], toasts: [] };
  Object.defineProperty(window, '__pnmShown', { value: kept });
  const draw = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    if (document.querySelector('.excalidraw') && !kept.canvas.includes(text)) {
      kept.canvas.push(text);
      // Drawing changes no element; this attribute wakes code that waits for a change.
      document.documentElement.classList.toggle('pnm-canvas-drawn');
    }
    return draw.call(this, text, ...rest);
  };
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) {
      if (!(node instanceof Element)) continue;
      const found = '.Toastify__toast';
      const toast = node.matches(found) ? node : node.querySelector(found);
      const text = (toast?.querySelector('p') ?? toast)?.textContent?.trim();
      if (text) kept.toasts.push(text);
    }
  }).observe(document, { subtree: true, childList: true });
})();
"""

LISTED: Final = """
items => items.map(item => item.querySelector('p')?.textContent ?? '')
"""

STANDS: Final = """
() => {
  const text = (selector) => document.querySelector(selector)?.textContent?.trim() ?? '';
  if (document.querySelector('#secretKey')) return 'at the prompt for the security key';
  if (text('#errorPage h2')) return `at its error page: ${text('#errorPage h2')}`;
  const landing = document.querySelector('#startupJoinModal');
  if (landing) return `at the landing page: ${text('#startupJoinModal h3')}`;
  const room = document.querySelector('#main-area');
  const icons = ['.microphone-wrap', '.cam-wrap'].map(s => text(`#main-footer ${s} .tooltip`));
  if (room) return `in the room with buttons ${icons.join(', ')}`;
  return `at its loading page: ${text('#plugNmeet-app').slice(0, 120) || 'blank'}`;
}
"""


def left(end: float) -> float:
    """Milliseconds until the monotonic time `end`, at least 1."""
    return max(1.0, (end - time.monotonic()) * 1000)


async def error_text(page: Page) -> str:
    parts: list[Any] = await page.locator("#errorPage h2, #errorPage p").all_text_contents()
    return ": ".join(str(part).strip() for part in parts)
