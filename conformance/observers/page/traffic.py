"""The traffic of a participant's page with its servers: HTTP, WebSocket frames, NATS, events.

The source is the browser's own network log (Playwright). So the page cannot detect the observer,
and no client needs to help. The log includes dedicated workers' requests and WebSockets. It does
not include media, or bodies that are Blobs, forms with files or streams (see outgoing.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

from google.protobuf.message import DecodeError
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Request, WebSocket

from conformance.observers.nats_stream import NatsStream, Operation
from conformance.observers.notifier import Notifier
from conformance.wire import plugnmeet_pb2 as pb

Direction = Literal["sent", "received"]

LONGEST_BODY: Final = 1024 * 1024
"""The limit of one body or frame in bytes; a longer one is truncated and marked as `cut`."""
MOST_KEPT: Final = 64 * 1024 * 1024
"""The limit of all data in bytes; `left_out` counts later entries, which are not kept."""

MOST_OPERATIONS: Final = 200_000
"""The limit of NATS operations per page; the smallest has 6 bytes on the wire and some 500 here."""

_STATIC: Final = frozenset({"script", "stylesheet", "image", "font", "media", "manifest"})
"""The client's own files: only their addresses are kept, not their contents."""

_BODY_SECONDS: Final = 10.0


@dataclass(frozen=True)
class HttpExchange:
    """A request and its response. `status` is None without one; times are monotonic seconds."""

    method: str
    url: str
    status: int | None
    request_headers: dict[str, str]
    request_body: bytes
    response_body: bytes
    at: float
    cut: bool = False
    response_headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WebSocketFrame:
    """One frame as sent on the wire, text as UTF-8."""

    url: str
    direction: Direction
    data: bytes
    at: float
    cut: bool = False


@dataclass(frozen=True)
class NatsMessage:
    """A PUB/HPUB from the page (`sent`) or an MSG/HMSG to it (`received`)."""

    direction: Direction
    subject: str
    reply: str
    headers: dict[str, list[str]]
    payload: bytes
    at: float


@dataclass(frozen=True)
class Event:
    """A Plug-N-Meet system event, in either direction (plugnmeet-protocol v1.5.0).

    `name` is the enum's name, or its number in digits if this suite does not know it.
    """

    name: str
    id: str
    msg: str
    bin: bytes
    subject: str
    at: float

    def json(self) -> dict[str, Any]:
        """`msg` as a JSON object; empty if it is not one."""
        try:
            value = json.loads(self.msg)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


@dataclass
class _Connection:
    url: str
    streams: dict[Direction, NatsStream] = field(
        default_factory=lambda: {"sent": NatsStream(), "received": NatsStream()}
    )
    is_nats: bool | None = None


