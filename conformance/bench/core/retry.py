"""Retry on HTTP 5xx: the server's message bus may be gone for a moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_fixed

from conformance.bench.core import timeouts
from conformance.stacks.control_api import ServerRefused

Answer = TypeVar("Answer")


async def retry_on_server_error(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Send a request, and retry on HTTP 5xx for `timeouts.SERVER_RECOVERS` seconds.

    Raises:
        StackError: the server does not answer, refuses, or still returns HTTP 5xx.
    """

    async def asked() -> Answer:
        return await ask()

    attempts = AsyncRetrying(
        retry=retry_if_exception(_is_server_error),
        stop=stop_after_delay(timeouts.SERVER_RECOVERS),
        wait=wait_fixed(0.5),
        reraise=True,
    )
    return await attempts(asked)


def _is_server_error(error: BaseException) -> bool:
    return isinstance(error, ServerRefused) and error.http_status >= 500
