"""Broken pictures, sound and recordings give their own marks or none, never another person's."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from fuzz_target import mutated

from conformance.keys.frames import Codec
from conformance.observers.marks import encode_luma, tones
from conformance.observers.marks.code import Box, Reading
from conformance.observers.media.decode import Stream, read_contents
from conformance.observers.media.recorded import read_recorded

WHO = 0xBEEF
PLACES = [Box(0.0, 0.0, 1.0, 1.0), Box(0.1, 0.1, 0.5, 0.5)]
ENCODERS = {Codec.VP8: "libvpx", Codec.VP9: "libvpx-vp9", Codec.H264: "libx264"}
BROKEN = 12
"""Changed streams of each codec; one child decodes them all."""


def _frame(number: int) -> av.VideoFrame:
    picture = av.VideoFrame(320, 180, "yuv420p")
    for plane in picture.planes:
        plane.update(bytes([128]) * plane.buffer_size)
    rows = np.zeros((180, picture.planes[0].line_size), np.uint8)
    rows[:, :320] = encode_luma(Reading(WHO, "camera", 100 + number), 320, 180)
    picture.planes[0].update(rows.tobytes())
    picture.pts = number
    return picture


def _pictures(codec: Codec) -> list[bytes]:
    encoder = av.CodecContext.create(ENCODERS[codec], "w")
    encoder.width, encoder.height, encoder.pix_fmt = 320, 180, "yuv420p"
    encoder.time_base, encoder.bit_rate = Fraction(1, 10), 500_000
    frames = [bytes(packet) for n in range(4) for packet in encoder.encode(_frame(n))]
    return [*frames, *(bytes(packet) for packet in encoder.encode(None))]


async def test_changed_frames_show_their_senders_mark_or_none() -> None:
    streams = []
    for codec in ENCODERS:
        frames = _pictures(codec)
        streams.append(Stream(codec, frames))
        streams += [
            Stream(codec, [mutated(one, seed + n) for n, one in enumerate(frames)])
            for seed in range(BROKEN)
        ]
    streams += [Stream(Codec.OPUS, [mutated(b"\xf8\xff\xfe" * 9, n)] * 60) for n in range(BROKEN)]
    contents = await read_contents(streams)
    assert [bool(one.readings) for one in contents[:: BROKEN + 1][:3]] == [True] * 3
    for content in contents:
        assert {reading.identity for reading in content.readings} <= {WHO}
        assert set(content.tones) <= {tones.pair_of(WHO)}


def _recording(file: Path) -> bytes:
    with av.open(str(file), "w") as container:
        stream = container.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(6):
            container.mux(stream.encode(_frame(number)))
        container.mux(stream.encode(None))
    return file.read_bytes()


async def test_a_changed_recording_shows_its_own_marks_or_none(tmp_path: Path) -> None:
    whole = _recording(tmp_path / "whole.webm")
    for number, data in enumerate([whole, whole[:900], *(mutated(whole, n) for n in range(3))]):
        file = tmp_path / f"{number}.webm"
        file.write_bytes(data)
        read = await read_recorded(file, PLACES)
        assert {reading.identity for reading in read.readings} <= {WHO}
        assert read.readings or number
