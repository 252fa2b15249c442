"""A machine at full load: every core busy, or the disk."""

from __future__ import annotations

import os
import sys
from typing import ClassVar

from conformance.bench.core import timeouts
from conformance.bench.disturbances.base import Disturbance, Scene
from conformance.stacks.processes.supervisor import Supervisor, end_of

_BURN = "print('ready', flush=True)\nwhile True: pass"
_WRITE = f"""
import os, time
block, slowest = os.urandom({timeouts.DISK_BLOCK}), 0.0
with open('block', 'wb', buffering=0) as file:
    print('ready', flush=True)
    number = 0
    while True:
        began = time.monotonic()
        file.seek(0)
        file.write(block)
        os.fdatasync(file.fileno())
        number, slowest = number + 1, max(slowest, time.monotonic() - began)
        print(f'{{number}} blocks of {timeouts.DISK_BLOCK >> 20} MiB synced, the slowest in '
              f'{{slowest:.2f}} s', flush=True)
"""


class _Processes(Disturbance):
    """Processes with their own guard, which kills them however the run ends."""

    program: ClassVar[str]

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.supervisor = Supervisor(scene.folder)

    async def begin(self) -> None:
        await self.supervisor.start()
        for number in range(os.cpu_count() or 1):
            argv = [sys.executable, "-I", "-S", "-c", self.program]
            await self.supervisor.spawn(f"{self.name}-{number}", argv, ready="^ready")

    async def end(self) -> str:
        running = list(self.supervisor.services)
        words = self.words(len(running)) if running else ""
        await self.supervisor.stop()
        return words

    def words(self, processes: int) -> str:
        """What they did, in words."""
        return f"{self.what}, by {processes} processes"


class BusyCores(_Processes):
    """One busy process per core: everything else gets at most half of the CPU time."""

    name = "busy-cores"
    what = "every core kept busy"
    program = _BURN


class SlowDisk(_Processes):
    """Constantly syncs blocks to the disk that holds stores, logs and reports.

    Syncs of other programs (JetStream, MariaDB) wait behind these.
    """

    name = "slow-disk"
    what = "the disk kept busy with syncing"
    program = _WRITE

    def words(self, processes: int) -> str:
        first = self.supervisor.services[f"{self.name}-0"]
        return f"{super().words(processes)}; one of them: {end_of(first.log, 1)}"
