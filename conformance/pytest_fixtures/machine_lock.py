"""One crowded place at a time, where a few cores carry several workers.

Four or five pages in one room keep two cores busy. Two such rooms at a time are no quicker than one
after the other, and what waits for a picture in them comes near its deadline. Workers take turns by
a lock on the run's folder, which needs no file of its own and goes with a process that dies.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ENOUGH_CORES = 4
"""With so many nobody waits for anybody."""


class MachineLock:
    """This worker's turn at having a crowded place; whoever has it may take it again."""

    def __init__(self, folder: Path, cores: int | None = None) -> None:
        self._folder = folder
        self._cores = cores or os.cpu_count() or 1
        self._taken = 0
        self._handle = -1

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Wait for the turn, and have it until the block ends."""
        await self.take()
        try:
            yield
        finally:
            self.give_back()

    async def take(self) -> None:
        """Wait until no other worker has the turn."""
        if self._taken == 0 and self._cores < ENOUGH_CORES:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(self._folder, os.O_RDONLY)
            # in a thread: this worker's observers go on meanwhile
            await asyncio.to_thread(fcntl.flock, self._handle, fcntl.LOCK_EX)
        self._taken += 1

    def give_back(self) -> None:
        """Let the next one have it."""
        self._taken -= 1
        if self._taken == 0 and self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
