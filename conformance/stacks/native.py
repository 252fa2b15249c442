"""The user's own plugnmeet-server on this machine, with real MariaDB, Redis, NATS and LiveKit.

The stack starts these services on free loopback ports, with credentials of this run, under one
guard (see processes/guard.py). Stopping the stack removes everything.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
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

from conformance.stacks.base import Endpoints, Folder
from conformance.stacks.errors import ServiceNotReady, StackError
from conformance.stacks.plan import CLIENT, make_plan
from conformance.stacks.processes.supervised import SupervisedStack
from conformance.stacks.programs import known as known_programs
from conformance.stacks.programs import tools
from conformance.stacks.services import livekit, mariadb, nats, plugnmeet_server, redis

START_DEADLINE_S = 45.0
"""Seconds. MariaDB first creates its data directory; on two busy cores a whole start took 6 s."""
HEALTH_DEADLINE_S = 15.0


class NativeStack(SupervisedStack):
    """A real server, version 2.0 to 2.4, and the real services that it needs.

    `folder` keeps each service's log. `client_files`: the built page that the server serves.
    `server_path`: the server program (default: search for it). `server_version`: the version to
    configure for (default: the version that the program reports).
    """

    name = "native"
    server = "plugnmeet-server"

    start_deadline_s = START_DEADLINE_S

    def __init__(
        self,
        folder: Path,
        *,
        client_files: Path,
        server_path: str | None = None,
        server_version: str | None = None,
        ai_endpoint: str | None = None,
    ) -> None:
        super().__init__(folder, ai_endpoint)
        self._client_files = client_files
        self._server_path, self._server_version = server_path, server_version

    @property
    def folders(self) -> Sequence[Folder]:
        jetstream, *tables = (self.scratch / n for n in ("jetstream", "mariadb", "mariadb-tmp"))
        # Not among them: the client's page, to which no service writes.
        without = (jetstream, *tables, self.scratch / CLIENT)
        return [
            Folder("jetstream", jetstream),
            *(Folder("mariadb", path) for path in tables),
            Folder("server", self.scratch, without),
        ]

    async def preflight(self) -> None:
        self._programs()

    def _programs(self) -> _Programs:
        """All programs of the stack; raises `ToolMissing`, or `StackError` for a wrong version."""
        maria = tools.find(known_programs.MARIADB)
        install = mariadb.install_program(maria.path)
        if install is None:
            raise tools.ToolMissing("mariadb-install-db", known_programs.MARIADB.fix())
        server = tools.find(known_programs.SERVER, self._server_path)
        plugnmeet_server.parse_version(self._server_version or server.version)
        return _Programs(
            server=server,
            mariadb=maria,
            mariadb_install=install,
            redis=tools.find(known_programs.REDIS),
            nats=tools.find(known_programs.NATS),
            livekit=tools.find(known_programs.LIVEKIT),
        )

    async def _bring_up(self) -> Endpoints:
        known_programs = self._programs()
        said = self._server_version or known_programs.server.version
        version = plugnmeet_server.parse_version(said)
        for tool in (
            known_programs.mariadb,
            known_programs.redis,
            known_programs.nats,
            known_programs.livekit,
        ):
            self.versions[tool.name] = tool.version
        self.versions[self.server] = said
        plan = make_plan(
            await self._open(),
            version=version,
            client_files=self._client_files,
            folder=self.scratch,
            ai_endpoint=self._ai_endpoint,
        )
        self._write(plan.files)
        here = self.scratch
        database = mariadb.command(
            known_programs.mariadb.path, known_programs.mariadb_install, here, plan.database
        )
        async with asyncio.TaskGroup() as group:
            for name, argv, ready in (
                ("mariadb", database, mariadb.READY),
                ("nats", nats.command(known_programs.nats.path, here), nats.READY),
            ):
                group.create_task(self._up(name, argv, ready))
            await self._up("redis", redis.command(known_programs.redis.path, here), redis.READY)
            argv = livekit.command(known_programs.livekit.path, here)
            await self._up("livekit", argv, livekit.READY)
        argv = plugnmeet_server.command(known_programs.server.path, here)
        await self._up("server", argv, plugnmeet_server.READY, env=self._path())
        await self._healthy(plan.server.url)
        self._note("server")
        return plan.endpoints

    def _path(self) -> dict[str, str]:
        """The server's PATH: the current one, then stand-ins for missing programs."""
        missing = [name for name in plugnmeet_server.NEEDED_PROGRAMS if shutil.which(name) is None]
        if not missing:
            return {}
        folder = self.scratch / "stand-ins"
        plugnmeet_server.stand_ins(folder, missing)
        return {"PATH": f"{os.environ.get('PATH', os.defpath)}{os.pathsep}{folder}"}

    async def _healthy(self, url: str) -> None:
        """Wait until /healthCheck answers 200: the log line comes before the server listens."""
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
                        answer = await http.get(plugnmeet_server.HEALTH)
                        if answer.status_code != 200:
                            raise _Unhealthy(answer.text[:200])
        except RetryError as error:
            last = error.last_attempt.exception()
            log = self.logs["server"]
            raise ServiceNotReady("server", HEALTH_DEADLINE_S, str(last), log) from None


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
    """/healthCheck answers with another status than 200."""
