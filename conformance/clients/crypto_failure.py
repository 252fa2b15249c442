"""Makes a client's encryption fail: its worker script is missing, or WebCrypto calls fail.

The client's own code stays unchanged. A script that runs before that code either requests the
workers' scripts from an address that does not exist, or makes calls of WebCrypto (W3C Web
Cryptography API) fail with the API's own errors.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, Final, Literal

from playwright.async_api import BrowserContext, Route

from conformance.observers.notifier import Notifier

FailurePoint = Literal["worker", "page", "frames"]

FAILURE_POINTS: Final[tuple[FailurePoint, ...]] = ("worker", "page", "frames")
_WORDS: Final[dict[FailurePoint, str]] = {
    "worker": "the request for its worker's script gets a 404",
    "page": "WebCrypto fails in the page",
    "frames": "encryption fails in the worker",
}
_MISSING: Final = "conformance-worker-that-is-not-there"


class InjectedCryptoFailure(Notifier):
    """One failure in one participant's browser. `hits`: how often it occurred."""

    def __init__(self, point: FailurePoint) -> None:
        super().__init__()
        self.point: FailurePoint = point
        self.words = _WORDS[point]
        self.hits = 0

    async def attach(self, context: BrowserContext) -> None:
        """Install the failure; call it before the client's page opens in `context`."""

        async def missing(route: Route) -> None:
            self._hit(1)
            await route.fulfill(status=404, body="")

        def report(_source: Any, hits: Any) -> None:
            self._hit(hits if isinstance(hits, int) else 1)

        await context.route(f"**/{_MISSING}*", missing)
        await context.expose_binding("__pnmCryptoFailures", report)
        folder = resources.files("conformance")
        head = folder.joinpath("observers/page/worker_head.js").read_text("utf-8")
        script = folder.joinpath("clients/crypto_failure.js").read_text("utf-8")
        call = (
            f"({script})({json.dumps(self.point)}, {json.dumps('/' + _MISSING + '.js')}, {head});"
        )
        await context.add_init_script(call)

    def _hit(self, hits: int) -> None:
        self.hits += hits
        self.notify()
