"""How every observer tells that there is something new: wait for it, never look by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Notifier:
    """The telling and the waiting half of an observer. One event loop; no locks needed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Wake everybody who waits."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def changed(self, timeout: float) -> bool:
        """Wait for the next news; False after `timeout` seconds without any."""
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

    async def wait_for(self, true: Callable[[], bool], timeout: float) -> bool:
        """Wait until `true()`, asked after each news; False after `timeout` seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        while not true():
            left = end - loop.time()
            if left <= 0 or not await self.changed(left):
                return true()
        return True
