"""Fixtures for the observers' tests: a real browser, and a page that calls itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import settings
from playwright.async_api import Browser, Page, async_playwright

from conformance.clients.browser import OpenPage, launch, open_page
from conformance.observers.marks import Mark, MarkObserver, init_script, mark_for
from conformance.stacks.errors import StackError
from conformance.stacks.programs.known import BROWSER
from conformance.stacks.programs.tools import find

# These tests share their machine with browsers, so a slow example means nothing.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")

CALL = """<!doctype html><title>a call to itself</title><body><script>
// One page calls itself over two peer connections and shows what arrives; no local preview.
window.call = async ({bitrate = 100000, scale = 4, dtx = false} = {}) => {
  const stream = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 1280}});
  const a = new RTCPeerConnection(), b = new RTCPeerConnection();
  a.onicecandidate = (e) => e.candidate && b.addIceCandidate(e.candidate);
  b.onicecandidate = (e) => e.candidate && a.addIceCandidate(e.candidate);
  const shown = document.createElement('video');
  shown.autoplay = shown.playsInline = true;
  shown.style.width = '320px';
  shown.srcObject = new MediaStream();
  document.body.append(shown);
  b.ontrack = (e) => shown.srcObject.addTrack(e.track);
  const video = a.addTransceiver(stream.getVideoTracks()[0], {direction: 'sendonly',
    sendEncodings: [{maxBitrate: bitrate, scaleResolutionDownBy: scale}]});
  video.setCodecPreferences(RTCRtpSender.getCapabilities('video').codecs
    .filter((c) => /VP8|rtx/i.test(c.mimeType)));
  const audio = a.addTransceiver(stream.getAudioTracks()[0], {direction: 'sendonly'});
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription();
  let sdp = b.localDescription.sdp;
  if (dtx) sdp = sdp.replace(/useinbandfec=1/g, 'useinbandfec=1;usedtx=1;maxaveragebitrate=16000');
  await a.setRemoteDescription({type: 'answer', sdp});
  Object.assign(window, {sender: a, receiver: b, shown, stream, video, audio});
};
</script>"""


@dataclass
class Call:
    """The page, and what was read from it."""

    page: Page
    opened: OpenPage
    mark: Mark
    marks: MarkObserver

    async def start(self, **options: Any) -> None:
        """Call, with these options of the page's `call`."""
        await self.page.evaluate("(options) => call(options)", options)

    def pictures(self) -> int:
        """Distinct pictures read that carry this page's mark."""
        seen = self.marks.picture(self.mark.identity)
        return seen.distinct if seen else 0

    def tones(self) -> int:
        """Readings of this page's tones."""
        heard = self.marks.tone(self.mark.identity)
        return heard.distinct if heard else 0

    async def sees_and_hears(self, more: int = 5, timeout: float = 20.0) -> bool:
        """Wait for this number of new pictures and of new readings of the tones."""
        pictures, tones = self.pictures() + more, self.tones() + more
        return await self.marks.wait_for(
            lambda: self.pictures() >= pictures and self.tones() >= tones, timeout
        )

    async def quiet_from_now(self, seconds: float) -> tuple[int, int]:
        """(pictures, tones) read in a period after buffered media have arrived."""
        await asyncio.sleep(
            1.0
        )  # media that are still buffered: jitter buffers, one window of sound
        pictures, tones = self.pictures(), self.tones()
        await asyncio.sleep(seconds)
        return self.pictures() - pictures, self.tones() - tones


@pytest_asyncio.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A Chromium of this machine."""
    try:
        path = find(BROWSER).path
    except StackError as missing:
        pytest.skip(str(missing))
    async with async_playwright() as playwright:
        browser = await launch(playwright, path)
        yield browser
        await browser.close()


async def open_call(browser: Browser, index: int) -> Call:
    """Open the page of participant number `index`."""
    mark = mark_for(index, "tests")
    opened = await open_page(browser, f"caller {index}")
    marks = await MarkObserver.attach(opened.context, mark)
    await opened.context.add_init_script(init_script(mark))
    await opened.context.route(
        "http://localhost/**",
        lambda route: route.fulfill(body=CALL, content_type="text/html"),
    )
    await opened.page.goto("http://localhost/")
    return Call(opened.page, opened, mark, marks)


@pytest_asyncio.fixture
async def call(chromium: Browser) -> Call:
    """A page with one mark, about to call itself."""
    return await open_call(chromium, 1)
