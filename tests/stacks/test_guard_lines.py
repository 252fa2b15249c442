"""The death of a service is reported even if it writes lines of any length."""

import asyncio
import sys
from pathlib import Path

from conformance.stacks.processes.supervisor import Supervisor

TALKS_AND_DIES = "print('ready'); print('x' * 300_000); raise SystemExit(3)"


async def test_death_after_very_long_lines_is_reported(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    await supervisor.start()
    try:
        await supervisor.spawn("talker", [sys.executable, "-c", TALKS_AND_DIES], ready="ready")
        death = await asyncio.wait_for(supervisor.first_death(), 10)
        assert death.name == "talker"
        assert death.status == 3
        assert len(death.tail) <= 8_000
    finally:
        await supervisor.stop()
