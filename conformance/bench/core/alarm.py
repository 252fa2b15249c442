"""The harness alarm: a part of the stack or the browser died, so results mean nothing any more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from conformance.verdicts import BenchError


class HarnessAlarm:
    """Reports that a part of the harness died, so that no wait continues without it.

    There is one for each process of a run. The fixtures create it, and pass it to everything that
    reports a death or waits for the system under test.
    """

    def __init__(self) -> None:
        self._rung: asyncio.Future[str] | None = None
        self.probe: Callable[[], Awaitable[None]] | None = None
        """Raises an exception when the stack is gone; called before a failure is reported."""

    def ring(self, reason: str) -> None:
        """Report what died. Only the first reason is kept."""
        if not self.future().done():
            self.future().set_result(reason)

    def future(self) -> asyncio.Future[str]:
        """A future of the running loop that is done when the alarm rang."""
        loop = asyncio.get_running_loop()
        if self._rung is None or self._rung.get_loop() is not loop:
            self._rung = loop.create_future()
        return self._rung

    def check(self) -> None:
        """Raise BenchError with the reason if the alarm rang."""
        if self._rung is not None and self._rung.done():
            raise BenchError(self._rung.result())

    async def confirm(self) -> None:
        """Raise BenchError if the alarm rang or the stack is gone.

        A failure that is observed after that says nothing about the system under test.
        """
        self.check()
        if self.probe is not None:
            try:
                await self.probe()
            except Exception as error:
                self.ring(str(error))
        self.check()


async def cancel_if_harness_fails(action: Awaitable[None], alarm: HarnessAlarm) -> None:
    """Await `action`, and cancel it as soon as the alarm rings.

    Raises:
        BenchError: the alarm rang before the action was done.
    """
    task = asyncio.ensure_future(action)
    either: list[asyncio.Future[Any]] = [task, alarm.future()]
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    finally:  # also when this call is cancelled: nothing would await the task any more
        if cancelled := not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    if cancelled:
        alarm.check()
    await task
