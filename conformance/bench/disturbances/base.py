"""What every disturbance is: begun, perhaps repeated, undone, and asked what it did."""

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
class Told:
    """What the disturbances of a run did, a line each, and which of them did nothing."""

    did: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Scene:
    """What can be disturbed. `folder` keeps the logs of processes that do it."""

    stack: Stack
    browser: Browser
    folder: Path
    alarm: HarnessAlarm


class Disturbance(ABC):
    """One condition. `what` says it in a few words; `own_network`: see cli/own_network.py."""

    name: ClassVar[str]
    what: ClassVar[str]
    own_network: ClassVar[bool] = False

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    @abstractmethod
    async def begin(self) -> None:
        """Bring it about; raises `StackError` where it cannot be had."""

    @abstractmethod
    async def end(self) -> str:
        """Undo it; what it did, in words, or an empty string for nothing."""

    @asynccontextmanager
    async def in_force(self, told: Told) -> AsyncIterator[None]:
        """Begin, and end in any case; what it did is told."""
        try:
            await self.begin()
            yield
        finally:
            did = await self.end()
        if did:
            told.did.append(f"{self.name}: {did}")
        else:
            told.problems.append(f"the disturbance {self.name} did nothing: nothing was disturbed")


class Recurring(Disturbance):
    """One that happens every `period` seconds. `times` counts how often it did."""

    period: ClassVar[float]

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.times = 0
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    async def once(self) -> None:
        """Let it happen, and undo it."""

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
                await asyncio.sleep(self.period)  # the rhythm is the disturbance; nobody waits
        except Exception as error:
            self.scene.alarm.ring(f"the disturbance {self.name} broke: {error}")


def pid_of(stack: Stack, service: str) -> int:
    """The process of a service that this machine runs for the stack.

    Raises:
        StackError: the stack's services are elsewhere.
    """
    pid: int | None = getattr(stack, "pids", {}).get(service)
    if pid is None:
        raise StackError(
            f"--stack {stack.name} has no {service} of this machine's own to disturb: "
            "use --stack embedded or native"
        )
    return pid
