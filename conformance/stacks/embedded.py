"""The stack that needs only this package: NATS, LiveKit and the reference server.

Everything uses free loopback ports and fresh keys, under one guard (see processes/guard.py).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path

from conformance import __version__
from conformance.stacks.base import Endpoints
from conformance.stacks.processes.ports import demand
from conformance.stacks.processes.supervised import SupervisedStack
from conformance.stacks.programs import known as known_programs
from conformance.stacks.programs import reference_page, tools
from conformance.stacks.services import livekit, nats, reference_server
from conformance.wire.reference import BREAK


class EmbeddedStack(SupervisedStack):
    """NATS, LiveKit and the reference server on this machine.

    `folder` keeps each service's log. `client_files`: a client's built page (default: the reference
    client's). `break_rules`: the rules of the reference server to break. `server_port`: a fixed
    port; `start` raises `PortTaken` if it is in use. `token_validity_s`: seconds for which a join
    token is valid.
    """

    name = "embedded"
    server = "reference server"
    can_lie = True

    def __init__(
        self,
        folder: Path,
        *,
        client_files: Path | None = None,
        break_rules: Sequence[str] = (),
        server_port: int | None = None,
        token_validity_s: int = reference_server.TOKEN_VALIDITY_S,
        ai_endpoint: str | None = None,
    ) -> None:
        super().__init__(folder, ai_endpoint)
        self._client_files = client_files
        self._break_rules = tuple(break_rules)
        self._server_port = server_port
        self._token_validity_s = token_validity_s

    @property
    def broken_rules(self) -> Sequence[str]:
        return self._break_rules

    async def break_only(self, rules: Sequence[str]) -> None:
        await self.api.call(BREAK, {"break": list(rules)})
        self._break_rules = tuple(rules)

    async def _bring_up(self) -> Endpoints:
        port = demand(self._server_port) if self._server_port is not None else None
        found = tools.find(known_programs.NATS), tools.find(known_programs.LIVEKIT)
        nats_program, livekit_program = (tool.path for tool in found)
        self.versions = {tool.name: tool.version for tool in found}
        self.versions["reference server"] = __version__
        take = (await self._open()).take
        server = reference_server.ServerSettings(
            port=port if port is not None else take(),
            api_key="plugnmeet-conformance",
            api_secret=secrets.token_urlsafe(32),
            client_files=self._client_files or reference_page.reference_client(),
            break_rules=self._break_rules,
            token_validity_s=self._token_validity_s,
            ai_endpoint=self._ai_endpoint,
        )
        bus = nats.NatsSettings(
            port=take(),
            ws_port=take(),
            user="plugnmeet",
            password=secrets.token_urlsafe(24),
            issuer_seed=nats.new_issuer_seed(),
            room_accounts=nats.ROOM_ACCOUNTS,
        )
        sfu = livekit.LiveKitSettings(
            port=take(),
            udp_port=take(),
            api_key="conformance",
            api_secret=secrets.token_urlsafe(32),
            webhook_url=server.webhook_url,
        )
        here = self.scratch
        self._write(
            {
                nats.CONFIG: nats.configuration(bus, here / "jetstream"),
                livekit.CONFIG: livekit.configuration(sfu),
                reference_server.CONFIG: reference_server.configuration(server, bus, sfu),
            }
        )
        async with asyncio.TaskGroup() as group:
            argv = livekit.command(livekit_program, here)
            group.create_task(self._up("livekit", argv, livekit.READY))
            await self._up("nats", nats.command(nats_program, here), nats.READY)
            await self._up(
                "server",
                reference_server.command(here),
                reference_server.READY,
                env=reference_server.environment(),
            )
        return Endpoints(
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
