"""What a scenario knows of a stack: where it is, how to ask it, what it is made of."""

from __future__ import annotations

import asyncio
import ssl
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

import httpx

from conformance.stacks.control_api import ControlApi
from conformance.stacks.errors import PortTaken, ServiceDied, ServiceNotReady, StackError
from conformance.stacks.kinds import RoomKind
from conformance.verdicts import Thin

__all__ = [
    "NO_AI",
    "Endpoints",
    "Folder",
    "Part",
    "PortTaken",
    "RoomKind",
    "ServiceDied",
    "ServiceNotReady",
    "Stack",
    "StackError",
    "WebhookPlace",
    "usual_trust",
]


@dataclass(frozen=True)
class Endpoints:
    """Where a stack's parts are and what opens them; None where a stack does not tell."""

    server_url: str
    api_key: str
    api_secret: str = field(repr=False)
    livekit_url: str | None = None
    livekit_api_key: str | None = None
    livekit_api_secret: str | None = field(default=None, repr=False)
    nats_url: str | None = None
    nats_user: str | None = None
    nats_password: str | None = field(default=None, repr=False)
    redis_url: str | None = field(default=None, repr=False)
    database_url: str | None = field(default=None, repr=False)
    client_url: str | None = None

    @property
    def page_url(self) -> str:
        """Where people open the client: the server serves it unless it is hosted elsewhere."""
        return self.client_url or self.server_url


@dataclass(frozen=True)
class WebhookPlace:
    """Where a receiver of webhooks listens on this machine, and how the server reaches it.

    `url` may carry `{port}`, the port that was bound (0 binds a free one).
    """

    listen_host: str = "127.0.0.1"
    listen_port: int = 0
    url: str = "http://127.0.0.1:{port}/webhook"


@dataclass(frozen=True)
class Folder:
    """A folder on this machine in which a service of the stack keeps something.

    `kind`: the files of JetStream or of MariaDB, or what the server itself writes. `without`: what
    below it belongs to another kind.
    """

    kind: Literal["jetstream", "mariadb", "server"]
    path: Path
    without: tuple[Path, ...] = ()


Part = Literal["nats", "livekit", "stores", "webhooks", "files", "logs", "ai"]
"""What deeper checks look into: the message bus, the SFU, the stores, the outgoing webhooks, the
files that the services keep, their logs, the provider of the server's AI."""

NO_AI: Final = (
    "the server is not configured for an AI provider of this run, so a refusal of AI would prove "
    "nothing: judge this with --stack embedded or --stack native"
)


@cache
def usual_trust() -> ssl.SSLContext:
    """The authorities that this machine trusts; read once, which takes some 30 ms each time.

    Raises:
        StackError: the environment names others, which cannot be read.
    """
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # ssl.SSLError is one
        raise StackError(
            f"the certificates that SSL_CERT_FILE or SSL_CERT_DIR name cannot be read ({error}): "
            "unset it, or name a PEM file or a folder of them"
        ) from error


class Stack(ABC):
    """A running Plug-N-Meet: server, NATS, SFU. Started once, shared by many rooms.

    `versions`: service name to version. `logs`: service name to log file. `timings`: service name
    to seconds from the start of the stack until it was ready, and "stack" for all of it.
    `webhook_place` is where a receiver on this machine has to be for the server to reach it.
    `ignore_https_errors`: browsers are to accept the server's certificate whatever it is; `verify`
    is whom everything else trusts (httpx's `verify`).
    """

    name: str
    server: str
    """What is on trial as the server, as `versions` names it."""
    endpoints: Endpoints
    api: ControlApi
    can_lie: bool = False
    """Whether its server can be told to break a rule in one room (reference/server/lies.py)."""
    webhook_place: WebhookPlace = WebhookPlace()
    ignore_https_errors: bool = False

    def __init__(self) -> None:
        self.versions: dict[str, str] = {}
        self.logs: dict[str, Path] = {}
        self.timings: dict[str, float] = {}
        self.verify: ssl.SSLContext | bool = usual_trust()

    @property
    def lacks(self) -> Mapping[Part, str]:
        """The parts that this stack gives no access to, each with the reason and the mend."""
        return {}

    def need(self, *parts: Part) -> None:
        """Insist on access to these parts.

        Raises:
            Thin: there is none, so what needs it cannot be judged; the message says the mend.
        """
        for part in parts:
            if part in self.lacks:
                raise Thin(self.lacks[part])

    @property
    def folders(self) -> Sequence[Folder]:
        """Where the services keep files on this machine; none where they run elsewhere."""
        return ()

    async def fetch_logs(self) -> None:  # noqa: B027 - most stacks write theirs as it comes
        """Bring the files in `logs` up to date."""

    async def preflight(self) -> None:  # noqa: B027 - most stacks find out by starting
        """Raise `StackError` for what would keep a run from starting; leaves nothing behind."""

    @abstractmethod
    async def start(self) -> None:
        """Start everything and return when it is ready; raises `StackError`."""

    @abstractmethod
    async def stop(self) -> None:
        """End everything that `start` began; safe to call more than once."""

    @abstractmethod
    def check(self) -> None:
        """Raise `StackError` when a service of the stack has ended by itself."""

    async def alive(self) -> None:
        """Raise `StackError` when the stack is gone; by default what `check` says."""
        self.check()

    @property
    def broken_rules(self) -> Sequence[str]:
        """The rules of the reference server that are broken just now."""
        return ()

    async def break_only(self, rules: Sequence[str]) -> None:
        """From now on the reference server breaks just these rules; raises `StackError`."""
        if rules:
            raise StackError(f"--stack {self.name}: only the reference server breaks rules")

    async def first_death(self) -> StackError:
        """Wait until a service has ended by itself; for ever where that can't be seen."""
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
