"""The parent process of all services of a stack. It guarantees that none survives the run.

Run as `python -I guard.py SCRATCH`; it uses only the standard library, so it starts in a few
milliseconds. It creates the folder SCRATCH and starts services as ordered. When its stdin closes,
it stops every service and removes SCRATCH. The kernel closes the pipe however the owner ends, also
by SIGKILL, so the guarantee needs no help from the owner.

The protocol is JSON lines:

    stdin   {"do": "spawn", "name", "argv", "env", "cwd", "log", "ready": regex or null}
            {"do": "stop"}                          SIGTERM first, then as on end of file
    stdout  {"event": "hello", "pid"}               SCRATCH exists
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
TAIL_CHARACTERS = 8_000  # one line may have any length
"""How much of a service's output the report of its death contains."""
GRACE_S = 1.0
"""Seconds that an orderly stop waits after SIGTERM. NATS and LiveKit need well under one second.
plugNmeet-server takes 3 s to write its state; nobody needs that, as its folder is deleted too."""
PR_SET_PDEATHSIG = 1


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux: a hook for the child that makes the kernel kill it when the guard dies."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    guard = os.getpid()

    def die_with_guard() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guard:  # the guard died between fork and prctl
            os._exit(1)

    return die_with_guard


class Service:
    """One running program: its process group, its log and the end of its output."""

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
    """The event loop: reads orders, watches outputs and exits, and stops everything at the end."""

    def __init__(self, scratch: str) -> None:
        self.scratch = scratch
        self.services: dict[str, Service] = {}
        self.preexec = _die_with_parent()
        self.selector = selectors.DefaultSelector()
        self.orders = b""

    def tell(self, **event: Any) -> None:
        """Send one JSON line to the owner. If the owner is gone, stdin closes; ignore the error."""
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
        """Read what a service wrote; False if there is nothing more now."""
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
        """Report every service that has exited."""
        for service in list(self.services.values()):
            status = service.process.poll()
            if status is None:
                continue
            while service.out.fileno() in self.selector.get_map() and self.output(service):
                pass
            if service.partial:
                service.tail.append(service.partial.decode("utf-8", "replace"))
            service.kill(signal.SIGKILL)  # its child processes, if any
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
        """Read orders. Returns "stop" or "eof" if the guard must end, else None."""
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
        """Stop all services (for "stop" with SIGTERM first) and remove the folder."""
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
        """Wait for one event and handle it."""
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
        """Run until the owner says stop or goes away, or a signal ends the guard."""
        os.mkdir(self.scratch, 0o700)  # noqa: PTH102
        try:
            read, write = os.pipe()
            os.set_blocking(write, False)
            signal.set_wakeup_fd(write)
            for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, lambda *_: None)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the owner handles Ctrl-C
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
