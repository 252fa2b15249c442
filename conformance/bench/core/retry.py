"""A server that cannot just now is asked again: its message bus may be gone for a moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_fixed

from conformance.bench.core import timeouts
from conformance.stacks.control_api import ServerRefused

Answer = TypeVar("Answer")


async def retry_on_server_error(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask, and again while the answer is that it cannot (5xx), for `budgets.SERVER_RECOVERS`.

    Raises:
        StackError: it does not answer, says no, or still cannot.
    """

    async def asked() -> Answer:
        return await ask()

    patient = AsyncRetrying(
        retry=retry_if_exception(_cannot_just_now),
        stop=stop_after_delay(timeouts.SERVER_RECOVERS),
        wait=wait_fixed(0.5),
        reraise=True,
    )
    return await patient(asked)


def _cannot_just_now(error: BaseException) -> bool:
    return isinstance(error, ServerRefused) and error.http_status >= 500
