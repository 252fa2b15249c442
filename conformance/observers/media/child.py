"""A process of its own for what may break the one that does it: JSON in, JSON out, or nothing."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any, Final

_ROOT: Final = str(Path(__file__).resolve().parents[3])


async def run_child(module: str, asked: object, seconds: float) -> Any:
    """Run `python -m module` with `asked` on its stdin; its answer, read from its stdout.

    None where it ended otherwise, or not within `seconds`. It never outlives the call.
    """
    paths = [_ROOT, *filter(None, [os.environ.get("PYTHONPATH")])]
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"},
    )
    try:
        async with asyncio.timeout(seconds):
            said, _ = await child.communicate(json.dumps(asked).encode())
    except TimeoutError:
        return None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return json.loads(said) if child.returncode == 0 else None
