"""The recordings and broadcasts of the recorder's bot can be read back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from conformance.clients.browser import launch_capturing, open_page
from conformance.clients.recorder.bot import VIEWPORT, Bot, Take
from conformance.clients.recorder.broadcast import Broadcast, BroadcastFailed
from conformance.clients.reference import ReferenceDriver
from conformance.observers.marks import mark_for
from conformance.observers.marks.code import page_settings
from conformance.observers.marks.mark import page_function
from conformance.observers.media.recorded import read_recorded
from conformance.observers.page import transport
from conformance.stacks.errors import StackError
from conformance.stacks.programs.known import BROWSER, FFMPEG
from conformance.stacks.programs.tools import find
from conformance.stacks.services.rtmp import RtmpTarget

pytestmark = pytest.mark.browser
PEOPLE = [mark_for(1, "capture"), mark_for(2, "capture")]

PAGE = """<title>meeting</title><style>video { width: 320px; height: 200px }</style><script>
const people = %s, code = (%s)(%s), sound = new AudioContext();
let counter = 0;
for (const { identity, tones } of people) {
  const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 });
  const paint = canvas.getContext('2d');
  const luma = new Uint8Array(320 * 180), picture = new ImageData(320, 180);
  setInterval(() => {
    code.draw(luma, 320, 180, identity, false, counter);
    luma.forEach((y, i) => picture.data.set([y, y, y, 255], 4 * i));
    paint.putImageData(picture, 0, 0);
  }, 100);
  const video = Object.assign(document.createElement('video'), { autoplay: true, muted: true });
  video.srcObject = canvas.captureStream(10);
  document.documentElement.append(video);
  for (const hz of tones) {
    const voice = new OscillatorNode(sound, { frequency: hz });
    voice.connect(new GainNode(sound, { gain: 0.1 })).connect(sound.destination);
    voice.start();
  }
}
setInterval(() => { counter += 1; }, 100);
</script>"""


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    try:
        path = find(BROWSER).path
    except StackError as missing:
        pytest.skip(str(missing))
    async with async_playwright() as playwright:
        running = await launch_capturing(playwright.chromium, path)
        yield running
        await running.close()


async def meeting(browser: Browser) -> Bot:
    """A bot on a page that shows and plays two people."""
    people = [{"identity": mark.identity, "tones": list(mark.tones)} for mark in PEOPLE]
    body = PAGE % (json.dumps(people), page_function("code"), json.dumps(page_settings()))
    opened = await open_page(browser, "recorder", viewport=VIEWPORT)
    await opened.context.add_init_script(transport.init_script())
    await opened.page.route(
        "http://localhost/**", lambda r: r.fulfill(body=body, content_type="text/html")
    )
    await opened.page.goto("http://localhost/")
    return Bot(opened, ReferenceDriver())


async def test_a_tab_s_picture_and_sound_are_in_the_file_and_in_the_broadcast(
    browser: Browser, tmp_path: Path
) -> None:
    try:
        find(FFMPEG)
    except StackError as missing:
        pytest.skip(str(missing))
    bot = await meeting(browser)
    async with RtmpTarget(tmp_path / "stream.flv", tmp_path / "logs") as target:
        assert target.waits
        take = Take(tmp_path / "take.webm", await Broadcast.start(target.url))
        await bot.record(take)
        # ffmpeg reads some seconds of its input before it connects, more on a slow machine.
        assert await take.wait_for(lambda: len(take.looks) >= 10 and not target.waits, 60)
        await bot.close()
        assert await target.ended(30)
    assert take.problem is None
    for file in (take.file, target.file):
        read = await read_recorded(file, take.places)
        for mark in PEOPLE:
            assert read.pictures_of(mark.identity) >= 5, (file, read.words)
            assert read.tones_of(mark.identity) >= 3, (file, read.words)


async def test_what_is_no_rtmp_address_is_not_broadcast_to() -> None:
    with pytest.raises(BroadcastFailed, match="not an RTMP address"):
        await Broadcast.start("/etc/passwd")