class TrafficLog(Notifier):
    """All traffic since `attach`, oldest first.

    `http` is ordered by the end of each exchange. `problems` says where NATS traffic could not be
    parsed; its raw frames are still kept.
    """

    def __init__(self) -> None:
        super().__init__()
        self.http: list[HttpExchange] = []
        self.websocket_frames: list[WebSocketFrame] = []
        self.nats: list[NatsMessage] = []
        self.nats_operations: list[tuple[Direction, Operation]] = []
        self.problems: list[str] = []
        self.left_out = 0
        self._kept = self._payloads = 0
        self._events: dict[Direction, list[Event]] = {"sent": [], "received": []}
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def attach(cls, page: Page) -> Self:
        """Start to listen; call it before the page navigates."""
        log = cls()
        started: dict[Request, float] = {}

        def began(request: Request) -> None:
            started[request] = time.monotonic()

        def ended(request: Request) -> None:
            log._soon(log._exchange(request, started.pop(request, time.monotonic())))

        page.on("request", began)
        page.on("requestfinished", ended)
        page.on("requestfailed", ended)
        page.on("websocket", log._websocket)
        return log

    def _websocket(self, socket: WebSocket) -> None:
        connection = _Connection(socket.url)

        def sent(data: str | bytes) -> None:
            self._frame(connection, "sent", data)

        def received(data: str | bytes) -> None:
            self._frame(connection, "received", data)

        socket.on("framesent", sent)
        socket.on("framereceived", received)

    def _frame(self, connection: _Connection, direction: Direction, data: str | bytes) -> None:
        raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        at = time.monotonic()
        kept, cut = self._keep(raw)
        if kept is not None:
            self.websocket_frames.append(WebSocketFrame(connection.url, direction, kept, at, cut))
        self.take_frame(connection, direction, raw, at)
        self.notify()

    def take_frame(
        self, connection: _Connection, direction: Direction, raw: bytes, at: float
    ) -> None:
        """Parse the NATS operations in one frame, if its connection speaks NATS."""
        if connection.is_nats is None and raw:
            # A NATS server starts with INFO; a client that is faster starts with CONNECT.
            connection.is_nats = raw[:5].upper() == b"INFO " or raw[:8].upper() == b"CONNECT "
        if not connection.is_nats:
            return
        stream = connection.streams[direction]
        if stream.broken is not None:
            return
        for operation in stream.feed(raw):
            self._payloads += len(operation.payload)
            if len(self.nats_operations) >= MOST_OPERATIONS or self._payloads > MOST_KEPT:
                self.left_out += 1
                stream.broken = "the traffic exceeds the limit"
                break
            self.nats_operations.append((direction, operation))
            if operation.verb in ("PUB", "HPUB", "MSG", "HMSG"):
                self._message(direction, operation, at)
        if stream.broken is not None:
            self.problems.append(f"NATS {direction} over {connection.url}: {stream.broken}")

    def _message(self, direction: Direction, operation: Operation, at: float) -> None:
        message = NatsMessage(
            direction,
            operation.subject,
            operation.reply,
            operation.headers,
            operation.payload,
            at,
        )
        self.nats.append(message)
        if (event := _event(message)) is not None:
            self._events[direction].append(event)

    def server_events(self) -> list[Event]:
        """The system events that the page received (NatsMsgServerToClient), oldest first."""
        return list(self._events["received"])

    def client_events(self) -> list[Event]:
        """The system events that the page sent (NatsMsgClientToServer), oldest first."""
        return list(self._events["sent"])

    async def _exchange(self, request: Request, at: float) -> None:
        status: int | None = None
        body = b""
        headers: dict[str, str] = {}
        with contextlib.suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(_BODY_SECONDS):
                response = await request.response()
                if response is not None:
                    status, headers = response.status, dict(response.headers)
                    if request.resource_type not in _STATIC:
                        body = await response.body()
        sent, sent_cut = self._keep(_posted(request))
        got, got_cut = self._keep(body)
        self.http.append(
            HttpExchange(
                request.method,
                request.url,
                status,
                dict(request.headers),
                sent or b"",
                got or b"",
                at,
                cut=sent_cut or got_cut or sent is None or got is None,
                response_headers=headers,
            )
        )
        self.notify()

    def _keep(self, data: bytes) -> tuple[bytes | None, bool]:
        """The kept part of `data` (None if the log is full), and whether it was truncated."""
        kept = data[:LONGEST_BODY]
        if self._kept + len(kept) > MOST_KEPT:
            self.left_out += 1
            return None, True
        self._kept += len(kept)
        return kept, len(kept) < len(data)

    def _soon(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _posted(request: Request) -> bytes:
    try:
        return request.post_data_buffer or b""
    except (PlaywrightError, ValueError):
        return b""


def _event(message: NatsMessage) -> Event | None:
    """The system event in a NATS message; None for other subjects and other messages."""
    kind: type[pb.NatsMsgServerToClient | pb.NatsMsgClientToServer]
    if message.direction == "received":
        prefixes, kind = ("sysPublic.", "sysPrivate."), pb.NatsMsgServerToClient
        names: Any = pb.NatsMsgServerToClientEvents
    else:
        prefixes, kind = ("sysJsWorker.", "sysCoreWorker."), pb.NatsMsgClientToServer
        names = pb.NatsMsgClientToServerEvents
    if not message.subject.startswith(prefixes):
        return None
    try:
        decoded = kind.FromString(message.payload)
    except DecodeError:
        return None
    known = names.values()
    name = names.Name(decoded.event) if decoded.event in known else str(decoded.event)
    return Event(name, decoded.id, decoded.msg, decoded.bin_msg, message.subject, message.at)
