"""The base of all disturbances: start, optional repetition, end, and a report of the effect."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from playwright.async_api import Browser

from conformance.bench.core.alarm import HarnessAlarm
from conformance.stacks.base import Stack, StackError


@dataclass
class DisturbanceLog:
    """What the disturbances of a run did, one line each, and which of them had no effect."""

    did: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Scene:
    """What can be disturbed. `folder`: for the logs of the disturbing processes."""

    stack: Stack
    browser: Browser
    folder: Path
    alarm: HarnessAlarm


class Disturbance(ABC):
    """One condition. `what`: a short description. `own_network`: see cli/own_network.py."""

    name: ClassVar[str]
    what: ClassVar[str]
    own_network: ClassVar[bool] = False

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    @abstractmethod
    async def begin(self) -> None:
        """Start the disturbance; raises `StackError` if it is impossible here."""

    @abstractmethod
    async def end(self) -> str:
        """Stop it. Returns what it did in words, or an empty string if it had no effect."""

    @asynccontextmanager
    async def in_force(self, log: DisturbanceLog) -> AsyncIterator[None]:
        """Start it, stop it in every case, and log what it did."""
        try:
            await self.begin()
            yield
        finally:
            did = await self.end()
        if did:
            log.did.append(f"{self.name}: {did}")
        else:
            log.problems.append(f"the disturbance {self.name} had no effect")


class Recurring(Disturbance):
    """A disturbance that repeats every `period` seconds. `times`: how often it happened."""

    period: ClassVar[float]

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.times = 0
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    async def once(self) -> None:
        """Disturb once, and undo it."""

    async def begin(self) -> None:
        self._task = asyncio.create_task(self._recur(), name=f"disturbance {self.name}")

    async def end(self) -> str:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        return f"{self.what}, {self.times} times" if self.times else ""

    async def _recur(self) -> None:
        try:
            while True:
                await self.once()
                self.times += 1
                await asyncio.sleep(self.period)  # a fixed period; nothing waits for it
        except Exception as error:
            self.scene.alarm.ring(f"the disturbance {self.name} broke: {error}")


def pid_of(stack: Stack, service: str) -> int:
    """The process id of a stack's service that runs on this machine.

    Raises:
        StackError: the stack's services run elsewhere.
    """
    pid: int | None = getattr(stack, "pids", {}).get(service)
    if pid is None:
        raise StackError(
            f"--stack {stack.name} runs no {service} on this machine to disturb: "
            "use --stack embedded or native"
        )
    return pid
