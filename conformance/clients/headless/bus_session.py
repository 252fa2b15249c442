"""A minimal NATS connection over websocket that keeps every byte that it receives.

Client libraries hide what they do not expect; a leak check must see everything. Source:
docs.nats.io, "Client Protocol". Input may be hostile: it is bounded, and parsing never raises.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable
from typing import Any, Final, Self

import aiohttp

from conformance.observers.nats_stream import MOST_BYTES, NatsStream, Operation
from conformance.observers.notifier import Notifier

MOST_MESSAGES: Final = 20_000
"""The largest number of messages, and of errors, that are kept. One minute brings some hundreds."""
DEADLINE: Final = 10.0
"""Seconds until the server must accept or refuse the connection, or answer a PING."""


class BusUnreachable(Exception):
    """There is no NATS server at that address. This is not a refusal."""


class BusSession:
    """One connection; use it as a context. `refusal`: the server's words if it refuses the login.

    `token`: the auth token, or None. `keep` receives all incoming bytes in order. `acknowledges`:
    the prefix of the reply subjects to acknowledge, which are those of one's own consumer.

    Entering raises `BusUnreachable`.
    """

    def __init__(
        self,
        url: str,
        token: str | None,
        keep: Callable[[bytes], None],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._url, self._token, self._keep, self._tls = url, token, keep, tls
        self.messages: list[Operation] = []
        self.errors: list[str] = []
        self.refusal: str | None = None
        self.acknowledges: str | None = None
        self.overflow = False
        self.notifier = Notifier()
        self._stream = NatsStream()
        self._pongs = 0
        self._pinged = 0
        self._sids = 0
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(trust_env=False)
        try:
            async with asyncio.timeout(DEADLINE):
                self._socket = await self._http.ws_connect(
                    self._url, ssl=self._tls or True, max_msg_size=MOST_BYTES
                )
                self._reader = asyncio.create_task(self._read())
                options: dict[str, Any] = {
                    "verbose": False, "pedantic": False, "lang": "python", "version": "1",
                    "protocol": 1, "headers": True, "no_responders": True, "echo": True,
                    "name": "plugnmeet-client",
                }  # fmt: skip
                if self._token is not None:
                    options["auth_token"] = self._token
                await self._send(f"CONNECT {json.dumps(options)}\r\n".encode())
                if not await self.flush():
                    self.refusal = self.errors[-1] if self.errors else None
        except (OSError, aiohttp.ClientError, TimeoutError) as error:
            await self.__aexit__()
            raise BusUnreachable(f"no NATS at {self._url}: {error!r}") from error
        if self._closed and self.refusal is None:
            await self.__aexit__()
            raise BusUnreachable(f"{self._url} closed the connection without an answer")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        await self._http.close()

    @property
    def _closed(self) -> bool:
        return self._reader is None or self._reader.done()

    @property
    def problem(self) -> str | None:
        """Why not everything could be read; None if everything was."""
        if self.overflow:
            return "more messages came than are kept"
        return self._stream.broken

    async def flush(self, timeout: float = DEADLINE) -> bool:
        """Wait until the server has processed everything sent; False if it is gone."""
        self._pinged += 1
        wanted = self._pinged
        await self._send(b"PING\r\n")
        await self.notifier.wait_for(lambda: self._pongs >= wanted or self._closed, timeout)
        return self._pongs >= wanted

    async def subscribe(self, subject: str) -> None:
        """Subscribe to a subject."""
        self._sids += 1
        await self._send(f"SUB {subject} {self._sids}\r\n".encode())

    async def publish(self, subject: str, payload: bytes, reply: str = "") -> None:
        """Publish; `reply` is the subject for an answer."""
        head = f"PUB {subject} {reply} {len(payload)}\r\n" if reply else None
        head = head or f"PUB {subject} {len(payload)}\r\n"
        await self._send(head.encode() + payload + b"\r\n")

    async def _send(self, data: bytes) -> None:
        try:
            await self._socket.send_bytes(data)
        except (OSError, aiohttp.ClientError):
            self.notifier.notify()  # the reader has the reason

    async def _read(self) -> None:
        try:
            async for frame in self._socket:
                data = frame.data
                if isinstance(data, str):
                    data = data.encode()
                if not isinstance(data, bytes):
                    return
                self._keep(data)
                for operation in self._stream.feed(data):
                    await self._take(operation)
                self.notifier.notify()
        finally:
            asyncio.get_running_loop().call_soon(self.notifier.notify)

    async def _take(self, operation: Operation) -> None:
        match operation.verb:
            case "PING":
                await self._send(b"PONG\r\n")
            case "PONG":
                self._pongs += 1
            case "-ERR":
                self._append(self.errors, operation.text.strip("'"))
            case "MSG" | "HMSG":
                self._append(self.messages, operation)
                mine = self.acknowledges
                if mine is not None and operation.reply.startswith(mine):
                    await self.publish(operation.reply, b"+ACK")
            case _:
                pass

    def _append(self, where: list[Any], what: Any) -> None:
        if len(where) < MOST_MESSAGES:
            where.append(what)
        else:
            self.overflow = True
