"""The only parent of a stack's services; it outlives nothing and leaves nothing behind.

Run as `python -I guard.py SCRATCH`, stdlib only, so that it starts in a few milliseconds. It makes
the folder SCRATCH, starts what it is told to, and ends every service and removes SCRATCH when its
stdin closes. A pipe closes however its owner ends, also by SIGKILL, and that is what makes the
promise of this file hold without the owner's help.

It is spoken to in JSON lines:

    stdin   {"do": "spawn", "name", "argv", "env", "cwd", "log", "ready": regex or null}
            {"do": "stop"}                          SIGTERM first, then as on end of file
    stdout  {"event": "hello", "pid"}               SCRATCH is there
            {"event": "spawned", "name", "pid"}
            {"event": "refused", "name", "error"}   the program could not be started
            {"event": "ready", "name", "line"}      the first line of its output matching `ready`
            {"event": "log-lost", "name", "error"}  its log cannot be written any more
            {"event": "exited", "name", "status", "tail"}   status: -N for signal N
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any, BinaryIO

TAIL_LINES = 30
TAIL_CHARACTERS = 8_000  # one line of a hostile or talkative service may be of any length
"""How much of a service's output is kept for the report of its death."""
GRACE_S = 1.0
"""How long an orderly stop waits after SIGTERM. NATS and LiveKit need well under one second; who
would still write is not waited for, as its folder goes with it (plugNmeet-server takes 3 s)."""
PR_SET_PDEATHSIG = 1


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux: a call for the child that asks the kernel for SIGKILL when the guard dies."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    guard = os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guard:  # the guard died between fork and prctl
            os._exit(1)

    return ask


class Service:
    """One running program: its process group, its log, the end of its output."""

    def __init__(self, order: dict[str, Any], preexec: Callable[[], None] | None) -> None:
        self.name: str = order["name"]
        self.ready = re.compile(order["ready"]) if order.get("ready") else None
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self.partial = b""
        self.log: BinaryIO | None = open(order["log"], "ab", buffering=0)  # noqa: SIM115, PTH123
        self.process = subprocess.Popen(
            order["argv"],
            env=order["env"],
            cwd=order.get("cwd"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=preexec,  # safe: the guard has one thread
        )
        assert self.process.stdout is not None
        self.out: BinaryIO = self.process.stdout  # type: ignore[assignment]
        os.set_blocking(self.out.fileno(), False)

    def kill(self, number: int) -> None:
        """Signal the whole process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


class Guard:
    """The loop: orders in, output and exits watched, everything ended at the end."""

    def __init__(self, scratch: str) -> None:
        self.scratch = scratch
        self.services: dict[str, Service] = {}
        self.preexec = _die_with_parent()
        self.selector = selectors.DefaultSelector()
        self.orders = b""

    def tell(self, **event: Any) -> None:
        """One JSON line to the owner; an owner that is gone is noticed on stdin."""
        with contextlib.suppress(OSError):
            os.write(1, json.dumps(event).encode() + b"\n")

    def spawn(self, order: dict[str, Any]) -> None:
        """Start a program and watch its output."""
        try:
            service = Service(order, self.preexec)
        except (OSError, subprocess.SubprocessError, re.error) as error:
            self.tell(event="refused", name=order["name"], error=str(error))
            return
        self.services[service.name] = service
        self.selector.register(service.out, selectors.EVENT_READ, service)
        self.tell(event="spawned", name=service.name, pid=service.process.pid)

    def output(self, service: Service) -> bool:
        """Take what a service wrote; False when there is nothing more now."""
        try:
            data = os.read(service.out.fileno(), 65536)
        except BlockingIOError:
            return False
        if not data:
            self.selector.unregister(service.out)
            return False
        if service.log is not None:
            try:
                service.log.write(data)
            except OSError as error:  # a full disk must not end the service
                service.log = None
                self.tell(event="log-lost", name=service.name, error=str(error))
        *lines, service.partial = (service.partial + data).split(b"\n")
        for raw in lines:
            line = raw.decode("utf-8", "replace").rstrip("\r")
            service.tail.append(line)
            if service.ready is not None and service.ready.search(line):
                service.ready = None
                self.tell(event="ready", name=service.name, line=line)
        return True

    def reap(self) -> None:
        """Report every service that has ended."""
        for service in list(self.services.values()):
            status = service.process.poll()
            if status is None:
                continue
            while service.out.fileno() in self.selector.get_map() and self.output(service):
                pass
            if service.partial:
                service.tail.append(service.partial.decode("utf-8", "replace"))
            service.kill(signal.SIGKILL)  # what it may have started itself
            with contextlib.suppress(KeyError, ValueError):
                self.selector.unregister(service.out)
            del self.services[service.name]
            self.tell(
                event="exited",
                name=service.name,
                status=status,
                tail="\n".join(service.tail)[-TAIL_CHARACTERS:],
            )

    def obey(self) -> str | None:
        """Read orders; "stop" or "eof" when the end has come."""
        data = os.read(0, 65536)
        if not data:
            return "eof"
        *lines, self.orders = (self.orders + data).split(b"\n")
        for line in lines:
            order = json.loads(line)
            if order["do"] == "stop":
                return "stop"
            self.spawn(order)
        return None

    def end(self, how: str) -> None:
        """End all services, politely for a stop, and remove the folder."""
        if how == "stop":
            for service in self.services.values():
                service.kill(signal.SIGTERM)
            deadline = time.monotonic() + GRACE_S
            while self.services and (left := deadline - time.monotonic()) > 0:
                self.turn(left)
        for service in self.services.values():
            service.kill(signal.SIGKILL)
        for service in self.services.values():
            service.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def turn(self, timeout: float | None) -> str | None:
        """Wait for one thing to happen and deal with it."""
        verdict = None
        for key, _ in self.selector.select(timeout):
            if isinstance(key.data, Service):
                self.output(key.data)
            elif key.data == "signals":
                numbers = os.read(key.fd, 4096)
                if set(numbers) & {signal.SIGTERM, signal.SIGHUP}:
                    verdict = "stop"
            elif verdict is None:
                verdict = self.obey()
                if verdict is not None:
                    self.selector.unregister(0)
        self.reap()
        return verdict

    def run(self) -> None:
        """Until the owner says stop, goes away, or the guard is told to end."""
        os.mkdir(self.scratch, 0o700)  # noqa: PTH102
        try:
            read, write = os.pipe()
            os.set_blocking(write, False)
            signal.set_wakeup_fd(write)
            for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, lambda *_: None)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's to act on
            self.selector.register(read, selectors.EVENT_READ, "signals")
            self.selector.register(0, selectors.EVENT_READ, "orders")
            self.tell(event="hello", pid=os.getpid())
            how = None
            while how is None:
                how = self.turn(None)
            self.end(how)
        finally:
            for service in self.services.values():
                service.kill(signal.SIGKILL)
            shutil.rmtree(self.scratch, ignore_errors=True)


if __name__ == "__main__":
    Guard(sys.argv[1]).run()
