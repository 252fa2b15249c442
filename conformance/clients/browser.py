"""The participants' browser: one Chromium per worker, one context per participant."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from playwright.async_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    Page,
    Playwright,
    ProxySettings,
    ViewportSize,
    async_playwright,
)
from playwright.async_api import Error as PlaywrightError

from conformance.observers.door import Door
from conformance.stacks.programs.known import BROWSER, WHOLE_BROWSER
from conformance.stacks.programs.tools import find
from conformance.verdicts import BenchError

VIEWPORT: Final = ViewportSize(width=1280, height=800)
"""Pixels. With adaptive streaming, this size keeps every tile on screen and playing."""

_LAUNCH_SECONDS: Final = 60.0
_KEPT_LINES: Final = 500
_LONGEST_LINE: Final = 2_000

FLAGS: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # One machine runs everyone: media over loopback, with addresses instead of mDNS names.
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--autoplay-policy=no-user-gesture-required",
    # Fake devices, so that enumerateDevices returns some.
    "--use-fake-device-for-media-stream",
    # Never treat a participant's page as a background page.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)
"""Chromium switches in addition to Playwright's."""

FOR_PEOPLE: Final = (
    # Allow devices without a dialog.
    "--use-fake-ui-for-media-stream",
    "--mute-audio",
)
FOR_CAPTURE: Final = ("--auto-accept-this-tab-capture",)
"""Switches for a browser that records its own tabs. With the participants' switches it would
record the fake screen, and silence."""


class BrowserNotStarted(BenchError):
    """The browser could not be started."""


class BrowserCrashed(BenchError):
    """A participant's page or the whole browser crashed during use."""


@dataclass(frozen=True)
class Said:
    """A line of the page's console, or an uncaught error of the page."""

    kind: str
    """`log`, `warning`, `error`, …, or `uncaught`."""
    text: str


@dataclass
class OpenPage:
    """One participant's context and page. `console` keeps the last 500 lines."""

    name: str
    context: BrowserContext
    page: Page
    console: deque[Said] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))
    crashed: str | None = None
    on_crash: Callable[[str], object] | None = None
    door: Door | None = None
    """The proxy of the context; None where the context needs none."""

    def check(self) -> None:
        """Require that the page is alive.

        Raises:
            BrowserCrashed: the page or its browser is gone.
        """
        browser = self.context.browser
        if self.crashed is None and browser is not None and not browser.is_connected():
            self.crashed = "the browser process ended"
        if self.crashed is not None:
            raise BrowserCrashed(
                f"{self.name}'s page is gone: {self.crashed}; "
                "check the free memory (each participant needs about 150 MiB) and run again"
            )

    async def close(self) -> None:
        """Close the context and its door. Ignores a context that is closed already."""
        try:
            await self.context.close()
        except PlaywrightError:
            self.crashed = self.crashed or "closed"
        finally:
            if self.door is not None:
                await self.door.close()


@asynccontextmanager
async def driving() -> AsyncIterator[Playwright]:
    """Playwright, with its driver in a session of its own.

    Otherwise the SIGTERM of a cancelled job would kill the driver too, and the profiles of its
    browsers would remain. In its own session, the driver ends when its stdin closes, and cleans up.
    Playwright has no option for that, so this function wraps the event loop's subprocess_exec.
    """
    loop = asyncio.get_running_loop()
    spawn = loop.subprocess_exec
    loop.subprocess_exec = partial(spawn, start_new_session=True)  # type: ignore[method-assign]
    try:
        playwright = await async_playwright().start()
    finally:
        loop.subprocess_exec = spawn  # type: ignore[method-assign]
    try:
        yield playwright
    finally:
        await playwright.stop()


