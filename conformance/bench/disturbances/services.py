"""A service that stands still for some seconds, as one does on a frozen or migrated machine."""

from __future__ import annotations

import asyncio

import psutil

from conformance.bench.core import timeouts
from conformance.bench.disturbances.base import Recurring, pid_of


class SfuPause(Recurring):
    """The SFU is stopped and goes on (SIGSTOP, SIGCONT).

    A run that dies meanwhile leaves it to the guard, whose SIGKILL also ends what is stopped.
    """

    name = "sfu-pause"
    what = f"the SFU stopped for {timeouts.SFU_PAUSE:g} s"
    period = timeouts.SFU_PAUSE_EVERY

    async def begin(self) -> None:
        self._sfu = psutil.Process(pid_of(self.scene.stack, "livekit"))
        await super().begin()

    async def once(self) -> None:
        self._sfu.suspend()
        try:
            await asyncio.sleep(timeouts.SFU_PAUSE)  # its length is the disturbance
        finally:
            self._sfu.resume()
