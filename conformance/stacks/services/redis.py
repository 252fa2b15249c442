"""Redis for a real Plug-N-Meet server: loopback, a password, nothing written to disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CONFIG = "redis.conf"
READY = r"Ready to accept connections"


@dataclass(frozen=True)
class RedisSettings:
    """One Redis server; clients connect as the default user with this password."""

    port: int
    password: str
    host: str = "127.0.0.1"

    @property
    def url(self) -> str:
        """The URL for redis-py and similar clients."""
        return f"redis://:{self.password}@{self.host}:{self.port}/0"


def configuration(settings: RedisSettings) -> str:
    """The configuration file's text (Redis 6 and later, Valkey)."""
    return f"""\
bind 127.0.0.1
port {settings.port}
requirepass {settings.password}
save ""
appendonly no
daemonize no
logfile ""
"""


def command(program: Path, folder: Path) -> list[str]:
    """The command line; the configuration is in `folder`."""
    return [str(program), str(folder / CONFIG)]
