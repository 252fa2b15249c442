"""Marks are read after a real encoder, a real connection and a real video element."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Browser

from conformance.observers.marks import Reading, decode_luma, encode_luma
from conformance.observers.marks import code as picture_code
from conformance.observers.marks import tones as tone_code
from conformance.observers.marks.mark import page_function
from tests.observers.conftest import Call, open_call
from tests.observers.test_picture_code import jpeg, scaled

pytestmark = pytest.mark.browser


async def test_a_tiny_vp8_picture_and_its_tones_are_read_as_their_senders(call: Call) -> None:
    await call.start(bitrate=100_000, scale=4, dtx=True)
    assert await call.sees_and_hears(more=10)
    assert set(call.marks.pictures()) == {(call.mark.identity, "camera")}
    assert set(call.marks.heard()) == {call.mark.tones}
    size = await call.page.evaluate("[shown.videoWidth, shown.videoHeight]")
    assert size == [160, 90]
    assert call.marks.problems == []


async def test_two_pages_each_read_their_own(chromium: Browser) -> None:
    calls = [await open_call(chromium, index) for index in (1, 2)]
    for one in calls:
        await one.start(scale=2)
    for one in calls:
        assert await one.sees_and_hears()
        assert {identity for identity, _ in one.marks.pictures()} == {one.mark.identity}
        assert set(one.marks.heard()) == {one.mark.tones}


async def test_a_slow_machine_is_read_too(call: Call) -> None:
    session = await call.page.context.new_cdp_session(call.page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    await call.start(scale=2)
    assert await call.sees_and_hears(more=5, timeout=40)


async def test_a_busy_page_is_read_between_its_work(call: Call) -> None:
    await call.start(scale=2)
    assert await call.sees_and_hears(more=2)
    await call.page.evaluate(
        """() => { window.busy = setInterval(() => {
             const end = performance.now() + 350; while (performance.now() < end); }, 400) }"""
    )
    assert await call.sees_and_hears(more=5, timeout=40)


NOISE = """async () => {
  const canvas = Object.assign(document.createElement('canvas'), {width: 320, height: 180});
  const g = canvas.getContext('2d');
  setInterval(() => {
    const image = g.createImageData(320, 180);
    for (let i = 0; i < image.data.length; i++) image.data[i] = Math.random() * 256;
    g.putImageData(image, 0, 0);
  }, 100);
  const context = new AudioContext();
  const out = context.createMediaStreamDestination();
  const buffer = context.createBuffer(1, context.sampleRate, context.sampleRate);
  const data = buffer.getChannelData(0);
  for (let i = 0; i < data.length; i++) data[i] = Math.random() - 0.5;
  const noise = new AudioBufferSourceNode(context, {buffer, loop: true});
  noise.connect(out); noise.start();
  await video.sender.replaceTrack(canvas.captureStream(10).getVideoTracks()[0]);
  await audio.sender.replaceTrack(out.stream.getAudioTracks()[0]);
}"""

OTHER_TONES = """async () => {
  const context = new AudioContext();
  const out = context.createMediaStreamDestination();
  for (const frequency of [690, 1050]) {
    const tone = new OscillatorNode(context, {frequency}); tone.connect(out); tone.start();
  }
  await audio.sender.replaceTrack(out.stream.getAudioTracks()[0]);
  await video.sender.replaceTrack(null);
}"""

DISABLED = """() => { for (const track of stream.getTracks()) track.enabled = false; }"""


@pytest.mark.parametrize("instead", [NOISE, OTHER_TONES, DISABLED], ids=["noise", "tones", "none"])
async def test_a_replaced_mark_is_not_read(call: Call, instead: str) -> None:
    await call.start(scale=2)
    assert await call.sees_and_hears(more=2)
    await call.page.evaluate(instead)
    pictures, tones = await call.quiet_from_now(2.5)
    assert pictures == 0
    assert tones == 0
    assert set(call.marks.heard()) == {call.mark.tones}


@pytest.mark.parametrize(
    "hide",
    [
        "shown.remove(), shown.pause()",
        "shown.style.display = 'none', shown.muted = true",
        "shown.style.visibility = 'hidden', shown.volume = 0",
        "shown.style.opacity = 0, shown.muted = true",
        "shown.pause()",
        "shown.srcObject = null",
    ],
)
async def test_hidden_and_muted_marks_are_not_read(call: Call, hide: str) -> None:
    await call.start(scale=2)
    assert await call.sees_and_hears(more=2)
    await call.page.evaluate(f"() => {{ {hide} }}")
    assert await call.quiet_from_now(2.0) == (0, 0)


async def test_elements_in_open_shadow_roots_are_read(call: Call) -> None:
    await call.start(scale=2)
    await call.page.evaluate(
        """() => { const host = document.createElement('section'); document.body.append(host);
                   host.attachShadow({mode: 'open'}).append(shown); shown.play(); }"""
    )
    assert await call.sees_and_hears(more=5)


async def test_a_shared_screen_is_the_sharers_own(call: Call) -> None:
    await call.page.evaluate(
        """async () => { const v = document.createElement('video'); v.autoplay = v.muted = true;
             v.srcObject = await navigator.mediaDevices.getDisplayMedia({audio: true, video: true});
             document.body.append(v); }"""
    )
    assert await call.marks.wait_for(
        lambda: call.marks.picture(call.mark.identity, "screen") is not None, 10
    )
    assert call.marks.picture(call.mark.identity, "camera") is None


async def test_stopping_one_stream_leaves_the_others_alone(call: Call) -> None:
    await call.start(scale=2)
    await call.page.evaluate(
        """async () => {
             const second = await navigator.mediaDevices.getUserMedia({audio: true, video: true});
             for (const track of second.getTracks()) { track.clone().stop(); track.stop(); } }"""
    )
    assert await call.sees_and_hears(more=8)


async def test_devices_look_like_devices(call: Call) -> None:
    seen: dict[str, Any] = await call.page.evaluate(
        """async () => {
             const list = await navigator.mediaDevices.enumerateDevices();
             const camera = list.filter((d) => d.kind === 'videoinput').at(-1);
             const only = async (wanted) => (await navigator.mediaDevices.getUserMedia(wanted))
               .getTracks().map((track) => track.kind);
             const stream = await navigator.mediaDevices.getUserMedia(
               {video: {deviceId: {exact: camera.deviceId}, width: {ideal: 320}}});
             const [track] = stream.getTracks();
             await track.applyConstraints({frameRate: 5});
             const refused = (wanted) => navigator.mediaDevices.getUserMedia(wanted)
               .then(() => 'given', (error) => error.name);
             return {
               kinds: [...new Set(list.map((d) => d.kind))].sort(),
               audio: await only({audio: true}), video: await only({video: true}),
               both: await only({audio: {echoCancellation: true}, video: {width: {min: 1280}}}),
               same: track.getSettings().deviceId === camera.deviceId, label: track.label,
               size: [track.getSettings().width, track.getSettings().height],
               asked: track.getConstraints(), widest: track.getCapabilities().width.max,
               clone: track.clone().getSettings().deviceId === camera.deviceId,
               isTrack: track instanceof MediaStreamTrack, muted: track.muted,
               nothing: await refused({}),
               unknown: await refused({video: {deviceId: {exact: 'x'}}}),
               name: navigator.mediaDevices.getUserMedia.name,
               own: Object.keys(navigator.mediaDevices),
             };
           }"""
    )
    assert seen["kinds"] == ["audioinput", "audiooutput", "videoinput"]
    assert (seen["audio"], seen["video"], seen["both"]) == (
        ["audio"],
        ["video"],
        ["audio", "video"],
    )
    assert seen["same"]
    assert seen["clone"]
    assert seen["label"].startswith("fake_device")
    assert seen["size"] == [320, 180]
    assert seen["widest"] == 320
    assert seen["asked"] == {"frameRate": 5}
    assert seen["isTrack"]
    assert not seen["muted"]
    assert seen["nothing"] == "TypeError"
    assert seen["unknown"] == "OverconstrainedError"
    assert seen["name"] == "getUserMedia"
    assert seen["own"] == []


async def test_page_and_python_read_pictures_alike(call: Call) -> None:
    random = np.random.default_rng(7)
    pictures = []
    for _ in range(60):
        reading = Reading(int(random.integers(65536)), "screen", int(random.integers(32768)))
        luma = encode_luma(reading, 320, 180)
        coarse = jpeg(scaled(luma, 160, 90), int(random.integers(1, 12)))
        faint = random.normal(128 + (luma - 128.0) * random.uniform(0, 0.4), 20).clip(0, 255)
        pictures += [luma, coarse, faint.astype(np.uint8), np.pad(luma, ((9, 9), (30, 30)))]
    given = [
        {"width": p.shape[1], "height": p.shape[0], "luma": base64.b64encode(p.tobytes()).decode()}
        for p in pictures
    ]
    read = await call.page.evaluate(
        f"""(given) => {{
          const code = {page_function("code")}({json.dumps(picture_code.page_settings())});
          return given.map(({{width, height, luma}}) =>
            code.decode(Uint8Array.from(atob(luma), (c) => c.charCodeAt(0)), width, width, height));
        }}""",
        given,
    )
    ours = [decode_luma(p) for p in pictures]
    assert [r and vars(r) for r in ours] == read
    assert 60 <= sum(r is not None for r in ours) < len(pictures)


async def test_page_and_python_draw_pictures_alike(call: Call) -> None:
    drawn = await call.page.evaluate(
        f"""() => {{
          const code = {page_function("code")}({json.dumps(picture_code.page_settings())});
          const luma = new Uint8Array(320 * 180);
          code.draw(luma, 320, 180, 54321, true, 12345);
          return btoa(String.fromCharCode(...luma));
        }}"""
    )
    ours = encode_luma(Reading(54321, "screen", 12345), 320, 180)
    assert base64.b64decode(drawn) == ours.tobytes()


async def test_page_and_python_hear_alike(call: Call) -> None:
    random = np.random.default_rng(11)
    time = np.arange(tone_code.WINDOW) / tone_code.SAMPLE_RATE
    windows = []
    for _ in range(40):
        low, high = tone_code.PAIRS[random.integers(len(tone_code.PAIRS))]
        levels = random.uniform(0, 0.3, 2)
        sound = levels[0] * np.sin(6.283185 * low * time) + levels[1] * np.sin(
            6.283185 * high * time
        )
        windows.append((sound + random.normal(0, random.uniform(0, 0.2), len(time))).astype("f4"))
    heard = await call.page.evaluate(
        f"""(windows) => {{
          const read = {page_function("tones")}({json.dumps(tone_code.page_settings())});
          return windows.map((text) =>
            read(new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer)));
        }}""",
        [base64.b64encode(w.tobytes()).decode() for w in windows],
    )
    ours = [tone_code.detect(w.astype(np.float64)) for w in windows]
    assert [list(pair) if pair else None for pair in ours] == heard
    assert 5 < sum(pair is not None for pair in ours) < 40
