"""The base of the stacks on this machine: one guard, one block of ports, logs, orderly stop."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from conformance.stacks.base import NO_AI, Endpoints, Folder, Stack, StackPart
from conformance.stacks.control_api import ControlApi
from conformance.stacks.errors import ServiceDied
from conformance.stacks.processes.ports import PortBlock
from conformance.stacks.processes.supervisor import START_DEADLINE_S, Supervisor


class SupervisedStack(Stack):
    """A stack whose services this process starts, under one guard (see guard.py).

    `folder` keeps each service's log. `ai_endpoint`: the OpenAI-compatible provider (with /v1) for
    the server; without it the server has no AI. Tests and benchmarks also use `pids` (service name
    to process id) and `first_death()`, which waits until a service exits by itself.
    """

    start_deadline_s: float = START_DEADLINE_S
    """Seconds until a service must report that it is ready."""

    def __init__(self, folder: Path, ai_endpoint: str | None = None) -> None:
        super().__init__()
        self._ai_endpoint = ai_endpoint
        self._folder = folder
        self._supervisor = Supervisor(folder)
        self._block: PortBlock | None = None
        self._api: ControlApi | None = None
        self._began = 0.0

    @property
    def pids(self) -> dict[str, int]:
        """Process ids by service name, including the guard's."""
        return self._supervisor.pids

    @property
    def scratch(self) -> Path:
        """The private folder with configurations and data; removed together with the stack."""
        return self._supervisor.scratch

    @property
    def lacks(self) -> Mapping[StackPart, str]:
        return {} if self._ai_endpoint else {"ai": NO_AI}

    @property
    def folders(self) -> Sequence[Folder]:
        jetstream = self.scratch / "jetstream"
        return [Folder("jetstream", jetstream), Folder("server", self.scratch, (jetstream,))]

    async def start(self) -> None:
        self._began = time.monotonic()
        try:
            try:
                self.endpoints = await self._bring_up()
            except BaseExceptionGroup as errors:
                raise errors.exceptions[0] from None
        except BaseException:
            await self.stop()
            raise
        given = self.endpoints
        self.api = self._api = ControlApi(given.server_url, given.api_key, given.api_secret)
        self.timings["stack"] = time.monotonic() - self._began

    @abstractmethod
    async def _bring_up(self) -> Endpoints:
        """Start everything and return the endpoints. The caller unwraps a TaskGroup's errors."""

    async def _open(self) -> PortBlock:
        """Start the guard, which creates `scratch`, and take a block of ports."""
        self._block = PortBlock()
        await self._supervisor.start()
        return self._block

    def _write(self, files: Mapping[str, str]) -> None:
        """Write configurations (name to text) into `scratch`."""
        for name, text in files.items():
            (self.scratch / name).write_text(text, "utf-8")

    async def _up(
        self, name: str, argv: Sequence[str], ready: str, env: Mapping[str, str] | None = None
    ) -> None:
        self.logs[name] = self._folder / f"{name}.log"
        await self._supervisor.spawn(
            name, argv, ready=ready, env=env, deadline_s=self.start_deadline_s
        )
        self._note(name)

    def _note(self, name: str) -> None:
        """Record the time at which a service became ready."""
        self.timings[name] = time.monotonic() - self._began

    async def stop(self) -> None:
        if self._api is not None:
            await self._api.aclose()
            self._api = None
        await self._supervisor.stop()
        if self._block is not None:
            self._block.release()
            self._block = None

    def check(self) -> None:
        self._supervisor.check()

    async def first_death(self) -> ServiceDied:
        """Wait until a service exits by itself."""
        return await self._supervisor.first_death()