async def launch(playwright: Playwright, executable: str | Path | None = None) -> Browser:
    """Start a headless Chromium: `executable`, or the one that set-up finds.

    Raises:
        ToolMissing: there is no browser on this machine; the message says how to install one.
        BrowserNotStarted: the browser did not start; the message is the relevant line.
    """
    tool = await asyncio.to_thread(find, BROWSER, str(executable) if executable else None)
    return await _launch(playwright.chromium, tool.path, [*FLAGS, *FOR_PEOPLE])


async def launch_capturing(kind: BrowserType, executable: str | Path | None = None) -> Browser:
    """Start a second headless Chromium that can record the picture and sound of its tabs.

    `kind`: the first browser's `browser_type`. An `executable` without tabs is not used. Raises
    the same errors as `launch`.
    """
    named = str(executable) if executable and "headless" not in Path(executable).name else None
    tool = await asyncio.to_thread(find, WHOLE_BROWSER, named)
    return await _launch(kind, tool.path, [*FLAGS, *FOR_CAPTURE], muted=False)


async def _launch(
    kind: BrowserType, path: Path, flags: list[str], *, muted: bool = True
) -> Browser:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--no-sandbox")  # Chromium's sandbox does not work as root
    try:
        return await kind.launch(
            executable_path=path,
            headless=True,
            args=flags,
            ignore_default_args=None if muted else ["--mute-audio"],
            timeout=_LAUNCH_SECONDS * 1000,
            # The harness closes its browsers itself and in its own order, also on Ctrl-C.
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )
    except PlaywrightError as error:
        raise BrowserNotStarted(f"the browser {path} did not start: {_gist(str(error))}") from error


async def open_page(
    browser: Browser,
    name: str,
    *,
    viewport: ViewportSize = VIEWPORT,
    ignore_https_errors: bool = False,
    with_door: bool = False,
) -> OpenPage:
    """Open an empty page in its own context, with camera and microphone allowed.

    `with_door`: the context reaches HTTP(S) and WebSockets only through a `Door` of its own, also
    on this machine.

    Raises:
        BrowserCrashed: the browser is gone.
        BenchError: no port is free for the door.
    """
    door = await Door.open() if with_door else None
    try:
        return await _open_page(browser, name, viewport, ignore_https_errors, door)
    except BaseException:
        if door is not None:
            await door.close()
        raise


async def _open_page(
    browser: Browser,
    name: str,
    viewport: ViewportSize,
    ignore_https_errors: bool,
    door: Door | None,
) -> OpenPage:
    try:
        context = await browser.new_context(
            viewport=viewport,
            locale="en-US",
            permissions=["camera", "microphone"],
            ignore_https_errors=ignore_https_errors,
            # Playwright removes Chromium's exception for this machine's own addresses.
            proxy=ProxySettings(server=door.url) if door else None,
        )
        page = await context.new_page()
    except PlaywrightError as error:
        if browser.is_connected():
            raise
        raise BrowserCrashed(f"no page for {name}: the browser process ended") from error
    opened = OpenPage(name, context, page, door=door)

    def line(message: ConsoleMessage) -> None:
        opened.console.append(Said(message.type, message.text[:_LONGEST_LINE]))

    def uncaught(error: PlaywrightError) -> None:
        opened.console.append(Said("uncaught", str(error)[:_LONGEST_LINE]))

    def crashed(_page: Page) -> None:
        opened.crashed = opened.crashed or "the page crashed"
        if opened.on_crash is not None:
            opened.on_crash(f"{name}'s page crashed")

    page.on("console", line)
    page.on("pageerror", uncaught)
    page.on("crash", crashed)
    return opened


def _gist(message: str) -> str:
    """The line of Playwright's launch error that contains the reason."""
    lines = [line.strip(" -╔║╚═╝╗\t") for line in message.splitlines()]
    telling = [
        line
        for line in lines
        if any(sign in line for sign in ("[err]", "ENOENT", "EACCES", "exitCode", "missing"))
    ]
    chosen = (telling or [line for line in lines if line] or ["no reason given"])[0]
    return chosen.removeprefix("BrowserType.launch: ")[:300]
