"""The AES keys that a client makes with WebCrypto, in its page and in the page's workers.

They serve clients with an unknown formula: the key of one session is tried on another. This
instruments the client: WebCrypto is wrapped, and keys are extractable for a moment. So it is used
only if no published formula opens anything.
"""

from __future__ import annotations

from importlib import resources
from typing import Any, Final

from playwright.async_api import BrowserContext

from conformance.observers.notifier import Notifier

_MOST: Final = 100
_LENGTHS: Final = (16, 32)


class MadeKeys(Notifier):
    """AES-128 and AES-256 keys that were derived, generated or imported, without repeats."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[bytes] = []

    async def attach(self, context: BrowserContext) -> None:
        """Start watching; call it before the first page of `context` opens."""

        def on_key(_source: Any, key: Any) -> None:
            self.take(key)

        await context.expose_binding("__pnmMadeKey", on_key)
        folder = resources.files(__package__)
        script = folder.joinpath("made_keys.js").read_text("utf-8")
        head = folder.joinpath("worker_head.js").read_text("utf-8")
        await context.add_init_script(f"({script})({head});")

    def take(self, key_hex: Any) -> None:
        """Add one key in hex; other values are ignored."""
        try:
            key = bytes.fromhex(key_hex) if isinstance(key_hex, str) and len(key_hex) <= 64 else b""
        except ValueError:
            return
        if len(key) in _LENGTHS and key not in self.keys and len(self.keys) < _MOST:
            self.keys.append(key)
            self.notify()
