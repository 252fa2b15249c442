"""What a scenario knows of a stack: where it is, how to ask it, what it is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from conformance.stacks.control_api import ControlApi
from conformance.stacks.errors import PortTaken, ServiceDied, ServiceNotReady, StackError
from conformance.stacks.kinds import RoomKind

__all__ = [
    "Endpoints",
    "PortTaken",
    "RoomKind",
    "ServiceDied",
    "ServiceNotReady",
    "Stack",
    "StackError",
]


@dataclass(frozen=True)
class Endpoints:
    """Where a stack's parts are and what opens them; None where a stack does not tell."""

    server_url: str
    api_key: str
    api_secret: str = field(repr=False)
    livekit_url: str | None = None
    livekit_api_key: str | None = None
    livekit_api_secret: str | None = field(default=None, repr=False)
    nats_url: str | None = None
    nats_user: str | None = None
    nats_password: str | None = field(default=None, repr=False)


class Stack(ABC):
    """A running Plug-N-Meet: server, NATS, SFU. Started once, shared by many rooms.

    `versions`: service name to version. `logs`: service name to log file. `timings`: service name
    to seconds from the start of the stack until it was ready, and "stack" for all of it.
    """

    name: str
    endpoints: Endpoints
    api: ControlApi

    def __init__(self) -> None:
        self.versions: dict[str, str] = {}
        self.logs: dict[str, Path] = {}
        self.timings: dict[str, float] = {}

    @abstractmethod
    async def start(self) -> None:
        """Start everything and return when it is ready; raises `StackError`."""

    @abstractmethod
    async def stop(self) -> None:
        """End everything that `start` began; safe to call more than once."""

    @abstractmethod
    def check(self) -> None:
        """Raise `ServiceDied` when a service of the stack has ended by itself."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
