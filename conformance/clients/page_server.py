"""Serves a client's built page on this machine, for a deployment that cannot serve it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette

from conformance.observers.local_http import listener, serving
from conformance.reference.server.api.pages import routes


@asynccontextmanager
async def client_pages(files: Path, server_url: str) -> AsyncIterator[str]:
    """The address of the page in `files`, which connects to the server at `server_url`.

    The host is `localhost`: browsers treat it as a secure context without a certificate.
    """
    bound = listener()
    async with serving(Starlette(routes=routes(files, server_url)), bound):
        yield f"http://localhost:{bound.getsockname()[1]}"
