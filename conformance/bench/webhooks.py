"""A receiver of the server's outgoing webhooks, so that what they carry can be read."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from conformance.observers.news import News

_BODY_LIMIT = 1 << 20


@dataclass
class WebhookReceiver:
    """Listens on a free loopback port and keeps every body that is posted to it."""

    bodies: list[bytes] = field(default_factory=list)
    url: str = ""
    _news: News = field(default_factory=News)

    async def __aenter__(self) -> Self:
        async def receive(request: Request) -> PlainTextResponse:
            body = b""
            async for chunk in request.stream():
                body += chunk
                if len(body) > _BODY_LIMIT:
                    break
            self.bodies.append(body[:_BODY_LIMIT])
            self._news.tell()
            return PlainTextResponse("ok")

        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/webhook"
        config = uvicorn.Config(
            Starlette(routes=[Route("/webhook", receive, methods=["POST"])]),
            log_level="critical",
            lifespan="off",
        )
        self._server = uvicorn.Server(config)
        # The run's own signal handling stays in charge.
        self._serving = asyncio.create_task(self._server._serve([listener]))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        await self._serving

    def containing(self, text: str) -> list[bytes]:
        """The bodies that contain `text`."""
        return [body for body in self.bodies if text.encode() in body]

    async def wait_for(self, text: str, timeout: float) -> bool:
        """Wait until a body that contains `text` has come; False after `timeout` seconds."""
        return await self._news.wait_for(lambda: bool(self.containing(text)), timeout)
