"""Notification of changes: a test waits for a change and does not poll."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Notifier:
    """The base of observers that notify waiting tasks. One event loop, no locks."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Wake all waiting tasks."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def changed(self, timeout: float) -> bool:
        """Wait for the next notification; return False after `timeout` seconds without one."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            async with asyncio.timeout(timeout):
                await future
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(future)
        return True

    async def wait_for(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until `condition()` is true; return False after `timeout` seconds.

        The condition is evaluated at once and after each notification.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        while not condition():
            left = end - loop.time()
            if left <= 0 or not await self.changed(left):
                return condition()
        return True
