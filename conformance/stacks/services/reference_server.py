"""The reference server: its configuration and command line.

It prints `ready http://localhost:PORT` when its streams, its callout and its HTTP port are up.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.stacks.services.livekit import LiveKitSettings
from conformance.stacks.services.nats import ACCOUNT, NatsSettings

CONFIG = "server.json"
READY = r"^ready http"
TOKEN_VALIDITY_S = 600
"""Seconds, as in the product (client.token_validity)."""


@dataclass(frozen=True)
class ServerSettings:
    """One reference server. `break_rules`: ids of rules/server.toml that it must break."""

    port: int
    api_key: str
    api_secret: str
    client_files: Path | None
    break_rules: Sequence[str] = ()
    token_validity_s: int = TOKEN_VALIDITY_S
    ai_endpoint: str | None = None

    @property
    def url(self) -> str:
        """The server's root. Of all plain-http names the official client accepts only localhost."""
        return f"http://localhost:{self.port}"

    @property
    def webhook_url(self) -> str:
        """The URL to which LiveKit sends its webhooks."""
        return f"http://127.0.0.1:{self.port}/webhook"


def configuration(server: ServerSettings, nats: NatsSettings, livekit: LiveKitSettings) -> str:
    """The configuration file's text (JSON)."""
    return json.dumps(
        {
            "listen": {"host": "127.0.0.1", "port": server.port},
            "api_key": server.api_key,
            "api_secret": server.api_secret,
            "token_validity": server.token_validity_s,
            "nats": {
                "url": nats.url,
                "ws_url": nats.ws_url,
                "user": nats.user,
                "password": nats.password,
                "issuer_seed": nats.issuer_seed,
                "account": ACCOUNT,
                "room_accounts": nats.account_names,
                "lobby_account": nats.lobby,
            },
            "livekit": {
                "url": livekit.url,
                "api_key": livekit.api_key,
                "api_secret": livekit.api_secret,
            },
            "ai": {"endpoint": server.ai_endpoint, "api_key": secrets.token_urlsafe(24)}
            if server.ai_endpoint
            else None,
            "client_files": str(server.client_files.absolute()) if server.client_files else None,
            "break": list(server.break_rules),
            "log_level": "info",
        },
        indent=1,
    )


def command(folder: Path) -> list[str]:
    """The command line with this Python interpreter; the configuration is in `folder`."""
    return [
        sys.executable,
        "-m",
        "conformance.reference.server",
        "--config",
        str(folder / CONFIG),
    ]


def environment() -> dict[str, str]:
    """The variables with which the child imports the same package as this process."""
    root = str(Path(__file__).resolve().parents[3])
    given = os.environ.get("PYTHONPATH")
    return {
        "PYTHONPATH": root + (os.pathsep + given if given else ""),
        "PYTHONUNBUFFERED": "1",
    }
