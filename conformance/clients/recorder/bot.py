"""The recorder's bot: its own page in a room, and the file that it records."""

from __future__ import annotations

import asyncio
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from playwright.async_api import Browser, ViewportSize, WebSocketRoute
from playwright.async_api import Error as PlaywrightError

from conformance.clients.base import ClientDriver, Entry, NotSupported
from conformance.clients.browser import BrowserCrashed, OpenPage, open_page
from conformance.clients.recorder import capture
from conformance.clients.recorder.broadcast import Broadcast, BroadcastFailed
from conformance.observers.marks import Box
from conformance.observers.media.recorded import distinct
from conformance.observers.notifier import Notifier
from conformance.observers.page import transport
from conformance.observers.page.transport import Transport

GETS_IN: Final = 30.0
"""Seconds for each step of joining, as in the product (plugNmeet-recorder v2.4.0,
pkg/recorder/chrome.go)."""
VIEWPORT: Final = ViewportSize(width=1280, height=720)
MOST_BYTES: Final = 256 * 1024 * 1024
"""Bytes of one recording; at 2.5 Mbit/s this lasts for 14 minutes."""

_WHOLE_PICTURES: Final = """
video { object-fit: contain !important; z-index: 2147483647 !important; }
"""
"""Names cover parts of the pictures. A mark is only readable if all of it is visible."""


class BotFailed(Exception):
    """The bot did not join, or could not record; the message says why."""


class Take(Notifier):
    """One recording in progress. `file` is WebM; `broadcast` receives the same data.

    `places`: the positions of the page's videos, as fractions of its width and height. `looks`:
    for each piece (half a second), the number of incoming video tracks with packets, and the number
    with a picture. `transport`: the last of these readings in full. `problem`: the first failure.
    """

    def __init__(self, file: Path, broadcast: Broadcast | None = None) -> None:
        super().__init__()
        self.file, self.broadcast = file, broadcast
        self.bytes = 0
        self.looks: list[tuple[int, int]] = []
        self.transport: Transport | None = None
        self.places: Sequence[Box] = ()
        self.problem: str | None = None

    async def keep(self, piece: bytes, places: Sequence[Box], seen: Transport | None) -> None:
        """Store one piece."""
        self.bytes += len(piece)
        if self.bytes > MOST_BYTES:
            self.problem = self.problem or "the recording became too long; the rest is missing"
            return
        self.places = distinct([*self.places, *places])
        try:
            await asyncio.to_thread(self._write, piece)
        except OSError as error:
            self.problem = self.problem or f"the file could not be written: {error.strerror}"
        if self.broadcast is not None:
            try:
                await self.broadcast.push(piece)
            except BroadcastFailed as failure:
                self.problem = self.problem or str(failure)
                self.broadcast = None
        if seen is not None:
            self.transport = seen
            videos = [track for track in seen.inbound() if track.kind == "video"]
            fed = sum(track.packets > 0 for track in videos)
            self.looks.append((fed, sum(track.decoded > 0 for track in videos)))
        self.notify()

    def _write(self, piece: bytes) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("ab") as opened:
            opened.write(piece)

    def seconds_fed(self, senders: int) -> float:
        """Seconds for which packets of at least `senders` videos have been arriving."""
        return capture.PIECE_S * sum(fed >= senders for fed, _ in self.looks)

    def seconds_shown(self, senders: int) -> float:
        """Seconds for which at least `senders` videos have been showing pictures."""
        return capture.PIECE_S * sum(shown >= senders for _, shown in self.looks)


