"""Makes a participant's browser one that cannot encrypt.

"transforms": the browser has no encoded transforms, neither W3C's (`RTCRtpScriptTransform`) nor
Chromium's earlier ones (`createEncodedStreams`); older browsers are like that. "context": the page
has an address that is no secure context (W3C Secure Contexts), so the browser gives it neither
WebCrypto nor devices.
"""

from __future__ import annotations

import copy
from typing import Final, Literal
from urllib.parse import urlsplit, urlunsplit

from playwright.async_api import BrowserContext, Page, Route

from conformance.clients.base import ClientDriver

Missing = Literal["transforms", "context"]

WORDS: Final[dict[Missing, str]] = {
    "transforms": "has no encoded transforms",
    "context": "shows the page at an insecure address",
}
_INSECURE: Final = "insecure.test"
"""A name that exists nowhere (RFC 6761); requests to it are answered by the real server."""

_WITHOUT_TRANSFORMS: Final = """
(() => {
  for (const kind of [window.RTCRtpSender, window.RTCRtpReceiver]) {
    if (!kind) continue;
    for (const name of ['createEncodedStreams', 'transform']) delete kind.prototype[name];
  }
  delete window.RTCRtpScriptTransform;
})();
"""

_STILL_THERE: Final[dict[Missing, str]] = {
    "transforms": """() => [
      ...['createEncodedStreams', 'transform'].filter((name) =>
        name in RTCRtpSender.prototype || name in RTCRtpReceiver.prototype),
      ...('RTCRtpScriptTransform' in window ? ['RTCRtpScriptTransform'] : []),
    ]""",
    "context": """() => [
      ...(window.isSecureContext ? ['a secure context'] : []),
      ...(crypto.subtle ? ['WebCrypto'] : []),
    ]""",
}


class IncapableBrowser:
    """What one participant's browser lacks."""

    def __init__(self, missing: Missing) -> None:
        self.missing: Missing = missing

    async def attach(self, context: BrowserContext) -> None:
        """Take it away; call it before the client's page opens in `context`."""
        if self.missing == "transforms":
            await context.add_init_script(_WITHOUT_TRANSFORMS)
        else:
            await context.route(lambda url: urlsplit(url).hostname == _INSECURE, _from_the_server)

    def driver(self, driver: ClientDriver) -> ClientDriver:
        """The driver, which opens the page at an insecure address if that is what is missing."""
        if self.missing == "transforms":
            return driver
        moved = copy.copy(driver)

        def url(server_url: str, token: str) -> str:
            return driver.url(_at(_INSECURE, server_url), token)

        moved.url = url  # type: ignore[method-assign]
        return moved

    async def still_there(self, page: Page) -> list[str]:
        """What the page has all the same."""
        found: list[str] = await page.evaluate(_STILL_THERE[self.missing])
        return found


async def _from_the_server(route: Route) -> None:
    response = await route.fetch(url=_at("localhost", route.request.url))
    await route.fulfill(response=response)


def _at(host: str, url: str) -> str:
    """The address with this host, and with its scheme `http`."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(scheme="http", netloc=host + port))
