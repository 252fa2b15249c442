"""The server put together: what runs, in which order it starts and stops."""

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
from conformance.reference.server import lures, pages
from conformance.reference.server.accounts import RoomAccounts
from conformance.reference.server.agents import Agents
from conformance.reference.server.breakout import Breakouts
from conformance.reference.server.bus import Bus
from conformance.reference.server.callout import Callout
from conformance.reference.server.client_api import ClientEndpoints
from conformance.reference.server.config import ServerConfig
from conformance.reference.server.control_api import ControlEndpoints
from conformance.reference.server.events import Events
from conformance.reference.server.insights import Insights
from conformance.reference.server.lies import Lies
from conformance.reference.server.media import MediaServer, WebhookRefused
from conformance.reference.server.presence import Presence
from conformance.reference.server.recording import Recording
from conformance.reference.server.rooms import Rooms
from conformance.reference.server.sessions import Sessions
from conformance.reference.server.waiting import WaitingRoom
from conformance.reference.server.webhooks import Webhooks, livekit_event
from conformance.reference.server.worker import Worker

log = logging.getLogger("plugnmeet.reference")


class BusGone(Exception):
    """NATS went away while the server ran, and did not come back."""


class Server:
    """One reference server; `bus` may be given by a test that has no NATS."""

    def __init__(self, config: ServerConfig, bus: Bus | None = None) -> None:
        self.config = config
        rules = Rules(config.broken)
        self._gone = asyncio.Event()
        self.bus = bus or Bus(config.nats, self._gone.set)
        nats = config.nats
        self.rooms = Rooms(
            self.bus,
            RoomAccounts(
                nats.room_accounts,
                nats.account,
                nats.lobby_account,
                apart=lambda: rules.keeps("rooms-apart-on-the-bus"),
            ),
        )
        self.media = MediaServer(config.livekit, config.token_validity)
        self.webhooks = Webhooks(config, rules)
        lure = f"http://localhost:{config.listen.port}{lures.PATH}"
        self.events = Events(self.bus, rules, lure)
        self.presence = Presence(self.bus, self.rooms, self.events, self.media, rules)
        self.sessions = Sessions(
            self.bus,
            self.rooms,
            self.events,
            self.presence,
            self.media,
            self.webhooks,
            config,
            rules,
        )
        self.recording = Recording(self.bus, self.rooms, self.sessions, self.events, rules)
        self.agents = Agents(self.bus, self.rooms, self.events, self.media, config.ai)
        self.worker = Worker(
            self.bus, self.rooms, self.events, self.presence, self.media, config, rules
        )
        self.callout = Callout(self.bus, self.rooms, config, rules)
        control = ControlEndpoints(
            self.rooms,
            self.sessions,
            self.recording,
            self.media,
            Lies(rules, self.rooms, self.events),
            config,
            rules,
        )
        client = ClientEndpoints(
            self.rooms,
            self.sessions,
            self.recording,
            Breakouts(self.rooms, self.sessions, self.events, rules),
            Insights(self.agents, self.events, rules),
            WaitingRoom(self.bus, self.events),
            self.events,
            config,
            rules,
        )
        self.app = Starlette(
            routes=[
                *control.routes(),
                *client.routes(),
                Route("/webhook", self._webhook, methods=["POST"]),
                Route("/healthCheck", self._health, methods=["GET", "POST", "HEAD"]),
                *pages.routes(config.client_files),
            ]
        )

    async def _health(self, _: Request) -> Response:
        if not self.bus.nc.is_connected:
            return PlainTextResponse("Nats connection error", 503)
        return PlainTextResponse("Healthy")

    async def _webhook(self, request: Request) -> Response:
        body = (await request.body()).decode("utf-8", "replace")
        try:
            event = self.media.webhook(body, request.headers.get("authorization", ""))
        except WebhookRefused as error:
            log.warning("%s", error)
            return PlainTextResponse("Unauthorized", 401)
        await livekit_event(self.rooms, self.webhooks, event)
        return PlainTextResponse("OK")

    async def run(self) -> None:
        """Serve until SIGINT or SIGTERM.

        Raises:
            BusUnreachable: NATS cannot be used.
            BusGone: NATS was there and went away for good.
            OSError: the port is taken.
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
            # Not serve(): that raises the signal again, before anything here is closed.
            await http._serve([listener])
        finally:
            lost = self._gone.is_set()
            gone.cancel()
            await self.close()
        if lost:
            raise BusGone(
                f"NATS at {self.config.nats.url} has gone away and did not come back: "
                "look for the end of its log"
            )

    async def close(self) -> None:
        """Stop what was started, in the opposite order."""
        await self.worker.stop()
        await self.agents.stop()
        await self.presence.stop()
        await self.sessions.close()
        await self.webhooks.close()
        await self.media.close()
        await self.bus.close()


class _Http(uvicorn.Server):
    """uvicorn, quiet (its access log would hold tokens), that says once when it is ready."""

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
        """As uvicorn's, then the ready line on stdout."""
        await super().startup(sockets)
        if self.started:
            print(f"ready http://localhost:{self._port}", flush=True)
