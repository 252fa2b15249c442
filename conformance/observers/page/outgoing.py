"""Everything that leaves a browser, from all pages of one context, complete and in order.

Requests, WebSocket frames and addresses come from the browser's own network log (Playwright). In
Chromium this log includes requests and WebSockets of dedicated workers. A script in each page
(outgoing.js) reports what the log lacks: bodies that are Blobs, forms or streams, messages between
windows, BroadcastChannel, data channels, the history, bridges to native apps, and requests during
unload.

Not covered: media (the SFU tap covers it), MessagePorts, BroadcastChannels of workers, and Blob
bodies of a worker's requests, which count as unread. Messages to a page's own worker do not leave
the browser.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final, Self

from playwright.async_api import BrowserContext, ConsoleMessage, Frame, Page, Request, WebSocket
from playwright.async_api import Error as PlaywrightError

from conformance.observers.leaks import Place
from conformance.observers.nats_stream import NatsStream
from conformance.observers.notifier import Notifier

LONGEST: Final = 16 * 1024 * 1024
"""The limit of one body, frame or stream, in bytes."""
MOST_KEPT: Final = 128 * 1024 * 1024
"""The limit of all data together, in bytes."""
MOST_PAYLOADS: Final = 200_000
"""The limit of NATS payloads per connection. A small one needs twenty times its wire size."""
_HEADERS_SECONDS: Final = 10.0
_WITH_BODY: Final = ("POST", "PUT", "PATCH")
_FINGERPRINT: Final = re.compile(r"a=fingerprint:\S+ (\S{20,})")


@dataclass
class _Socket:
    """The frames that a page sent over one WebSocket, and their NATS payloads by subject."""

    url: str
    frames: list[bytes] = field(default_factory=list)
    payloads: dict[str, list[bytes]] = field(default_factory=dict)
    nats: NatsStream = field(default_factory=NatsStream)
    count: int = 0
    is_nats: bool | None = None


class Outgoing(Notifier):
    """All data that left since `attach`. `unread` says what left and could not be read.

    `console` is kept, too. It stays in the browser; a secret in it leads to a note.
    """

    def __init__(self) -> None:
        super().__init__()
        self.unread: list[str] = []
        self.console: list[str] = []
        self.pages: list[Page] = []
        self._items: list[tuple[Place, bytes]] = []
        self._sockets: list[_Socket] = []
        self._reported_bodies: dict[str, int] = {}
        self._bodiless: list[str] = []
        self._kept = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def attach(cls, context: BrowserContext) -> Self:
        """Start to listen; call it before the pages of `context` navigate."""
        log = cls()

        def item(_source: Any, report: Any) -> None:
            log._on_report(report)

        await context.expose_binding("__pnmOutgoingItem", item)
        await context.add_init_script(
            resources.files(__package__).joinpath("outgoing.js").read_text("utf-8")
        )
        context.on("request", log._request)
        context.on("console", log._console)
        context.on("page", log._page)
        for page in context.pages:
            log._page(page)
        return log

    async def look(self) -> None:
        """Fetch the data that open pages still hold, and wait for running reads."""
        for page in list(self.pages):
            if page.is_closed():
                continue
            for frame in page.frames:
                with contextlib.suppress(PlaywrightError, TimeoutError):
                    async with asyncio.timeout(_HEADERS_SECONDS):
                        seen = await frame.evaluate("() => window.__pnmOutgoing?.look()")
                        self._looked(seen)
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=_HEADERS_SECONDS)

    def items(self) -> Iterator[tuple[Place, bytes]]:
        """Each item that left, and each connection's sent frames as one item."""
        yield from list(self._items)
        for socket in list(self._sockets):
            if socket.frames:
                kind = "NATS connection" if socket.is_nats else "WebSocket"
                yield Place(kind, socket.url.partition("?")[0]), b"".join(socket.frames)
            for subject, payloads in socket.payloads.items():
                yield Place("NATS payload", subject), b"".join(payloads)

    def incomplete(self) -> list[str]:
        """Descriptions of data that left and could not be read completely."""
        found = list(self.unread)
        missing = dict(self._reported_bodies)
        for name in self._bodiless:
            if missing.get(name, 0) > 0:
                missing[name] -= 1
            else:
                found.append(f"the body of {name} is missing from the network log")
        return found

    def fingerprints(self) -> list[str]:
        """The DTLS fingerprints of the pages' own session descriptions (RFC 8122).

        Every client must send them to the SFU, so the signalling must contain them.
        """
        found: dict[str, None] = {}
        for place, data in self._items:
            if place.kind == "SDP":
                found.update(dict.fromkeys(_FINGERPRINT.findall(data.decode("utf-8", "replace"))))
        return list(found)

    # -- from the network log ------------------------------------------------------------------

    def _page(self, page: Page) -> None:
        if page in self.pages:
            return
        self.pages.append(page)
        page.on("websocket", self._websocket)
        page.on("framenavigated", self._navigated)

    def _navigated(self, frame: Frame) -> None:
        self._keep(Place("page address", "navigation"), frame.url.encode("utf-8", "replace"))

    def _request(self, request: Request) -> None:
        name = f"{request.method} {request.url.partition('?')[0][:300]}"
        self._keep(Place("HTTP address", name), request.url.encode("utf-8", "replace"))
        try:
            body = request.post_data_buffer
        except (PlaywrightError, ValueError):
            body = None
        if body:
            kind = "beacon" if request.resource_type == "ping" else "HTTP body"
            self._keep(Place(kind, name), body)
        # At the start and not at the end: an unfinished request has left, too.
        self._soon_headers(request)

    def _soon_headers(self, request: Request) -> None:
        task = asyncio.ensure_future(self._headers(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _headers(self, request: Request) -> None:
        headers, whole = dict(request.headers), False
        with contextlib.suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(_HEADERS_SECONDS):
                # Includes what the network layer adds: cookies and the body's length.
                headers, whole = await request.all_headers(), True
        name = f"{request.method} {request.url.partition('?')[0][:300]}"
        text = "\r\n".join(f"{key}: {value}" for key, value in headers.items())
        self._keep(Place("HTTP header", name), text.encode("utf-8", "replace"))
        try:
            body = request.post_data_buffer
        except (PlaywrightError, ValueError):
            body = None
        length = headers.get("content-length", "0")
        has_body = (length.isdigit() and int(length) > 0) or "transfer-encoding" in headers
        if not body and (has_body or (not whole and request.method in _WITH_BODY)):
            self._bodiless.append(f"{request.method} {request.url}")
        self.notify()

    def _websocket(self, socket: WebSocket) -> None:
        kept = _Socket(socket.url)
        self._sockets.append(kept)
        place = Place("WebSocket address", socket.url.partition("?")[0])
        self._keep(place, socket.url.encode("utf-8", "replace"))

        def sent(data: str | bytes) -> None:
            raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
            if not self._room(len(raw), f"WebSocket {kept.url.partition('?')[0]}"):
                return
            kept.frames.append(raw)
            self._nats(kept, raw)

        def received(data: str | bytes) -> None:
            if kept.is_nats is None and data:
                raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
                kept.is_nats = raw[:5].upper() == b"INFO "

        socket.on("framesent", sent)
        socket.on("framereceived", received)

    def _nats(self, socket: _Socket, raw: bytes) -> None:
        if socket.is_nats is None and raw:
            socket.is_nats = raw[:8].upper() == b"CONNECT "
        if not socket.is_nats:
            return
        for operation in socket.nats.feed(raw):
            if not operation.payload:
                continue
            socket.count += 1
            if socket.count > MOST_PAYLOADS:
                self._say(f"more than {MOST_PAYLOADS} NATS payloads over one connection")
                return
            socket.payloads.setdefault(operation.subject, []).append(operation.payload)

    def _console(self, message: ConsoleMessage) -> None:
        if len(self.console) < 5000:
            self.console.append(message.text[:10_000])

    # -- from the pages ------------------------------------------------------------------------

    def _on_report(self, report: Any) -> None:
        """Add one item that a page reports. A page may also call this with any other value."""
        if not isinstance(report, dict):
            self._say("a page sent a report of unknown form")
            return
        try:
            data = base64.b64decode(str(report.get("data", "")))
        except ValueError:  # includes binascii.Error
            data = b""
        kind, name = str(report.get("kind", "?"))[:40], str(report.get("name", "?"))[:2000]
        self._keep(Place(kind, name.partition("?")[0][:300]), data)
        if kind in ("HTTP body", "beacon") and not report.get("cut"):
            self._reported_bodies[name] = self._reported_bodies.get(name, 0) + 1
        elif report.get("cut"):
            self._say(f"{kind} of {name[:200]} could not be read completely")
        self.notify()

    def _looked(self, seen: Any) -> None:
        """Add the data that a page's script still held; None if the page has no script."""
        if seen is None:
            return
        if not isinstance(seen, dict):
            self._say("a page holds data of unknown form")
            return
        for text in _list(seen.get("shown")):
            if isinstance(text, str):
                place = Place("page address", "what the page shows")
                self._keep(place, text.encode("utf-8", "replace"))
        for report in _list(seen.get("kept")):
            self._on_report(report)
        if unread := seen.get("unread"):
            self._say(f"{str(unread)[:20]} items that a page sent could not be read")

    # -- bounds --------------------------------------------------------------------------------

    def _keep(self, place: Place, data: bytes) -> None:
        if data and self._room(len(data), f"{place.kind} of {place.name}"):
            self._items.append((place, data))

    def _room(self, size: int, what: str) -> bool:
        if size > LONGEST or self._kept + size > MOST_KEPT:
            self._say(f"{what}: {size} bytes exceed the limit")
            return False
        self._kept += size
        return True

    def _say(self, why: str) -> None:
        if why not in self.unread and len(self.unread) < 100:
            self.unread.append(why)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
