"""Marks are read in a page that the browser really hides.

Playwright tells every page that it has the focus. This test therefore uses the DevTools protocol
directly: the window is minimised, and no switch keeps the timers of hidden pages running.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, ClientWebSocketResponse, web

from conformance.observers.marks import MarkObserver, init_script, mark_for
from conformance.stacks.errors import StackError
from conformance.stacks.programs.known import WHOLE_BROWSER
from conformance.stacks.programs.tools import find
from tests.observers.conftest import CALL

pytestmark = pytest.mark.browser


@dataclass
class DevTools:
    """One page over the DevTools protocol; what its binding is told goes to `marks`."""

    socket: ClientWebSocketResponse
    marks: MarkObserver
    loaded: asyncio.Event = field(default_factory=asyncio.Event)
    _answers: dict[int, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def listen(self) -> None:
        async for message in self.socket:
            data = json.loads(message.data)
            if data.get("method") == "Runtime.bindingCalled":
                self.marks.take(json.loads(data["params"]["payload"]))
            elif data.get("method") == "Page.loadEventFired":
                self.loaded.set()
            elif "id" in data:
                self._answers.pop(data["id"]).set_result(data)

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        answered = self._answers[number] = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(20):
            await self.socket.send_json({"id": number, "method": method, "params": params})
            answer = await answered
        assert "error" not in answer, answer
        return answer["result"]  # type: ignore[no-any-return]

    async def evaluate(self, expression: str) -> Any:
        result = await self.send(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")


@pytest_asyncio.fixture
async def address() -> AsyncIterator[str]:
    """The page with a call to itself, on a free loopback port."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=CALL, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://localhost:{runner.addresses[0][1]}/"
    await runner.cleanup()


@pytest_asyncio.fixture
async def hidden(address: str, tmp_path: Path) -> AsyncIterator[DevTools]:
    """A page that calls itself, in a window of a plain headless browser."""
    try:
        browser = find(WHOLE_BROWSER).path  # a headless shell has no window to minimise
    except StackError as missing:
        pytest.skip(str(missing))
    process = await asyncio.create_subprocess_exec(
        str(browser),
        "--headless=new",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
        "--disable-gpu",
        "--remote-debugging-port=0",
        f"--user-data-dir={tmp_path}",
        "--autoplay-policy=no-user-gesture-required",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        "--allow-loopback-in-peer-connection",
        "--disable-features=WebRtcHideLocalIpsWithMdns",
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(30):
            while b"DevTools listening on" not in (line := await process.stderr.readline()):
                assert line, "the browser ended"
        port = int(line.decode().rpartition("/devtools")[0].rpartition(":")[2])
        drained = asyncio.ensure_future(process.stderr.read())
        async with ClientSession() as http:
            url = f"http://127.0.0.1:{port}/json/new?about:blank"
            target = await (await http.put(url)).json(content_type=None)
            async with http.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                mark = mark_for(1, "hidden")
                page = DevTools(socket, MarkObserver(mark))
                listening = asyncio.ensure_future(page.listen())
                await page.send("Page.enable")
                await page.send("Runtime.enable")
                await page.send("Runtime.addBinding", name="__marksRead")
                await page.send("Page.addScriptToEvaluateOnNewDocument", source=init_script(mark))
                await page.send("Page.navigate", url=address)
                async with asyncio.timeout(20):
                    await page.loaded.wait()
                yield page
                listening.cancel()
                drained.cancel()
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # a surviving child keeps the pipe open
        await process.wait()


async def test_a_hidden_page_continues_to_send_and_read(hidden: DevTools) -> None:
    marks = hidden.marks
    await hidden.evaluate("call({scale: 2})")
    assert await marks.wait_for(lambda: marks.tone(marks.mark.identity) is not None, 20)
    window = await hidden.send("Browser.getWindowForTarget")
    await hidden.send(
        "Browser.setWindowBounds",
        windowId=window["windowId"],
        bounds={"windowState": "minimized"},
    )
    state = await hidden.evaluate(
        "new Promise((d) => { const look = () => document.hidden && d('hidden');"
        " look(); addEventListener('visibilitychange', look); setTimeout(d, 5000, 'visible') })"
    )
    if state != "hidden":
        pytest.skip("this browser does not hide a minimised page")
    pictures = marks.picture(marks.mark.identity)
    tones = marks.tone(marks.mark.identity)
    assert pictures is not None
    assert tones is not None
    seen, heard = pictures.distinct, tones.distinct
    assert await marks.wait_for(
        lambda: pictures.distinct >= seen + 15 and tones.distinct >= heard + 8, 20
    ), f"{pictures.distinct - seen} pictures, {tones.distinct - heard} tones while hidden"
