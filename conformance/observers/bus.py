"""The message bus as the server's own account sees it: every subject with its payload."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import nats

from conformance.observers.notifier import Notifier
from conformance.stacks.base import Endpoints

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from nats.aio.msg import Msg

MOST_BYTES: Final = 64 * 1024 * 1024
"""Limit for all payloads together. Later messages are counted but not kept."""
MOST_MESSAGES: Final = 200_000


@dataclass(frozen=True)
class BusMessage:
    """One message on the bus. `data` is the headers, then the payload."""

    subject: str
    payload: bytes
    headers: bytes = b""

    @property
    def data(self) -> bytes:
        """The headers and the payload, without the subject."""
        return self.headers + self.payload


class BusTap(Notifier):
    """Keeps the messages; `problems` says why some may be missing."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[BusMessage] = []
        self.left_out = 0
        self._problems: list[str] = []
        self._bytes = 0

    @property
    def problems(self) -> list[str]:
        """Reasons why a message may have been missed; empty if all messages were seen."""
        full = [f"{self.left_out} messages were not kept"] if self.left_out else []
        return self._problems + full

    def take(self, message: BusMessage) -> None:
        """Keep a message if the limits allow it."""
        size = len(message.data) + len(message.subject)
        if self._bytes + size > MOST_BYTES or len(self.messages) >= MOST_MESSAGES:
            self.left_out += 1
        else:
            self._bytes += size
            self.messages.append(message)
        self.notify()

    def on(self, *subjects: str) -> list[BusMessage]:
        """The messages on these subjects, oldest first."""
        return [message for message in self.messages if message.subject in subjects]

    async def on_error(self, error: Exception) -> None:
        """Handle an error of the connection: a denied subscription, or a full buffer."""
        self._problems.append(str(error)[:200] or type(error).__name__)
        self.notify()

    async def on_closed(self) -> None:
        """Handle a connection that NATS closed."""
        self._problems.append("the bus closed the connection")
        self.notify()


@asynccontextmanager
async def tapped(endpoints: Endpoints, *subjects: str) -> AsyncIterator[BusTap]:
    """Subscribe with the server's own account to these subjects, or to all if none is named.

    NATS has confirmed the subscriptions when the context begins.

    Raises:
        ValueError: the stack gives no login for its NATS.
        nats.errors.Error, OSError: NATS refuses the connection.
    """
    if not endpoints.nats_url:
        raise ValueError("this stack gives no access to its NATS server")
    tap = BusTap()
    ending = False

    async def closed() -> None:
        if not ending:
            await tap.on_closed()

    async def heard(message: Msg) -> None:
        headers = "".join(f"{k}: {v}\n" for k, v in (message.headers or {}).items()).encode()
        tap.take(BusMessage(message.subject, message.data, headers))

    connection = await nats.connect(
        endpoints.nats_url,
        user=endpoints.nats_user,
        password=endpoints.nats_password,
        allow_reconnect=False,
        max_reconnect_attempts=1,  # nats-py applies it to the first connection, too
        reconnect_time_wait=1,
        error_cb=tap.on_error,
        closed_cb=closed,
    )
    try:
        for subject in subjects or (">",):
            await connection.subscribe(
                subject,
                cb=heard,
                pending_msgs_limit=MOST_MESSAGES,
                pending_bytes_limit=2 * MOST_BYTES,
            )
        await connection.flush()
        yield tap
    finally:
        ending = True
        await connection.close()
