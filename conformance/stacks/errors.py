"""Errors of a running stack. Each message says in one sentence what to do."""

from __future__ import annotations

import signal
from pathlib import Path


class StackError(Exception):
    """The stack cannot be used: a fault of the harness, never of the subject."""


class PortTaken(StackError):
    """The requested port is in use."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} on 127.0.0.1 is taken: end the program that listens there, "
            "or choose another with --port"
        )
        self.port = port


class ServiceDied(StackError):
    """A service of the stack exited by itself. `status` is -N for signal N."""

    def __init__(self, name: str, status: int, tail: str, log: Path | None) -> None:
        self.name, self.status, self.tail, self.log = name, status, tail, log
        super().__init__(f"{name} died ({exit_words(status)}){_log_words(tail, log)}")


class ServiceNotReady(StackError):
    """A service did not report that it is ready before the deadline."""

    def __init__(self, name: str, deadline_s: float, tail: str, log: Path | None) -> None:
        self.name, self.tail, self.log = name, tail, log
        super().__init__(f"{name} was not ready after {deadline_s:g} s{_log_words(tail, log)}")


def exit_words(status: int) -> str:
    """An exit status in words: "exit status 1" or "killed by SIGKILL"."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"


def _log_words(tail: str, log: Path | None) -> str:
    where = f" in {log}" if log is not None else ""
    lines = [line[:300] for line in tail.strip().splitlines()[-8:]]
    if not lines:
        return f"; it wrote nothing{where}"
    return f"; the end of its log{where}:\n  " + "\n  ".join(lines)
