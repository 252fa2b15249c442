"""A forward proxy for one participant's browser. It carries everything unchanged, and counts it.

HTTPS and WebSockets come as tunnels (CONNECT), plain HTTP as requests with a whole address (RFC
9112, section 3.2.2). Names are resolved here and not in the browser. Each plain request has a
connection of its own; otherwise one connection would carry requests to several hosts.

What it does not carry: WebRTC over UDP, and so STUN, TURN and media. Chromium sends ICE over TCP
through it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Final, Self
from urllib.parse import urlsplit

from conformance.observers.door.connection import MOST_CONNECTIONS, MOST_KEPT, Connection
from conformance.observers.door.dial import LIMIT, NotReached, Reached, Streams, dial
from conformance.observers.local_http import listener
from conformance.observers.notifier import Notifier

_CHUNK: Final = 64 * 1024
_HALF_OPEN_SECONDS: Final = 10.0
"""How long one direction may outlive the other."""
_END: Final = b"\r\n\r\n"
_OF_ONE_HOP: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"proxy-authorization"}
)
_REFUSED: Final = b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Door(Notifier):
    """The proxy at `url`, and all connections since it opened, oldest first.

    `unread` says what could not be kept or understood.
    """

    def __init__(self) -> None:
        super().__init__()
        self.url = ""
        self.connections: list[Connection] = []
        self.unread: list[str] = []
        self._kept = 0
        self._running: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @classmethod
    async def open(cls) -> Self:
        """Listen on a free port of this machine.

        Raises:
            BenchError: no port is free.
        """
        door = cls()
        bound = listener()
        door.url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        door._server = await asyncio.start_server(door._accept, sock=bound, limit=LIMIT)
        return door

    async def close(self) -> None:
        """End all connections. What was recorded stays readable. Safe to call more than once."""
        if self._server is not None:
            self._server.close()
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    # -- one connection ------------------------------------------------------------------------

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # asyncio starts one for each connection
        self._running.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # one side is gone; the other is told by the end of its connection
        except asyncio.LimitOverrunError:
            self._say(f"the head of a request or an answer has more than {LIMIT} bytes")
        except asyncio.CancelledError:
            return  # the door closes
        except Exception as error:
            self._say(f"a connection could not be carried: {type(error).__name__}: {error}")
        finally:
            self._running.discard(task)
            writer.transport.abort()
            self.notify()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(_END)
        method, _, rest = head.partition(b" ")
        target = rest.partition(b" ")[0].decode("latin-1")
        is_tunnel = method == b"CONNECT"
        place = _place(target, is_tunnel=is_tunnel)
        if place is None:
            self._say(f"a request to the door itself: {head[:80]!r}")
            await _answer(writer, b"400 Bad Request")
            return
        connection = Connection(*place, time.monotonic(), is_tunnel, "" if is_tunnel else target)
        if len(self.connections) >= MOST_CONNECTIONS:
            self._say(f"more than {MOST_CONNECTIONS} connections")
        else:
            self.connections.append(connection)
        if not is_tunnel:
            self._sent(connection, head)
        self.notify()
        try:
            reached = await dial(*place, "https" if is_tunnel else "http")
        except NotReached as failure:
            connection.failure = str(failure)
            # Without the door, a plain request would get no answer either: the page sees a
            # network error and not an answer of a server.
            if is_tunnel:
                await _answer(writer, b"502 Bad Gateway")
            return
        other = reached.streams
        try:
            if is_tunnel:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                other[1].write(_forwarded(head, target, reached))
            await self._carry(connection, (reader, writer), other)
        finally:
            other[1].transport.abort()

    async def _carry(self, connection: Connection, browser: Streams, other: Streams) -> None:
        """Both directions, until both have ended, one has failed, or the browser is gone."""
        out = asyncio.ensure_future(self._pump(browser[0], other[1], connection))
        back = asyncio.ensure_future(self._bring(other[0], browser[1], connection))
        try:
            await asyncio.wait((out, back), return_when=asyncio.FIRST_COMPLETED)
            if back.done() and back.exception() is None:
                # A page may still send over a tunnel that the other side has half closed. Of a
                # plain request, nothing can follow its answer.
                if connection.is_tunnel:
                    await asyncio.wait((out,), timeout=_HALF_OPEN_SECONDS)
            elif out.done() and out.exception() is None:
                await asyncio.wait((back,), timeout=_HALF_OPEN_SECONDS)
            if all(one.done() and one.exception() is None for one in (out, back)):
                await _flushed(other[1])
            if back.done() and back.exception() is None:
                await _flushed(browser[1])
        finally:
            for task in (out, back):
                task.cancel()
            await asyncio.gather(out, back, return_exceptions=True)

    async def _pump(
        self, source: asyncio.StreamReader, drain: asyncio.StreamWriter, connection: Connection
    ) -> None:
        """What the browser sends."""
        while data := await source.read(_CHUNK):
            self._sent(connection, data)
            drain.write(data)
            await drain.drain()
        _half_close(drain)

    async def _bring(
        self, source: asyncio.StreamReader, drain: asyncio.StreamWriter, connection: Connection
    ) -> None:
        """What the browser receives."""
        while not connection.is_tunnel:
            head = await source.readuntil(_END)
            connection.gives(head)
            status = head.split(b" ", 2)[1:2]
            is_last = not status or not status[0].startswith(b"1")  # not an interim answer
            drain.write(_closing(head) if is_last else head)
            if is_last or status == [b"101"]:
                break
        while data := await source.read(_CHUNK):
            connection.gives(data)
            drain.write(data)
            await drain.drain()
        _half_close(drain)

    def _sent(self, connection: Connection, data: bytes) -> None:
        self._kept += connection.takes(data, MOST_KEPT - self._kept)

    def _say(self, why: str) -> None:
        if why not in self.unread and len(self.unread) < 100:
            self.unread.append(why)


def _half_close(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        writer.write_eof()


async def _flushed(writer: asyncio.StreamWriter) -> None:
    """Close a connection after all that was written has left."""
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_HALF_OPEN_SECONDS):
            await writer.wait_closed()


async def _answer(writer: asyncio.StreamWriter, status: bytes) -> None:
    writer.write(_REFUSED % status)
    await _flushed(writer)


def _place(target: str, *, is_tunnel: bool) -> tuple[str, int] | None:
    """Host and port of a request's target; None if it names none."""
    try:
        parts = urlsplit(f"//{target}" if is_tunnel else target)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or (not is_tunnel and parts.scheme.lower() not in ("http", "ws")):
        return None
    return parts.hostname.rstrip(".") or parts.hostname, port or (443 if is_tunnel else 80)


