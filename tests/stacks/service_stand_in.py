"""A stand-in for a service, and helpers that check that no process is left."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

import psutil

STUB = """
import signal, socket, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
held = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready on", held.getsockname()[1], flush=True)
if len(sys.argv) > 2:
    time.sleep(float(sys.argv[2])); print("disk on fire", file=sys.stderr); sys.exit(7)
time.sleep(600)
"""
GONE_WITHIN_S = 5.0


def stub(port: int = 0, *more: str) -> list[str]:
    """A program that holds a port, prints it, and stays or exits with status 7."""
    return [sys.executable, "-c", STUB, str(port), *more]


def gone(pids: Iterable[int]) -> bool:
    """Whether all these processes end soon. A zombie that nobody reaps counts as ended."""
    processes = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    deadline = time.monotonic() + GONE_WITHIN_S
    while left := [process for process in processes if _lives(process)]:
        if time.monotonic() > deadline:
            return False
        psutil.wait_procs(left, timeout=0.05)
    return True


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
