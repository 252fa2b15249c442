"""The interface of a stack: its endpoints, its control API and the parts that checks can read."""

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
from conformance.verdicts import InsufficientEvidence

__all__ = [
    "NO_AI",
    "Endpoints",
    "Folder",
    "PortTaken",
    "RoomKind",
    "ServiceDied",
    "ServiceNotReady",
    "Stack",
    "StackError",
    "StackPart",
    "WebhookPlace",
    "usual_trust",
]


@dataclass(frozen=True)
class Endpoints:
    """The addresses and credentials of a stack's services; None where the stack gives none."""

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
        """The client's address: the server's own, unless the client is hosted elsewhere."""
        return self.client_url or self.server_url


@dataclass(frozen=True)
class WebhookPlace:
    """Where a webhook receiver listens on this machine, and the URL that the server uses for it.

    `listen_port` 0 binds a free port. `url` may contain `{port}`, the port that was bound.
    """

    listen_host: str = "127.0.0.1"
    listen_port: int = 0
    url: str = "http://127.0.0.1:{port}/webhook"


@dataclass(frozen=True)
class Folder:
    """A folder on this machine in which a service of the stack stores files.

    `kind`: the files of JetStream, of MariaDB, or of the Plug-N-Meet server. `without`: subfolders
    that belong to another kind.
    """

    kind: Literal["jetstream", "mariadb", "server"]
    path: Path
    without: tuple[Path, ...] = ()


StackPart = Literal["nats", "livekit", "stores", "webhooks", "files", "logs", "ai"]
"""A part that some checks read: the message bus, the SFU, the stores, the outgoing webhooks, the
services' files, the services' logs, the AI provider of the server."""

NO_AI: Final = (
    "the server is not configured for this run's AI provider, so a refusal of AI would prove "
    "nothing: run this check with --stack embedded or --stack native"
)


@cache
def usual_trust() -> ssl.SSLContext:
    """The certificate authorities that this machine trusts. Cached: one read takes about 30 ms.

    Raises:
        StackError: SSL_CERT_FILE or SSL_CERT_DIR names certificates that cannot be read.
    """
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # ssl.SSLError is one
        raise StackError(
            f"the certificates that SSL_CERT_FILE or SSL_CERT_DIR name cannot be read ({error}): "
            "unset it, or name a PEM file or a folder of them"
        ) from error


class Stack(ABC):
    """A running Plug-N-Meet: server, NATS and SFU. It starts once and serves many rooms.

    `versions`: service name to version. `logs`: service name to log file. `timings`: service name
    to seconds from the stack's start until the service was ready; "stack" is the total.
    `webhook_place`: where a receiver must listen so that the server can reach it.
    `ignore_https_errors`: browsers accept any certificate of the server. `verify`: the
    certificates that everything else trusts (httpx's `verify`).
    """

    name: str
    server: str
    """The server under test, as `versions` names it."""
    endpoints: Endpoints
    api: ControlApi
    can_lie: bool = False
    """True if the server can break a rule in one room only (reference/server/faults/lies.py)."""
    webhook_place: WebhookPlace = WebhookPlace()
    ignore_https_errors: bool = False

    def __init__(self) -> None:
        self.versions: dict[str, str] = {}
        self.logs: dict[str, Path] = {}
        self.timings: dict[str, float] = {}
        self.verify: ssl.SSLContext | bool = usual_trust()

    @property
    def lacks(self) -> Mapping[StackPart, str]:
        """The parts that this stack gives no access to, each with the reason and how to fix it."""
        return {}

    def need(self, *parts: StackPart) -> None:
        """Require access to these parts.

        Raises:
            InsufficientEvidence: the stack gives no access to one of them. The message says how
                to fix that.
        """
        for part in parts:
            if part in self.lacks:
                raise InsufficientEvidence(self.lacks[part])

    @property
    def folders(self) -> Sequence[Folder]:
        """The folders in which services store files; empty if the services run elsewhere."""
        return ()

    async def fetch_logs(self) -> None:  # noqa: B027 - most stacks write their logs continuously
        """Bring the files in `logs` up to date."""

    async def preflight(self) -> None:  # noqa: B027 - most stacks detect problems at their start
        """Check that a run can start, without side effects; raises `StackError` if it cannot."""

    @abstractmethod
    async def start(self) -> None:
        """Start everything and return when all services are ready; raises `StackError`."""

    @abstractmethod
    async def stop(self) -> None:
        """Stop everything that `start` started. Safe to call more than once."""

    @abstractmethod
    def check(self) -> None:
        """Raise `StackError` if a service of the stack has exited by itself."""

    async def alive(self) -> None:
        """Raise `StackError` if the stack no longer responds. The default is `check`."""
        self.check()

    @property
    def broken_rules(self) -> Sequence[str]:
        """The rules of the reference server that are broken now."""
        return ()

    async def break_only(self, rules: Sequence[str]) -> None:
        """Make the reference server break exactly these rules; raises `StackError`."""
        if rules:
            raise StackError(f"--stack {self.name}: only the reference server breaks rules")

    async def first_death(self) -> StackError:
        """Wait until a service exits by itself; waits forever if the stack cannot detect that."""
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
