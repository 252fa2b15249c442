"""Connects the SFU tap to a room: its page, its token, and the frames that it kept.

The page (conformance/reference/client/sfu-tap.html) comes from the build's folder through the
browser's request interception, so it works on every stack and needs no server. The token is made
with the SFU's own API key: hidden, receive-only.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime
import json
import secrets
from typing import Final, Self

from livekit import api
from playwright.async_api import Browser, BrowserContext, Page, Route
from playwright.async_api import Error as PlaywrightError

from conformance.observers.binding import add_binding
from conformance.observers.notifier import Notifier
from conformance.observers.sfu_tap.tracks import Forwarded
from conformance.stacks.base import Endpoints
from conformance.stacks.programs import reference_page, tools

PAGE: Final = "sfu-tap.html"
ORIGIN: Final = "http://sfu-tap.localhost"
"""A secure context (W3C Secure Contexts, section 3.1). No request ever reaches this host."""

_TYPES: Final = {".html": "text/html", ".js": "text/javascript"}
_CONNECT: Final = 20.0
"""Seconds to join the room. Joining takes 0.6 s on an idle machine with two cores."""
_PULL: Final = 30.0
_TAKE: Final = "() => JSON.stringify(window.sfuTap.take())"
"""As text, because Playwright's own serialisation of thousands of objects takes seconds."""
_VALID: Final = datetime.timedelta(hours=2)


class SfuTapFailed(Exception):
    """The SFU tap could not join or does not answer; the message says why and how to fix it."""


class SfuTap(Notifier):
    """A participant of one session without a key. `forwarded` is what `pull` fetched so far."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        super().__init__()
        self.forwarded = Forwarded()
        self._context, self._page = context, page
        self._pulling = asyncio.Lock()
        self._closed = False

    @classmethod
    async def join(
        cls,
        browser: Browser,
        endpoints: Endpoints,
        room_id: str,
        *,
        ignore_https_errors: bool = False,
    ) -> Self:
        """Join `room_id`, hidden from the participants.

        Raises:
            SfuTapFailed: it could not join.
        """
        if not endpoints.livekit_url:
            raise SfuTapFailed("the run has no address of the SFU")
        context = await browser.new_context(ignore_https_errors=ignore_https_errors)
        try:
            async with asyncio.timeout(_CONNECT):
                sfu_tap = cls(context, await open_tap_page(context))
                await sfu_tap._start(endpoints, room_id)
        except BaseException as error:
            await asyncio.gather(context.close(), return_exceptions=True)
            if not isinstance(error, PlaywrightError | TimeoutError):
                raise
            first_line = str(error).partition("\n")[0] or f"nothing within {_CONNECT:.0f} s"
            raise SfuTapFailed(f"the SFU tap could not join the SFU: {first_line}") from error
        return sfu_tap

    async def _start(self, endpoints: Endpoints, room_id: str) -> None:
        await add_binding(self._page, "__sfuTapNews", lambda _seen: self.notify())
        answer = await self._page.evaluate(
            "([url, token]) => window.sfuTap.start(url, token)",
            [endpoints.livekit_url, token_for(endpoints, room_id)],
        )
        self.forwarded.sif_trailer = base64.b64decode(answer["sif"])

    async def pull(self) -> Forwarded:
        """Fetch what the page kept since the last call.

        Raises:
            SfuTapFailed: the page does not answer.
        """
        async with self._pulling:
            more = not self._closed
            while more:
                try:
                    async with asyncio.timeout(_PULL):
                        batch = json.loads(await self._page.evaluate(_TAKE))
                except (PlaywrightError, TimeoutError) as error:
                    raise SfuTapFailed(f"the SFU tap's page does not answer: {error!r}") from error
                self.forwarded.take(batch)
                more = bool(batch["more"])
        return self.forwarded

    async def attend(self) -> None:
        """Keep the next frames of each track whole, because a change is about to happen.

        Raises:
            SfuTapFailed: the page does not answer.
        """
        try:
            async with asyncio.timeout(_PULL):
                await self._page.evaluate("() => window.sfuTap.attend()")
        except (PlaywrightError, TimeoutError) as error:
            raise SfuTapFailed(f"the SFU tap's page does not answer: {error!r}") from error

    async def close(self) -> None:
        """Fetch the rest and leave. The forwarded frames stay readable."""
        with contextlib.suppress(SfuTapFailed):
            await self.pull()
        self._closed = True
        await asyncio.gather(self._context.close(), return_exceptions=True)


async def open_tap_page(context: BrowserContext) -> Page:
    """The SFU tap's page, not yet in a room.

    Raises:
        SfuTapFailed: the page is not built.
    """
    files = reference_page.reference_client().resolve()
    if not (files / PAGE).is_file():
        raise SfuTapFailed(
            f"the SFU tap's page is not built: {tools.command_name()} setup builds it"
        )

    async def serve(route: Route) -> None:
        file = (files / route.request.url.removeprefix(f"{ORIGIN}/")).resolve()
        if file.is_relative_to(files) and file.suffix in _TYPES and file.is_file():
            await route.fulfill(body=file.read_bytes(), content_type=_TYPES[file.suffix])
        else:
            await route.fulfill(status=404, body="")

    # Chromium asks for permission before a page connects to this machine or its network (Local
    # Network Access). A version that does not know the permission does not ask.
    with contextlib.suppress(PlaywrightError):
        await context.grant_permissions(["local-network-access"])
    await context.route(f"{ORIGIN}/**", serve)
    page = await context.new_page()
    await page.goto(f"{ORIGIN}/{PAGE}")
    return page


def token_for(endpoints: Endpoints, room_id: str, publisher: str | None = None) -> str:
    """An access token of the SFU: hidden, subscribe only.

    With `publisher` the token is for that identity: visible, publish only.
    """
    grants = api.VideoGrants(
        room_join=True,
        room=room_id,
        can_publish=publisher is not None,
        can_publish_data=False,
        can_subscribe=publisher is None,
        hidden=publisher is None,
    )
    key, secret = endpoints.livekit_api_key or "-", endpoints.livekit_api_secret or "-"
    token = api.AccessToken(key, secret)
    identity = publisher or f"conform-sfu-tap-{secrets.token_hex(3)}"
    return token.with_identity(identity).with_grants(grants).with_ttl(_VALID).to_jwt()
