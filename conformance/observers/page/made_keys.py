"""The AES keys that a client's own WebCrypto makes, in its page and in the page's workers.

For a client whose formula nobody knows: its key of one session is tried on another. Whoever is
watched in this way is instrumented: WebCrypto is wrapped, and keys are made extractable for a
moment. So this is used only where no published formula opens anything.
"""

from __future__ import annotations

from importlib import resources
from typing import Any, Final

from playwright.async_api import BrowserContext

from conformance.observers.notifier import Notifier

_MOST: Final = 100
_LENGTHS: Final = (16, 32)


class MadeKeys(Notifier):
    """AES-128 and AES-256 keys that were derived, generated or imported, each once."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[bytes] = []

    async def attach(self, context: BrowserContext) -> None:
        """Begin; has to run before the first page of `context` is opened."""

        def told(_source: Any, key: Any) -> None:
            self.take(key)

        await context.expose_binding("__pnmMadeKey", told)
        folder = resources.files(__package__)
        script = folder.joinpath("made_keys.js").read_text("utf-8")
        head = folder.joinpath("worker_head.js").read_text("utf-8")
        await context.add_init_script(f"({script})({head});")

    def take(self, told: Any) -> None:
        """Take one key in hex; what is none is left aside."""
        try:
            key = bytes.fromhex(told) if isinstance(told, str) and len(told) <= 64 else b""
        except ValueError:
            return
        if len(key) in _LENGTHS and key not in self.keys and len(self.keys) < _MOST:
            self.keys.append(key)
            self.notify()
