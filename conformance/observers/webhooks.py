"""A receiver of the server's outgoing webhooks, which keeps their bodies for inspection."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import Self
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from conformance.observers.local_http import listener, serving
from conformance.observers.notifier import Notifier
from conformance.stacks.base import WebhookPlace

_BODY_LIMIT = 1 << 20
_HEAD_LIMIT = 1 << 16
_MOST_BODIES = 5_000
_MOST_BYTES = 64 << 20
"""Limit for all bodies together. A run receives some hundred bodies of a few kB."""


class WebhookReceiver:
    """Listens at an address that the server reaches and keeps the posted bodies.

    `heads`: the headers of each body, as lines. `left_out` counts bodies beyond the limits.

    Entering the context raises `BenchError` if the address is not available.
    """

    def __init__(self, place: WebhookPlace | None = None) -> None:
        self.place = place or WebhookPlace()
        self.bodies: list[bytes] = []
        self.heads: list[bytes] = []
        self.url = ""
        self.left_out = 0
        self.notifier = Notifier()
        self._kept = 0
        self._parts = AsyncExitStack()

    async def __aenter__(self) -> Self:
        bound = listener(self.place.listen_host, self.place.listen_port)
        self.url = self.place.url.replace("{port}", str(bound.getsockname()[1]))
        path = urlsplit(self.url).path or "/"
        app = Starlette(routes=[Route(path, self._receive, methods=["POST"])])
        await self._parts.enter_async_context(serving(app, bound))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._parts.aclose()

    async def _receive(self, request: Request) -> PlainTextResponse:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _BODY_LIMIT:
                break
        head = b"".join(b"%s: %s\n" % pair for pair in request.headers.raw)
        self._keep(body[:_BODY_LIMIT], head[:_HEAD_LIMIT])
        return PlainTextResponse("ok")

    def _keep(self, body: bytes, head: bytes = b"") -> None:
        size = len(body) + len(head)
        if len(self.bodies) >= _MOST_BODIES or self._kept + size > _MOST_BYTES:
            self.left_out += 1
        else:
            self._kept += size
            self.bodies.append(body)
            self.heads.append(head)
        self.notifier.notify()

    def containing(self, text: str) -> list[bytes]:
        """The bodies that contain `text`."""
        return [body for body in self.bodies if text.encode() in body]

    async def wait_for(self, text: str, timeout: float) -> bool:
        """Wait until a body that contains `text` arrives; return False after `timeout` seconds."""
        return await self.notifier.wait_for(lambda: bool(self.containing(text)), timeout)


def event_of(body: bytes) -> str:
    """The event of a webhook, by the server's name for it."""
    try:
        return str(json.loads(body).get("event"))[:40]
    except (ValueError, AttributeError):
        return "an unreadable webhook"
