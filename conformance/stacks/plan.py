"""The plan of a real server and its services; the native and the compose stack both use it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.stacks.base import Endpoints
from conformance.stacks.errors import StackError
from conformance.stacks.processes.ports import PortBlock
from conformance.stacks.services import livekit, mariadb, nats, plugnmeet_server, redis

CLIENT = "client"
DOWNLOADS_CLIENT = (2, 1, 4)
"""The first version that can download the official client itself (`auto_client_download`)."""


@dataclass(frozen=True)
class Plan:
    """Ports, credentials and configurations of one stack; `files` maps names to texts."""

    server: plugnmeet_server.ProductSettings
    bus: nats.NatsSettings
    sfu: livekit.LiveKitSettings
    database: mariadb.MariaDbSettings
    cache: redis.RedisSettings
    files: Mapping[str, str]

    @property
    def endpoints(self) -> Endpoints:
        """The addresses and credentials of all services."""
        return Endpoints(
            server_url=self.server.url,
            api_key=self.server.api_key,
            api_secret=self.server.api_secret,
            livekit_url=self.sfu.url,
            livekit_api_key=self.sfu.api_key,
            livekit_api_secret=self.sfu.api_secret,
            nats_url=self.bus.url,
            nats_user=self.bus.user,
            nats_password=self.bus.password,
            redis_url=self.cache.url,
            database_url=self.database.url,
        )


def make_plan(
    block: PortBlock,
    *,
    version: tuple[int, ...],
    client_files: Path | None,
    folder: Path,
    seen_as: str | None = None,
    release: str | None = None,
    monitor: bool = False,
    ai_endpoint: str | None = None,
) -> Plan:
    """Choose free ports of `block` and random credentials, and prepare the client's files.

    `folder`: the stack's private folder on this machine. `seen_as`: its path as the services see
    it, if that differs (they may then only read it, and write to /data and /app). `release`: the
    official client that the server downloads if there are no `client_files`. `monitor`: NATS
    answers health checks over HTTP. `ai_endpoint`: the AI provider for the server.

    Raises:
        StackError: there is no client to serve.
    """
    take = block.take
    port = take()
    url = f"http://localhost:{port}"
    production, extra = True, {}
    if client_files is not None:
        production = plugnmeet_server.lay_out_client(
            client_files, folder / CLIENT, url, copy=seen_as is not None
        )
        client_path = f"{seen_as or folder}/{CLIENT}"
    elif release is not None and version >= DOWNLOADS_CLIENT:
        client_path = "/app/client/dist"
        extra = {
            "auto_client_download": {"enabled": True, "server_url": url, "from_release": release}
        }
    else:
        raise StackError(
            "this server version cannot download a client: give one with --client-files FOLDER"
        )
    home = "/app" if seen_as else str(folder)
    server = plugnmeet_server.ProductSettings(
        port=port,
        api_key="plugnmeet-conformance",
        api_secret=secrets.token_urlsafe(32),
        client_path=client_path,
        folder=home,
        log_file=f"{home}/plugnmeet.log",
        version=version,
        production=production,
        client_extra=extra,
        ai_endpoint=ai_endpoint,
    )
    bus = nats.NatsSettings(
        port=take(),
        ws_port=take(),
        user="plugnmeet",
        password=secrets.token_urlsafe(24),
        issuer_seed=nats.new_issuer_seed(),
        monitor_port=take() if monitor else None,
    )
    cache = redis.RedisSettings(port=take(), password=secrets.token_urlsafe(24))
    sfu = livekit.LiveKitSettings(
        port=take(),
        udp_port=take(),
        api_key="conformance",
        api_secret=secrets.token_urlsafe(32),
        webhook_url=f"http://127.0.0.1:{port}/webhook",
        redis=cache,
        codecs=livekit.WITHOUT_RED if ai_endpoint else (),
    )
    database = mariadb.MariaDbSettings(
        port=take(),
        user="plugnmeet",
        password=secrets.token_urlsafe(24),
        root_password=secrets.token_urlsafe(24),
    )
    store = Path("/data/jetstream") if seen_as else folder / "jetstream"
    files = {
        nats.CONFIG: nats.configuration(bus, store),
        livekit.CONFIG: livekit.configuration(sfu),
        redis.CONFIG: redis.configuration(cache),
        mariadb.INIT: mariadb.initial_sql(database),
        plugnmeet_server.CONFIG: plugnmeet_server.configuration(server, bus, sfu, database, cache),
    }
    return Plan(server, bus, sfu, database, cache, files)
