"""The real thing on this machine: the user's plugnmeet-server beside its real neighbours.

MariaDB, Redis, NATS and LiveKit are started for it on free loopback ports, with credentials made
for this run, under one guard (see supervisor.py); all of it is gone when the stack is.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from tenacity import (
    AsyncRetrying,
    RetryError,
    retry_if_exception_type,
    stop_after_delay,
    wait_fixed,
)

from conformance.stacks import livekit, mariadb, nats, product, redis, tools
from conformance.stacks.base import Stack
from conformance.stacks.control_api import ControlApi
from conformance.stacks.errors import ServiceDied, ServiceNotReady, StackError
from conformance.stacks.plan import make_plan
from conformance.stacks.ports import PortBlock
from conformance.stacks.supervisor import Supervisor

START_DEADLINE_S = 45.0
"""MariaDB makes its data directory first; on two busy cores the whole start took under 6 s."""
HEALTH_DEADLINE_S = 15.0


class NativeStack(Stack):
    """A real server of version 2.0 to 2.4 and its real neighbours.

    `folder` keeps each service's log. `client_files` is the built page that the server serves.
    `server_path` names the server program, else it is looked for; `server_version` says which
    version to treat it as, else it is asked.
    """

    name = "native"
    server = "plugnmeet-server"

    def __init__(
        self,
        folder: Path,
        *,
        client_files: Path,
        server_path: str | None = None,
        server_version: str | None = None,
    ) -> None:
        super().__init__()
        self._folder, self._client_files = folder, client_files
        self._server_path, self._server_version = server_path, server_version
        self._supervisor = Supervisor(folder)
        self._block: PortBlock | None = None
        self._api: ControlApi | None = None

    @property
    def pids(self) -> dict[str, int]:
        """Process ids by service, the guard's among them."""
        return self._supervisor.pids

    @property
    def scratch(self) -> Path:
        """The private folder with configurations and data; gone after the stack is."""
        return self._supervisor.scratch

    async def preflight(self) -> None:
        self._programs()

    def _programs(self) -> _Programs:
        """Everything that is started; raises `ToolMissing`, or `StackError` for its version."""
        maria = tools.find(tools.MARIADB)
        install = mariadb.install_program(maria.path)
        if install is None:
            raise tools.ToolMissing("mariadb-install-db", tools.MARIADB.mend())
        server = tools.find(tools.SERVER, self._server_path)
        product.parse_version(self._server_version or server.version)
        return _Programs(
            server=server,
            mariadb=maria,
            mariadb_install=install,
            redis=tools.find(tools.REDIS),
            nats=tools.find(tools.NATS),
            livekit=tools.find(tools.LIVEKIT),
        )

    async def start(self) -> None:
        began = time.monotonic()
        try:
            await self._start(began)
        except BaseException:
            await self.stop()
            raise
        self.timings["stack"] = time.monotonic() - began

    async def _start(self, began: float) -> None:
        programs = self._programs()
        said = self._server_version or programs.server.version
        version = product.parse_version(said)
        for tool in (programs.mariadb, programs.redis, programs.nats, programs.livekit):
            self.versions[tool.name] = tool.version
        self.versions[self.server] = said
        self._block = PortBlock()
        await self._supervisor.start()
        plan = make_plan(
            self._block, version=version, client_files=self._client_files, folder=self.scratch
        )
        for name, text in plan.files.items():
            (self.scratch / name).write_text(text, "utf-8")
        try:
            async with asyncio.TaskGroup() as group:
                for name, ready, argv in (
                    ("nats", nats.READY, nats.command(programs.nats.path, self.scratch)),
                    (
                        "livekit",
                        livekit.READY,
                        livekit.command(programs.livekit.path, self.scratch),
                    ),
                    ("redis", redis.READY, redis.command(programs.redis.path, self.scratch)),
                    (
                        "mariadb",
                        mariadb.READY,
                        mariadb.command(
                            programs.mariadb.path,
                            programs.mariadb_install,
                            self.scratch,
                            plan.database,
                        ),
                    ),
                ):
                    group.create_task(self._up(name, began, argv, ready))
            argv = product.command(programs.server.path, self.scratch)
            await self._up("server", began, argv, product.READY, env=self._path())
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        await self._healthy(plan.server.url)
        self.timings["server"] = time.monotonic() - began
        self.endpoints = plan.endpoints
        server = plan.server
        self.api = self._api = ControlApi(server.url, server.api_key, server.api_secret)

    def _path(self) -> dict[str, str]:
        """The server's PATH: this one, then stand-ins for what is not there."""
        missing = [name for name in product.NEEDED_PROGRAMS if shutil.which(name) is None]
        if not missing:
            return {}
        folder = self.scratch / "stand-ins"
        product.stand_ins(folder, missing)
        return {"PATH": f"{os.environ.get('PATH', os.defpath)}{os.pathsep}{folder}"}

    async def _up(
        self,
        name: str,
        began: float,
        argv: Sequence[str],
        ready: str,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.logs[name] = self._folder / f"{name}.log"
        await self._supervisor.spawn(name, argv, ready=ready, env=env, deadline_s=START_DEADLINE_S)
        self.timings[name] = time.monotonic() - began

    async def _healthy(self, url: str) -> None:
        """The server says that it starts before it listens; there is no later word to wait for."""
        attempts = AsyncRetrying(
            retry=retry_if_exception_type((httpx.TransportError, _Unhealthy)),
            stop=stop_after_delay(HEALTH_DEADLINE_S),
            wait=wait_fixed(0.05),
        )
        try:
            async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
                async for attempt in attempts:
                    with attempt:
                        self.check()
                        answer = await http.get(product.HEALTH)
                        if answer.status_code != 200:
                            raise _Unhealthy(answer.text[:200])
        except RetryError as error:
            last = error.last_attempt.exception()
            log = self.logs["server"]
            raise ServiceNotReady("server", HEALTH_DEADLINE_S, str(last), log) from None

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
        """Wait until a service has ended by itself."""
        return await self._supervisor.first_death()


@dataclass(frozen=True)
class _Programs:
    """The programs of one stack."""

    server: tools.Tool
    mariadb: tools.Tool
    mariadb_install: Path
    redis: tools.Tool
    nats: tools.Tool
    livekit: tools.Tool


class _Unhealthy(StackError):
    """/healthCheck answers, and not with 200."""
