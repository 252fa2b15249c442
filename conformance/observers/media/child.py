"""Runs risky work in a separate process: JSON in, JSON out, or no answer."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any, Final

_ROOT: Final = str(Path(__file__).resolve().parents[3])


async def run_child(module: str, request: object, seconds: float) -> Any:
    """Run `python -m module` with `request` on its stdin and return the answer from its stdout.

    The result is None if the process fails or takes longer than `seconds`. The process ends with
    the call.
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
            answer, _ = await child.communicate(json.dumps(request).encode())
    except TimeoutError:
        return None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return json.loads(answer) if child.returncode == 0 else None
