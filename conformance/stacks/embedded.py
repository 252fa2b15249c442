"""The stack that needs nothing but this package: NATS, LiveKit and the reference server.

All on free loopback ports, with keys made for this run, under one guard (see supervisor.py).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from conformance import __version__
from conformance.stacks import livekit, nats, plugnmeet, tools
from conformance.stacks.base import Endpoints, Stack
from conformance.stacks.control_api import ControlApi
from conformance.stacks.errors import ServiceDied
from conformance.stacks.ports import PortBlock, demand
from conformance.stacks.supervisor import Supervisor

_READY = {"nats": nats.READY, "livekit": livekit.READY, "server": plugnmeet.READY}


class EmbeddedStack(Stack):
    """NATS, LiveKit and the reference server on this machine.

    `folder` keeps each service's log. `client_files` is a client's built page, else the reference
    client's. `break_rules` names rules of the reference server to break. `server_port` asks for a
    port, and `start` raises `PortTaken` if it is in use. `token_validity_s`: how long a join
    token is good for.

    Attributes of use to tests and figures: `pids` (service name to process id) and
    `first_death()`, which waits until a service has ended by itself.
    """

    name = "embedded"
    server = "reference server"

    def __init__(
        self,
        folder: Path,
        *,
        client_files: Path | None = None,
        break_rules: Sequence[str] = (),
        server_port: int | None = None,
        token_validity_s: int = plugnmeet.TOKEN_VALIDITY_S,
    ) -> None:
        super().__init__()
        self._client_files = client_files
        self._break_rules = tuple(break_rules)
        self._server_port = server_port
        self._token_validity_s = token_validity_s
        self._folder = folder
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

    async def start(self) -> None:
        began = time.monotonic()
        try:
            await self._start(began)
        except BaseException:
            await self.stop()
            raise
        self.timings["stack"] = time.monotonic() - began

    async def _start(self, began: float) -> None:
        port = demand(self._server_port) if self._server_port is not None else None
        programs = tools.find(tools.NATS), tools.find(tools.LIVEKIT)
        nats_program, livekit_program = (tool.path for tool in programs)
        self.versions = {tool.name: tool.version for tool in programs}
        self.versions["reference server"] = __version__
        self._block = PortBlock()
        take = self._block.take
        server = plugnmeet.ServerSettings(
            port=port if port is not None else take(),
            api_key="plugnmeet-conformance",
            api_secret=secrets.token_urlsafe(32),
            client_files=self._client_files or tools.reference_client(),
            break_rules=self._break_rules,
            token_validity_s=self._token_validity_s,
        )
        bus = nats.NatsSettings(
            port=take(),
            ws_port=take(),
            user="plugnmeet",
            password=secrets.token_urlsafe(24),
            issuer_seed=nats.new_issuer_seed(),
        )
        sfu = livekit.LiveKitSettings(
            port=take(),
            udp_port=take(),
            api_key="conformance",
            api_secret=secrets.token_urlsafe(32),
            webhook_url=server.webhook_url,
        )
        await self._supervisor.start()
        configs = {
            nats.CONFIG: nats.configuration(bus, self.scratch / "jetstream"),
            livekit.CONFIG: livekit.configuration(sfu),
            plugnmeet.CONFIG: plugnmeet.configuration(server, bus, sfu),
        }
        for name, text in configs.items():
            (self.scratch / name).write_text(text, "utf-8")
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(
                    self._up("livekit", began, livekit.command(livekit_program, self.scratch))
                )
                await self._up("nats", began, nats.command(nats_program, self.scratch))
                await self._up("server", began, plugnmeet.command(self.scratch))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        self.endpoints = Endpoints(
            server_url=server.url,
            api_key=server.api_key,
            api_secret=server.api_secret,
            livekit_url=sfu.url,
            livekit_api_key=sfu.api_key,
            livekit_api_secret=sfu.api_secret,
            nats_url=bus.url,
            nats_user=bus.user,
            nats_password=bus.password,
        )
        self.api = self._api = ControlApi(server.url, server.api_key, server.api_secret)

    async def _up(self, name: str, began: float, argv: Sequence[str]) -> None:
        self.logs[name] = self._folder / f"{name}.log"
        await self._supervisor.spawn(
            name,
            argv,
            ready=_READY[name],
            env=plugnmeet.environment() if name == "server" else None,
        )
        self.timings[name] = time.monotonic() - began

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
