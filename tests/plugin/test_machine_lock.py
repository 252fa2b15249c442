"""Workers take turns with crowded rooms on a machine with few cores."""

import asyncio
from pathlib import Path

import pytest

from conformance.pytest_plugin.fixtures.machine_lock import ENOUGH_CORES, MachineLock


async def test_one_worker_waits_for_the_other(tmp_path: Path) -> None:
    one, other = MachineLock(tmp_path, cores=2), MachineLock(tmp_path, cores=2)
    async with one.exclusive():
        waiting = asyncio.create_task(other.take())
        async with one.exclusive():
            """Who has the turn may take it again."""
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 0.2)
    async with asyncio.timeout(5):
        await waiting
    other.give_back()
    async with asyncio.timeout(5), one.exclusive():
        """And the first has it once more."""


async def test_with_enough_cores_no_worker_waits(tmp_path: Path) -> None:
    one, other = (MachineLock(tmp_path, cores=ENOUGH_CORES) for _ in range(2))
    async with asyncio.timeout(5), one.exclusive(), other.exclusive():
        """Neither has to wait."""
