"""Brings the outsider into a room: its page, its token, and what it kept.

Its page (conformance/reference/client/outsider.html) is served out of the build's folder by the
browser's own request interception, so that it works on every stack and needs no server. The
token is made with the SFU's own API key: hidden, receive-only.
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

from conformance.observers.news import News
from conformance.observers.page.binding import hear
from conformance.observers.sfu_tap.tracks import Forwarded
from conformance.stacks.base import Endpoints
from conformance.stacks.programs import reference_page, tools

PAGE: Final = "outsider.html"
ORIGIN: Final = "http://outsider.localhost"
"""A secure context (W3C Secure Contexts, section 3.1); nothing is ever asked of this host."""

_TYPES: Final = {".html": "text/html", ".js": "text/javascript"}
_CONNECT: Final = 20.0
"""Seconds until it is in the room. It takes 0.6 s on an idle machine with two cores."""
_PULL: Final = 30.0
_TAKE: Final = "() => JSON.stringify(window.outsider.take())"
"""As text: Playwright's own way through thousands of objects takes seconds."""
_VALID: Final = datetime.timedelta(hours=2)


class OutsiderFailed(Exception):
    """It could not join or be asked; the message says why, and how to fix it."""


class Outsider(News):
    """A keyless participant of one session. `forwarded` is what `pull` brought so far."""

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
        """Come into `room_id`; nobody in the room is told.

        Raises:
            OutsiderFailed: it did not get in.
        """
        if not endpoints.livekit_url:
            raise OutsiderFailed("the run was not told where the SFU is")
        context = await browser.new_context(ignore_https_errors=ignore_https_errors)
        try:
            async with asyncio.timeout(_CONNECT):
                outsider = cls(context, await open_outsider_page(context))
                await outsider._enter(endpoints, room_id)
        except BaseException as error:
            await asyncio.gather(context.close(), return_exceptions=True)
            if not isinstance(error, PlaywrightError | TimeoutError):
                raise
            first_line = str(error).partition("\n")[0] or f"nothing within {_CONNECT:.0f} s"
            raise OutsiderFailed(f"the outsider could not join the SFU: {first_line}") from error
        return outsider

    async def _enter(self, endpoints: Endpoints, room_id: str) -> None:
        await hear(self._page, "__outsiderNews", lambda _seen: self.tell())
        answer = await self._page.evaluate(
            "([url, token]) => window.outsider.start(url, token)",
            [endpoints.livekit_url, token_for(endpoints, room_id)],
        )
        self.forwarded.sif_trailer = base64.b64decode(answer["sif"])

    async def pull(self) -> Forwarded:
        """Bring what the page kept since the last time.

        Raises:
            OutsiderFailed: the page does not answer any more.
        """
        async with self._pulling:
            more = not self._closed
            while more:
                try:
                    async with asyncio.timeout(_PULL):
                        told = json.loads(await self._page.evaluate(_TAKE))
                except (PlaywrightError, TimeoutError) as error:
                    raise OutsiderFailed(
                        f"the outsider's page does not answer: {error!r}"
                    ) from error
                self.forwarded.take(told)
                more = bool(told["more"])
        return self.forwarded

    async def attend(self) -> None:
        """From now on keep the next frames of each track whole: something is about to change.

        Raises:
            OutsiderFailed: the page does not answer any more.
        """
        try:
            async with asyncio.timeout(_PULL):
                await self._page.evaluate("() => window.outsider.attend()")
        except (PlaywrightError, TimeoutError) as error:
            raise OutsiderFailed(f"the outsider's page does not answer: {error!r}") from error

    async def close(self) -> None:
        """Bring the rest and leave; what was forwarded stays readable."""
        with contextlib.suppress(OutsiderFailed):
            await self.pull()
        self._closed = True
        await asyncio.gather(self._context.close(), return_exceptions=True)


async def open_outsider_page(context: BrowserContext) -> Page:
    """The outsider's page, not yet in any room.

    Raises:
        OutsiderFailed: it is not built.
    """
    files = reference_page.reference_client().resolve()
    if not (files / PAGE).is_file():
        raise OutsiderFailed(
            f"the outsider's page is not built: {tools.command_name()} setup builds it"
        )

    async def serve(route: Route) -> None:
        file = (files / route.request.url.removeprefix(f"{ORIGIN}/")).resolve()
        if file.is_relative_to(files) and file.suffix in _TYPES and file.is_file():
            await route.fulfill(body=file.read_bytes(), content_type=_TYPES[file.suffix])
        else:
            await route.fulfill(status=404, body="")

    # Chromium asks before a page may connect to this machine or its network (Local Network
    # Access); a version that does not know the permission does not ask.
    with contextlib.suppress(PlaywrightError):
        await context.grant_permissions(["local-network-access"])
    await context.route(f"{ORIGIN}/**", serve)
    page = await context.new_page()
    await page.goto(f"{ORIGIN}/{PAGE}")
    return page


def token_for(endpoints: Endpoints, room_id: str, publisher: str | None = None) -> str:
    """An access token of the SFU: hidden, may subscribe, may publish nothing.

    With `publisher`, for that identity instead: seen by all, may publish, may subscribe to nothing.
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
    identity = publisher or f"conform-outsider-{secrets.token_hex(3)}"
    return token.with_identity(identity).with_grants(grants).with_ttl(_VALID).to_jwt()
