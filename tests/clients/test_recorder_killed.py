"""No process of the recorder survives a run that is killed during a broadcast."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import psutil
import pytest

from conformance.stacks.errors import StackError
from conformance.stacks.programs.known import BROWSER, FFMPEG
from conformance.stacks.programs.tools import find

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
GONE_WITHIN_S = 15.0
RUN = """
import asyncio, pathlib, sys
from playwright.async_api import async_playwright
from conformance.clients.browser import launch_capturing, open_page
from conformance.clients.recorder import Bot, Take
from conformance.clients.recorder.broadcast import Broadcast
from conformance.clients.reference import ReferenceDriver
from conformance.observers.page import transport
from conformance.stacks.services.rtmp import RtmpTarget
async def main():
    here = pathlib.Path(sys.argv[1])
    async with async_playwright() as playwright, RtmpTarget(here / "a.flv", here) as target:
        browser = await launch_capturing(playwright.chromium)
        opened = await open_page(browser, "recorder")
        await opened.context.add_init_script(transport.init_script())
        await opened.page.route(
            "http://localhost/**", lambda r: r.fulfill(body="<p>", content_type="text/html")
        )
        await opened.page.goto("http://localhost/")
        take = Take(here / "a.webm", await Broadcast.start(target.url))
        await Bot(opened, ReferenceDriver()).record(take)
        await take.wait_for(lambda: len(take.looks) >= 2, 60)
        print("recording", flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


def test_browser_broadcast_and_target_are_gone(tmp_path: Path) -> None:
    try:
        find(BROWSER), find(FFMPEG)
    except StackError as missing:
        pytest.skip(str(missing))
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "recording\n"
    started = psutil.Process(run.pid).children(recursive=True)
    names = {process.name() for process in started}
    assert any("ffmpeg" in name for name in names), names
    assert any("chrom" in name for name in names), names
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert living(started) == []


def living(processes: Iterable[psutil.Process]) -> list[str]:
    """The processes that still run after a while, by name; a zombie counts as ended."""
    deadline = time.monotonic() + GONE_WITHIN_S
    while True:
        left = []
        for process in processes:
            try:
                if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                    left.append(process)
            except psutil.NoSuchProcess:
                continue
        if not left or time.monotonic() > deadline:
            return [process.name() for process in left]
        psutil.wait_procs(left, timeout=0.1)
