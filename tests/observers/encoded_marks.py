"""Sound and pictures with a person's mark, encoded as a browser encodes them."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np

from conformance.observers.marks import encode_luma, tones
from conformance.observers.marks.code import Reading


def pictures(identity: int, count: int = 4, codec: str = "libvpx") -> list[bytes]:
    """Frames of 320x180, the first one a key frame, their counters from 100 on."""
    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = 320, 180, "yuv420p"
    encoder.time_base, encoder.bit_rate = Fraction(1, 10), 500_000
    frames = []
    for number in range(count):
        picture = av.VideoFrame(320, 180, "yuv420p")
        for plane in picture.planes:
            plane.update(bytes([128]) * plane.buffer_size)
        luma = picture.planes[0]
        rows = np.zeros((180, luma.line_size), np.uint8)
        rows[:, :320] = encode_luma(Reading(identity, "camera", 100 + number), 320, 180)
        luma.update(rows.tobytes())
        picture.pts = number
        frames += [bytes(packet) for packet in encoder.encode(picture)]
    return [*frames, *(bytes(packet) for packet in encoder.encode(None))]


def sounds(identity: int, seconds: float = 1.2) -> list[bytes]:
    """Opus packets of 20 ms with this identity's pair of tones."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "mono", "s16"
    encoder.bit_rate = 32_000
    t = np.arange(int(48_000 * seconds)) / 48_000
    wave = sum(np.sin(2 * np.pi * hz * t) for hz in tones.pair_of(identity))
    samples = (np.asarray(wave) * 6_000).astype(np.int16)
    packets = []
    for start in range(0, len(samples) - 960, 960):
        piece = samples[None, start : start + 960]
        sound = av.AudioFrame.from_ndarray(piece, format="s16", layout="mono")
        sound.sample_rate, sound.pts = 48_000, start
        packets += [bytes(packet) for packet in encoder.encode(sound)]
    return packets