def _forwarded(head: bytes, target: str, reached: Reached) -> bytes:
    """The head for the other side: its own part of the address, and one request a connection."""
    line, *fields = head.removesuffix(_END).split(b"\r\n")
    if not reached.is_proxy:
        method, _, rest = line.partition(b" ")
        path = target.partition("://")[2]
        slash = min((at for at in (path.find("/"), path.find("?")) if at >= 0), default=len(path))
        own = path[slash:]
        own = own if own.startswith("/") else f"/{own}"
        line = b" ".join((method, own.encode("latin-1"), rest.rpartition(b" ")[2]))
    upgrades = any(_name(one) == b"upgrade" for one in fields)
    kept = [one for one in fields if _name(one) not in _OF_ONE_HOP]
    kept += [*reached.fields, b"Connection: Upgrade" if upgrades else b"Connection: close"]
    return b"\r\n".join((line, *kept)) + _END


def _closing(head: bytes) -> bytes:
    """The head for the browser, which then uses this connection for nothing else."""
    line, *fields = head.removesuffix(_END).split(b"\r\n")
    kept = [one for one in fields if _name(one) not in _OF_ONE_HOP]
    return b"\r\n".join((line, *kept, b"Connection: close")) + _END


def _name(field: bytes) -> bytes:
    return field.partition(b":")[0].strip().lower()
