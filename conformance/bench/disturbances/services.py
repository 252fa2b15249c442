"""A service that pauses for some seconds, as on a frozen or migrated machine."""

from __future__ import annotations

import asyncio

import psutil

from conformance.bench.core import timeouts
from conformance.bench.disturbances.base import Recurring, pid_of


class SfuPause(Recurring):
    """Stops the SFU and continues it (SIGSTOP, SIGCONT).

    If the run dies in between, the guard's SIGKILL also ends the stopped process.
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
            await asyncio.sleep(timeouts.SFU_PAUSE)  # the duration of the disturbance
        finally:
            self._sfu.resume()
