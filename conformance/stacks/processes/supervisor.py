"""Starts services through the guard, waits until they are ready, and reports which one died.

The guard (guard.py) is the only parent of the services; this side holds the other end of its pipe.
A service is never restarted: if it dies, the error contains its name and the end of its log.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.stacks.errors import ServiceDied, ServiceNotReady, StackError

START_DEADLINE_S = 20.0
"""Seconds. A service is ready in under 2 s; this is ten times that, for a busy machine."""
STOP_DEADLINE_S = 6.0
"""Seconds, twice the guard's grace. Then the guard is killed, and the kernel kills the rest."""
LONGEST_EVENT = 1 << 20
"""Bytes of one line from the guard. The end of a log, escaped as JSON, is at most a tenth of it."""
SCRATCH_PREFIX = "plugnmeet-conform-"


@dataclass
class Running:
    """A service of the stack and what has happened to it."""

    name: str
    log: Path
    spawned: asyncio.Future[int]
    ready: asyncio.Future[str]
    pid: int | None = None
    tail: str = ""


@dataclass
class Supervisor:
    """The owner of one guard, and so of one stack's services.

    `logs`: the folder that keeps each service's log. `scratch`: a private folder (mode 0700) for
    configurations and data. The folder is removed however the supervisor ends.
    """

    logs: Path
    scratch: Path = field(init=False)
    services: dict[str, Running] = field(default_factory=dict, init=False)
    _guard: asyncio.subprocess.Process | None = field(default=None, init=False)
    _reader: asyncio.Task[None] | None = field(default=None, init=False)
    _dead: ServiceDied | None = field(default=None, init=False)
    _stopping: bool = field(default=False, init=False)

    async def start(self) -> None:
        """Start the guard; on return `scratch` exists."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self.scratch = Path(tempfile.gettempdir()) / (SCRATCH_PREFIX + secrets.token_hex(6))
        loop = asyncio.get_running_loop()
        self._hello: asyncio.Future[int] = loop.create_future()
        self._death: asyncio.Future[ServiceDied] = loop.create_future()
        self._guard = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-S",
            str(Path(__file__).with_name("guard.py")),
            str(self.scratch),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_EVENT,
            start_new_session=True,  # Ctrl-C in the terminal must not reach it
        )
        self._reader = asyncio.create_task(self._listen(), name="guard events")
        async with asyncio.timeout(START_DEADLINE_S):
            await self._hello

    async def spawn(
        self,
        name: str,
        argv: Sequence[str],
        *,
        ready: str,
        env: Mapping[str, str] | None = None,
        deadline_s: float = START_DEADLINE_S,
    ) -> str:
        """Start a service and wait for the line of its output that matches `ready`.

        Returns that line. Raises `ServiceDied` or `ServiceNotReady`; both contain the end of its
        log.
        """
        assert self._guard is not None
        assert self._guard.stdin is not None
        self.check()
        loop = asyncio.get_running_loop()
        running = Running(
            name, self.logs / f"{name}.log", loop.create_future(), loop.create_future()
        )
        self.services[name] = running
        order = {
            "do": "spawn",
            "name": name,
            "argv": list(argv),
            "env": {**os.environ, **(env or {})},
            "cwd": str(self.scratch),
            "log": str(running.log.absolute()),
            "ready": ready,
        }
        self._guard.stdin.write(json.dumps(order).encode() + b"\n")
        try:
            await self._guard.stdin.drain()
            async with asyncio.timeout(deadline_s):
                await running.spawned
                return await running.ready
        except TimeoutError:
            raise ServiceNotReady(name, deadline_s, end_of(running.log), running.log) from None
        except (BrokenPipeError, ConnectionResetError):
            self.check()
            raise

    @property
    def pids(self) -> dict[str, int]:
        """Process ids by name, including the guard's."""
        pids = {r.name: r.pid for r in self.services.values() if r.pid is not None}
        return pids if self._guard is None else {"guard": self._guard.pid, **pids}

    def check(self) -> None:
        """Raise `ServiceDied` for the first service that died, if any."""
        if self._dead is not None:
            raise self._dead

    async def first_death(self) -> ServiceDied:
        """Wait until a service dies. Returns the error that names it."""
        return await asyncio.shield(self._death)

    async def stop(self) -> None:
        """Stop every service and the guard, and remove `scratch`. Safe to call more than once."""
        guard, self._stopping = self._guard, True
        if guard is None:
            return
        assert guard.stdin is not None
        with contextlib.suppress(OSError):
            guard.stdin.write(b'{"do": "stop"}\n')
            await guard.stdin.drain()
        try:
            async with asyncio.timeout(STOP_DEADLINE_S):
                await guard.wait()
        except TimeoutError:
            guard.kill()
            await guard.wait()
        guard.stdin.close()
        if self._reader is not None:
            await self._reader
        self._sweep()
        self._guard = None

    def _sweep(self) -> None:
        """Clean up after a guard that was killed: its folder, and outside Linux its services."""
        for running in self.services.values():
            if running.pid is not None and not running.tail:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(running.pid, signal.SIGKILL)
        shutil.rmtree(self.scratch, ignore_errors=True)

    async def _listen(self) -> None:
        assert self._guard is not None
        assert self._guard.stdout is not None
        while line := await self._guard.stdout.readline():
            self._take(json.loads(line))
        if not self._stopping:
            self._died(ServiceDied("guard", await self._guard.wait(), "", None))

    def _take(self, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind == "hello":
            self._hello.set_result(event["pid"])
            return
        running = self.services[event["name"]]
        if kind == "spawned":
            running.pid = event["pid"]
            _settle(running.spawned, event["pid"])
        elif kind == "ready":
            _settle(running.ready, event["line"])
        elif kind == "refused":
            _fail(running.spawned, StackError(f"{running.name} cannot start: {event['error']}"))
        elif kind == "exited":
            running.tail = event["tail"] or "(no output)"
            if not self._stopping:
                self._died(ServiceDied(running.name, event["status"], event["tail"], running.log))

    def _died(self, error: ServiceDied) -> None:
        self._dead = self._dead or error
        _settle(self._death, error)
        for running in self.services.values():  # a stack without one of its services is useless
            _fail(running.spawned, error)
            _fail(running.ready, error)


def end_of(log: Path, lines: int = 15) -> str:
    """The last lines of a log, or an empty string."""
    try:
        return "\n".join(log.read_text("utf-8", "replace").splitlines()[-lines:])
    except OSError:
        return ""


def _settle(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # mark as retrieved: maybe nothing awaits it
