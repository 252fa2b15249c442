"""A small HTTP server in the event loop of the run."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from conformance.verdicts import BenchError


def listener(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A bound TCP socket. Port 0 takes a free port.

    Raises:
        BenchError: the address is not available.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise BenchError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return bound


@asynccontextmanager
async def serving(app: Starlette, bound: socket.socket) -> AsyncIterator[None]:
    """Serve `app` on a bound socket until the context ends."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    # `serve` would replace the run's own signal handlers.
    task = asyncio.create_task(server._serve([bound]))
    try:
        yield
    finally:
        server.should_exit = True
        await task
