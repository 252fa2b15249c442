"""The whole server: its parts, and the order in which they start and stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from conformance.reference.rules import Rules
from conformance.reference.server.access import Access
from conformance.reference.server.access_tokens import AccessTokens
from conformance.reference.server.api import pages
from conformance.reference.server.api.callout import Callout
from conformance.reference.server.api.client_api import ClientEndpoints
from conformance.reference.server.api.control_api import ControlEndpoints
from conformance.reference.server.api.livekit_webhook import LiveKitWebhook
from conformance.reference.server.api.worker import Worker
from conformance.reference.server.bus.accounts import RoomAccounts
from conformance.reference.server.bus.connection import Bus
from conformance.reference.server.config import ServerConfig
from conformance.reference.server.faults.active import ActiveFaults
from conformance.reference.server.faults.lies import Lies
from conformance.reference.server.faults.registry import ServerParts
from conformance.reference.server.features.agents import Agents
from conformance.reference.server.features.auto_recording import AutoRecording
from conformance.reference.server.features.insights import Insights
from conformance.reference.server.features.recorders import Recorders
from conformance.reference.server.features.recording import Recording
from conformance.reference.server.media import MediaServer
from conformance.reference.server.messages.events import Events
from conformance.reference.server.messages.webhooks import Webhooks
from conformance.reference.server.rooms.registry import Rooms
from conformance.reference.server.sessions.breakout import Breakouts
from conformance.reference.server.sessions.joining import Joining
from conformance.reference.server.sessions.lifecycle import Sessions
from conformance.reference.server.sessions.presence import Presence
from conformance.reference.server.sessions.waiting import WaitingRoom
from conformance.wire.reference import BREAK

log = logging.getLogger("plugnmeet.reference")


class BusGone(Exception):
    """The connection to NATS was lost while the server ran, and could not be opened again."""


class Server:
    """One reference server. A test without NATS can supply its own `bus`."""

    def __init__(self, config: ServerConfig, bus: Bus | None = None) -> None:
        self.config = config
        self._gone = asyncio.Event()
        self.bus = bus or Bus(config.nats, self._gone.set)
        rules = Rules(config.broken)
        points = ActiveFaults(rules)
        nats = config.nats
        accounts = RoomAccounts(nats.room_accounts, nats.account, nats.lobby_account)
        self.rooms = Rooms(self.bus, accounts)
        self.access = Access(points)
        access_tokens = AccessTokens(config, points)
        self.media = MediaServer(config.livekit, config.token_validity)
        self.webhooks = Webhooks(config, points)
        self.events = Events(self.bus, self.access)
        self.presence = Presence(self.bus, self.rooms, self.events, self.media, points)
        self.sessions = Sessions(
            self.bus, self.rooms, self.events, self.media, self.webhooks, points
        )
        joining = Joining(self.rooms, self.presence, access_tokens)
        recording = Recording(self.rooms, joining, Recorders(self.bus), self.events, points)
        self.presence.arrivals.append(AutoRecording(recording).came)
        self.agents = Agents(self.bus, self.rooms, self.events, self.media, config.ai)
        self.worker = Worker(
            self.bus,
            self.rooms,
            self.events,
            self.presence,
            self.media,
            self.access,
            access_tokens,
            points,
        )
        self.callout = Callout(self.bus, self.rooms, self.access, access_tokens, nats, points)
        points.attach(
            ServerParts(
                config=config,
                bus=self.bus,
                rooms=self.rooms,
                events=self.events,
                media=self.media,
                presence=self.presence,
                sessions=self.sessions,
                recording=recording,
                agents=self.agents,
                webhooks=self.webhooks,
            )
        )
        control = ControlEndpoints(
            self.rooms,
            self.sessions,
            joining,
            recording,
            self.media,
            config,
            points,
            more={BREAK: Lies(rules, self.rooms, self.events, config).tell},
        )
        client = ClientEndpoints(
            self.rooms,
            self.sessions,
            recording,
            Breakouts(self.rooms, self.sessions, joining, self.events),
            Insights(self.agents, self.events, points),
            WaitingRoom(self.bus, self.events),
            self.events,
            access_tokens,
            config,
            points,
        )
        self.app = Starlette(
            routes=[
                *control.routes(),
                *client.routes(),
                LiveKitWebhook(self.rooms, self.media, self.webhooks).route(),
                Route("/healthCheck", self._health, methods=["GET", "POST", "HEAD"]),
                *pages.routes(config.client_files),
            ]
        )

    async def _health(self, _: Request) -> Response:
        if not self.bus.nc.is_connected:
            return PlainTextResponse("Nats connection error", 503)
        return PlainTextResponse("Healthy")

    async def run(self) -> None:
        """Serve until SIGINT or SIGTERM.

        Raises:
            BusUnreachable: NATS cannot be used.
            BusGone: the connection to NATS was lost for good.
            OSError: the port is in use.
        """
        listen = self.config.listen
        http = _Http(self.app, listen.host, listen.port)
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((listen.host, listen.port))
        await self.bus.open()
        if self.config.broken:
            log.warning("rules broken on purpose: %s", ", ".join(self.config.broken))
        await self.presence.start()
        await self.agents.start()
        await self.worker.start()
        await self.callout.start()
        gone = asyncio.create_task(self._gone.wait())
        gone.add_done_callback(lambda _: setattr(http, "should_exit", True))
        loop = asyncio.get_running_loop()
        for ending in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(ending, setattr, http, "should_exit", True)
        try:
            # serve() would raise the signal again, before this server closes anything.
            await http._serve([listener])
        finally:
            lost = self._gone.is_set()
            gone.cancel()
            await self.close()
        if lost:
            raise BusGone(
                f"the connection to NATS at {self.config.nats.url} was lost for good: "
                "see the end of the NATS server's log"
            )

    async def close(self) -> None:
        """Stop everything, in the opposite order."""
        await self.worker.stop()
        await self.agents.stop()
        await self.presence.stop()
        await self.sessions.close()
        await self.webhooks.close()
        await self.media.close()
        await self.bus.close()


class _Http(uvicorn.Server):
    """uvicorn without an access log, which would hold tokens; it prints one line when ready."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                access_log=False,
                log_config=None,
                log_level="warning",
                lifespan="off",
                timeout_graceful_shutdown=2,
            )
        )
        self._port = port

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, then print the ready line on stdout."""
        await super().startup(sockets)
        if self.started:
            print(f"ready http://localhost:{self._port}", flush=True)
