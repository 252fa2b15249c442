"""The tap behind a sender's transform counts each frame, wherever the transform runs."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from playwright.async_api import Browser

from conformance.clients.browser import OpenPage, open_page
from conformance.observers.page.sender_tap import SenderTap

SEAL = """
const seal = () => new TransformStream({
  transform(frame, controller) {
    const data = new Uint8Array(frame.data.byteLength + 30);
    data.set(new Uint8Array(frame.data));
    data[data.length - 2] = 12;
    frame.data = data.buffer;
    controller.enqueue(frame);
  },
});
"""
CALL = """
async ([way, seal, seconds]) => {
  const config = { encodedInsertableStreams: way !== 'none' };
  const [here, there] = [new RTCPeerConnection(config), new RTCPeerConnection()];
  here.onicecandidate = ({ candidate }) => there.addIceCandidate(candidate);
  there.onicecandidate = ({ candidate }) => here.addIceCandidate(candidate);
  // A page that may use the microphone gets addresses, others get names that need a resolver.
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const sender = here.addTrack(stream.getAudioTracks()[0]);
  if (way === 'page') {
    const { readable, writable } = sender.createEncodedStreams();
    readable.pipeThrough(new Function(seal + 'return seal();')()).pipeTo(writable);
  } else if (way !== 'none') {
    const text = `${seal} onmessage = ({ data: { given: { from, to } } }) => {
      if (${way === 'writer'}) {
        const writer = to.getWriter();
        const sink = new WritableStream({ write: (frame) => writer.write(frame) });
        from.pipeThrough(seal()).pipeTo(sink);
      } else from.pipeThrough(seal()).pipeTo(to);
    };`;
    const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
    const worker = new Worker(url, { type: way === 'classic' ? 'classic' : 'module' });
    const { readable: from, writable: to } = sender.createEncodedStreams();
    worker.postMessage({ given: { from, to } }, [from, to]);
  }
  await here.setLocalDescription();
  await there.setRemoteDescription(here.localDescription);
  await there.setLocalDescription();
  await here.setRemoteDescription(there.localDescription);
  for (let i = 0; i < seconds * 10; i++) {
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    const stats = [...(await sender.getStats()).values()];
    if (stats.some((one) => one.type === 'outbound-rtp' && one.packetsSent > 20)) return true;
  }
  return false;
}
"""


async def called(browser: Browser, way: str) -> tuple[SenderTap, OpenPage]:
    opened = await open_page(browser, "alice")
    tap = await SenderTap.attach(opened.context)
    await opened.context.route("http://sender.localhost/", lambda r: r.fulfill(body="<p>a page"))
    await opened.page.goto("http://sender.localhost/")
    assert await opened.page.evaluate(CALL, [way, SEAL, 20])
    await tap.look(opened.page)
    await tap.changed(1.0)
    return tap, opened


@pytest.mark.browser
@pytest.mark.parametrize("way", ["page", "module", "classic", "writer"])
async def test_frames_behind_a_transform_are_counted(chromium: Browser, way: str) -> None:
    tap, opened = await called(chromium, way)
    (stream,) = tap.streams.values()
    (sender,) = tap.senders.values()
    assert stream.frames >= 15
    assert stream.unsealed == 0
    assert len(stream.whole) >= 15
    assert (sender.way, sender.plain, sender.unwatched) == ("encoded streams", 0, False)
    await opened.close()


@pytest.mark.browser
async def test_a_sender_without_a_transform_is_reported(chromium: Browser) -> None:
    tap, opened = await called(chromium, "none")
    (sender,) = tap.senders.values()
    assert not tap.streams
    assert sender.way == "none"
    assert sender.plain > 0
    await opened.close()


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {"rows": 5, "layers": [], "senders": "x"},
        {"rows": [["a", 1, 0, 1, 2, "zz!"], ["b"], [1, 2, 3, 4, 5, 6]]},
        {"layers": {"a": 5, "b": {"frames": -1, "bytes": "x"}}},
        {"senders": [5, {"id": 7, "sent": 2.0**60}]},
    ],
)
def test_messages_of_another_form_are_ignored(told: Any) -> None:
    tap = SenderTap()
    tap.take(told)
    assert all(stream.frames == 0 for stream in tap.streams.values())
    assert all(sender.sent == 0 for sender in tap.senders.values())


def test_what_a_page_sends_is_bounded() -> None:
    tap = SenderTap()
    for number in range(1000):
        tap.take({"layers": {f"s/{number}": {}}, "senders": [{"id": str(number)}]})
    assert len(tap.streams) == len(tap.senders) == 256


def test_a_frame_that_was_cut_keeps_its_end_only() -> None:
    tap = SenderTap()
    end = bytes(range(48))
    row = ["s", 0, 1, 5000, 300, base64.b64encode(end).decode()]
    tap.take({"layers": {"s": {"sender": "1", "mime": "video/vp8", "frames": 1}}, "rows": [row]})
    (stream,) = tap.streams.values()
    assert stream.whole == []
    assert stream.ends == {end[-32:]}
