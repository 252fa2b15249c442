"""Keeps a client's encryption from starting: its worker is not there, or WebCrypto fails.

The client's own code is not touched: a script in its page, before that code, has its workers'
scripts asked for where there are none, or has calls of WebCrypto (W3C Web Cryptography API) fail
as the API's own failures do.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, Final, Literal

from playwright.async_api import BrowserContext, Route

from conformance.observers.notifier import Notifier

Way = Literal["worker", "page", "frames"]

WAYS: Final[tuple[Way, ...]] = ("worker", "page", "frames")
_WORDS: Final[dict[Way, str]] = {
    "worker": "the script of its worker is answered with 404",
    "page": "WebCrypto fails in the page",
    "frames": "encrypting fails in the worker",
}
_MISSING: Final = "conformance-worker-that-is-not-there"


class Hindrance(Notifier):
    """One way to hinder, for one person's browser. `hits`: how often the client ran into it."""

    def __init__(self, way: Way) -> None:
        super().__init__()
        self.way: Way = way
        self.words = _WORDS[way]
        self.hits = 0

    async def attach(self, context: BrowserContext) -> None:
        """Begin; before the client's page is opened in `context`."""

        async def missing(route: Route) -> None:
            self._hit(1)
            await route.fulfill(status=404, body="")

        def told(_source: Any, hits: Any) -> None:
            self._hit(hits if isinstance(hits, int) else 1)

        await context.route(f"**/{_MISSING}*", missing)
        await context.expose_binding("__hindered", told)
        folder = resources.files("conformance")
        head = folder.joinpath("observers/page/worker_head.js").read_text("utf-8")
        script = folder.joinpath("clients/hindrance.js").read_text("utf-8")
        call = f"({script})({json.dumps(self.way)}, {json.dumps('/' + _MISSING + '.js')}, {head});"
        await context.add_init_script(call)

    def _hit(self, hits: int) -> None:
        self.hits += hits
        self.notify()
