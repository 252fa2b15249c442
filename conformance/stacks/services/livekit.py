"""The real LiveKit SFU, configured for one machine: loopback only, one UDP port, one TCP port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from conformance.stacks.services.redis import RedisSettings

CONFIG = "livekit.yaml"
READY = r'"starting LiveKit server"'
"""Logged (pkg/service/server.go, v1.13.3) after its HTTP port is bound."""


WITHOUT_RED = ("audio/opus", "video/vp8", "video/vp9", "video/av1", "video/h264", "video/rtx")
"""The codecs of the product's livekit_sample.yaml (v2.4.0) without audio/red: its agents listen to
microphones of type audio/opus only (room_agent.go), and web clients send RED in plain rooms."""


@dataclass(frozen=True)
class LiveKitSettings:
    """One LiveKit server. It sends room, participant and track events to `webhook_url`.

    `codecs`: the enabled codecs; empty enables all.
    """

    port: int
    udp_port: int
    api_key: str
    api_secret: str
    webhook_url: str
    redis: RedisSettings | None = None
    """The Redis that ingress and SIP need; without it, both are off."""
    codecs: Sequence[str] = ()

    @property
    def url(self) -> str:
        """The URL for clients and for the server."""
        return f"http://localhost:{self.port}"


def configuration(settings: LiveKitSettings) -> str:
    """The configuration file's text (YAML, LiveKit v1.13)."""
    config: dict[str, Any] = {
        "port": settings.port,
        "bind_addresses": ["127.0.0.1"],
        "rtc": {
            "udp_port": settings.udp_port,
            # ICE over TCP would listen on every address: bind_addresses does not cover it.
            "tcp_port": 0,
            "node_ip": "127.0.0.1",
            "use_external_ip": False,
            "enable_loopback_candidate": True,
            # Do not open media ports on any other address of the machine.
            "ips": {"includes": ["127.0.0.1/32"]},
        },
        "keys": {settings.api_key: settings.api_secret},
        "webhook": {"api_key": settings.api_key, "urls": [settings.webhook_url]},
        "logging": {"json": True, "level": "info", "pion_level": "error"},
    }
    if settings.redis is not None:
        cache = settings.redis
        config["redis"] = {"address": f"{cache.host}:{cache.port}", "password": cache.password}
        # Addresses that LiveKit hands out; no ingress service runs there.
        config["ingress"] = {
            "rtmp_base_url": "rtmp://localhost/live",
            "whip_base_url": "http://localhost/whip",
        }
    if settings.codecs:
        config["room"] = {"enabled_codecs": [{"mime": mime} for mime in settings.codecs]}
    return str(yaml.safe_dump(config, sort_keys=False))


def command(program: Path, folder: Path) -> list[str]:
    """The command line; the configuration is in `folder`."""
    return [str(program), "--config", str(folder / CONFIG)]
