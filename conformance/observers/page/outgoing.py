"""Everything that leaves a browser, from all pages of one context, complete and in order.

Requests, WebSocket frames and addresses come from the browser's own network log (Playwright). In
Chromium this log includes requests of service workers, and requests and WebSockets of dedicated
workers. A script in each page and its workers (outgoing.js, exits/) reports what the log lacks:
bodies that are Blobs, forms or streams, shared workers, WebTransport, data channels, settings of
peer connections, prepared connections, messages between windows, BroadcastChannel, the history,
clipboard, notifications, bridges to native apps, and requests during unload.

What only the door of the browser saw (conformance.observers.door) is added.

Not covered: media (the SFU tap covers it) and MessagePorts. Messages to a page's own worker do not
leave the browser.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final, Self

from playwright.async_api import BrowserContext, ConsoleMessage, Frame, Page, Request, WebSocket
from playwright.async_api import Error as PlaywrightError

from conformance.observers.door import Door
from conformance.observers.leaks import Place
from conformance.observers.nats_stream import NatsStream
from conformance.observers.notifier import Notifier
from conformance.observers.page.exits.account import Account, Watched
from conformance.observers.page.exits.contacts import Contact, contact_of, ice_contacts
from conformance.observers.page.exits.livekit_packets import LABELS, clear_data

LONGEST: Final = 16 * 1024 * 1024
"""The limit of one body, frame or stream, in bytes."""
MOST_KEPT: Final = 128 * 1024 * 1024
"""The limit of all data together, in bytes."""
MOST_PAYLOADS: Final = 200_000
"""The limit of NATS payloads per connection. A small one needs twenty times its wire size."""
MOST_CONTACTS: Final = 20_000
AHEAD_SECONDS: Final = 600.0
"""How far the timers of a page are run ahead: a meeting's worth of what a program puts off."""
MOST_TIMERS: Final = 600
_AHEAD_SECONDS: Final = 30.0
"""How long that may take. A page with forty timers of a second needs 2 s."""
_HEADERS_SECONDS: Final = 10.0
_WITH_BODY: Final = ("POST", "PUT", "PATCH")
_CONNECTING: Final = frozenset({
    "WebTransport", "link", "WebSocket address", "EventSource address", "WebSocketStream",
    "HTTP address",
})  # fmt: skip
"""Reports of a page that name an address to which the browser connects."""
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

    `contacts` are the hosts that the browser connected to. `console` is kept, too. It stays in the
    browser; a secret in it leads to a note.
    """

    def __init__(self) -> None:
        super().__init__()
        self.unread: list[str] = []
        self.console: list[str] = []
        self.contacts: list[Contact] = []
        self.pages: list[Page] = []
        self._items: list[tuple[Place, bytes]] = []
        self._sockets: list[_Socket] = []
        self._reported_bodies: dict[str, int] = {}
        self._bodiless: list[str] = []
        self._kept = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.door: Door | None = None

    @classmethod
    async def attach(cls, context: BrowserContext, door: Door | None = None) -> Self:
        """Start to listen; call it before the pages of `context` navigate.

        `door`: the proxy of `context`.
        """
        log = cls()
        log.door = door

        def item(_source: Any, report: Any) -> None:
            log._on_report(report)

        await context.expose_binding("__pnmOutgoingItem", item)
        await context.add_init_script(_script())
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

    async def run_ahead(self) -> int:
        """Run the timers of open pages and their workers now; return how many of the pages ran.

        Whatever a page would send in the next `AHEAD_SECONDS`, it sends at once. Its clock goes
        forward by the same time.
        """
        ran = 0
        for page in list(self.pages):
            try:
                async with asyncio.timeout(_AHEAD_SECONDS):
                    ran += await page.evaluate(
                        "([horizon, most]) => window.__pnmOutgoing?.runAhead(horizon, most) ?? 0",
                        [AHEAD_SECONDS * 1000, MOST_TIMERS],
                    )
            except TimeoutError:
                self._say("the timers of a page did not come to an end")
            except PlaywrightError:  # a timer has led to another page
                continue
        return ran

    def items(self) -> Iterator[tuple[Place, bytes]]:
        """Each item that left, and each connection's sent frames as one item.

        LiveKit's data packets come once more without their framing, the chunks of a stream joined.
        """
        yield from list(self._items)
        yield from self.account().items()
        for label in LABELS:
            sent = [d for place, d in self._items if place == Place("data channel", label)]
            for clear in clear_data(sent):
                yield Place("LiveKit data", clear.kind), clear.data
        for socket in list(self._sockets):
            if socket.frames:
                kind = "NATS connection" if socket.is_nats else "WebSocket"
                yield Place(kind, socket.url.partition("?")[0]), b"".join(socket.frames)
            for subject, payloads in socket.payloads.items():
                yield Place("NATS payload", subject), b"".join(payloads)

    def messages(self) -> Iterator[tuple[Place, bytes]]:
        """Each item, frame and NATS payload by itself, to judge its form."""
        yield from list(self._items)
        yield from self.account().items()
        for socket in list(self._sockets):
            for subject, payloads in socket.payloads.items():
                for payload in payloads:
                    yield Place("NATS payload", subject), payload
            if not socket.is_nats:
                for frame in socket.frames:
                    yield Place("WebSocket", socket.url.partition("?")[0]), frame

    def account(self) -> Account:
        """What the door carried, compared with what was seen until now."""
        connections, unread = (self.door.connections, self.door.unread) if self.door else ([], [])
        watched = Watched.of(self.contacts, self._items)
        return Account(list(connections), watched, list(unread))

    def incomplete(self) -> list[str]:
        """Descriptions of data that left and could not be read completely."""
        account = self.account()
        found = [*self.unread, *account.incomplete()]
        missing = dict(self._reported_bodies)
        for name in self._bodiless:
            if missing.get(name, 0) > 0:
                missing[name] -= 1
            elif not account.has_body(name):
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
        kind = request.resource_type
        self._contact(request.url, request.method, resource=kind, method=request.method)
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
        self._contact(socket.url, "WebSocket")
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
        self._contacts_in(kind, data.decode("utf-8", "replace"))
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

    def _contacts_in(self, kind: str, text: str) -> None:
        if kind == "peer connection":
            for contact in ice_contacts(text, time.monotonic()):
                self._add(contact)
        elif kind in _CONNECTING:
            self._contact(text.partition("\n")[0], kind)

    def _contact(self, url: str, what: str, *, resource: str = "", method: str = "") -> None:
        self._add(contact_of(url, what, time.monotonic(), resource=resource, method=method))

    def _add(self, contact: Contact | None) -> None:
        if contact is None:
            return
        if len(self.contacts) < MOST_CONTACTS:
            self.contacts.append(contact)
        else:
            self._say(f"more than {MOST_CONTACTS} contacts")

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


def _script() -> str:
    parts = ["recorder", "network", "page", "timers"]
    files = [f"exits/{part}.js" for part in parts] + ["worker_head.js"]
    package = resources.files(__package__)
    arguments = [package.joinpath(file).read_text("utf-8") for file in files]
    return (
        f"({package.joinpath('outgoing.js').read_text('utf-8')})"
        f"({','.join(f'({argument})' for argument in arguments)});"
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