@dataclass
class Bot:
    """A recorder's page that joined as a listener. `replaced_secrets`: how many were replaced."""

    opened: OpenPage
    driver: ClientDriver
    replaced_secrets: int = 0
    take: Take | None = None

    @classmethod
    async def enter(
        cls,
        browser: Browser,
        driver: ClientDriver,
        url: str,
        *,
        name: str = "recorder",
        keyless: bool = False,
        withhold: str | None = None,
        ignore_https_errors: bool = False,
    ) -> Self:
        """Open `url`, as the product's recorder does, and join as a listener.

        A recorder has no secret to type. If the page asks for one, the bot fails; with `keyless`
        it continues without a secret, or with a wrong one. `withhold`: a secret that the server
        sends; the bot replaces it with another of the same length on its way to the page.

        Raises:
            BotFailed: it did not join. Its page is closed.
        """
        try:
            opened = await open_page(
                browser, name, viewport=VIEWPORT, ignore_https_errors=ignore_https_errors
            )
        except (PlaywrightError, BrowserCrashed) as error:
            raise BotFailed(f"the recorder's page did not open: {_first_line(error)}") from error
        bot = cls(opened, driver)
        try:
            for script in (transport.init_script(), *driver.init_scripts()):
                await opened.context.add_init_script(script)
            if withhold:
                await bot._withhold(withhold)
            await bot._enter(url, keyless=keyless)
        except BaseException as error:
            await asyncio.shield(opened.close())
            if isinstance(error, PlaywrightError | AssertionError | NotSupported):
                raise BotFailed(f"the recorder did not join: {_first_line(error)}") from error
            raise
        return bot

    async def _enter(self, url: str, *, keyless: bool) -> None:
        page = self.opened.page
        await page.goto(url, wait_until="commit")
        entered = await self.driver.entry(page, GETS_IN)
        if entered.entry is Entry.ERROR:
            raise BotFailed(f"the recorder's page shows an error: {entered.text[:200]}")
        if entered.entry is Entry.PROMPT:
            if not keyless:
                raise BotFailed("the recorder is asked for a secret, but has none")
            try:
                await self.driver.give_secret(page, None)
            except NotSupported:
                await self.driver.give_secret(page, f"wrong-{secrets.token_hex(12)}")
        await self.driver.listen_only(page, GETS_IN)
        await page.add_style_tag(content=_WHOLE_PICTURES)

    async def _withhold(self, secret: str) -> None:
        """Replace the server's secret in every WebSocket frame to the page."""
        alphabet = string.ascii_letters + string.digits
        other = "".join(secrets.choice(alphabet) for _ in secret)

        def route(socket: WebSocketRoute) -> None:
            server = socket.connect_to_server()

            def pass_on(frame: str | bytes) -> None:
                if isinstance(frame, bytes):
                    self.replaced_secrets += frame.count(secret.encode())
                    socket.send(frame.replace(secret.encode(), other.encode()))
                else:
                    self.replaced_secrets += frame.count(secret)
                    socket.send(frame.replace(secret, other))

            server.on_message(pass_on)

        await self.opened.page.route_web_socket(lambda _url: True, route)

    async def record(self, take: Take) -> None:
        """Start to record into `take`.

        Raises:
            BotFailed: the browser does not record.
        """
        page = self.opened.page
        self.take = take

        async def keep(piece: bytes, places: Sequence[Box]) -> None:
            seen: Transport | None = None
            try:
                seen = await transport.look(page)
            except PlaywrightError as error:
                take.problem = take.problem or f"the page is gone: {_first_line(error)}"
            await take.keep(piece, places, seen)

        try:
            await capture.start(page, keep)
        except (capture.CaptureFailed, PlaywrightError) as error:
            raise BotFailed(_first_line(error)) from error

    async def ended(self) -> str | None:
        """The page's text if the room is over or the page is gone, else None."""
        try:
            self.opened.check()
            return await self.driver.ended(self.opened.page)
        except (PlaywrightError, BrowserCrashed) as error:
            return _first_line(error)

    async def close(self) -> None:
        """Stop the recording, complete file and broadcast, and leave."""
        take = self.take
        try:
            if take is not None:
                try:
                    await capture.stop(self.opened.page)
                except (PlaywrightError, TimeoutError) as error:
                    take.problem = take.problem or f"the end is missing: {_first_line(error)}"
        finally:
            await self.opened.close()
            if take is not None and take.broadcast is not None:
                await take.broadcast.end()


def _first_line(error: Any) -> str:
    return str(error).partition("\n")[0][:300] or type(error).__name__
