"""What reads as AV1, and what does not."""

from __future__ import annotations

import random
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.observers.av1 import reads_as_av1


def encoded(pictures: int = 3) -> list[bytes]:
    """Frames of an AV1 encoder, or nothing where there is none."""
    try:
        encoder = av.CodecContext.create("libsvtav1", "w")
    except ValueError:
        pytest.skip("this PyAV has no AV1 encoder")
    encoder.width, encoder.height, encoder.pix_fmt = 64, 64, "yuv420p"
    encoder.time_base = Fraction(1, 30)
    encoder.options = {"preset": "12"}
    made: list[bytes] = []
    for number in range(pictures):
        picture = np.full((64, 64, 3), 20 * number, np.uint8)
        made += map(bytes, encoder.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
    return made + [bytes(packet) for packet in encoder.encode(None)]


def test_frames_of_an_encoder_read_as_av1() -> None:
    frames = encoded()
    assert frames
    assert all(map(reads_as_av1, frames))


def test_what_is_encrypted_does_not() -> None:
    chance = random.Random(7)
    for frame in encoded():
        sealed = chance.randbytes(len(frame))
        assert not reads_as_av1(sealed)


def test_the_last_unit_needs_no_size() -> None:
    assert reads_as_av1(b"\x12\x00" + b"\x30" + b"picture")
    assert reads_as_av1(b"\x32\x02ab")
    assert reads_as_av1(b"\x36\x00\x02ab"), "with an extension"


@pytest.mark.parametrize(
    "frame",
    [b"", b"\x12\x00", b"\x32\x03ab", b"\x32\x01ab", b"\x32", b"\xb2\x02ab", b"\x32" + 9 * b"\xff"],
)
def test_what_is_no_row_of_units_does_not(frame: bytes) -> None:
    assert not reads_as_av1(frame)


@given(st.binary(max_size=200))
def test_whatever_comes_is_answered(frame: bytes) -> None:
    assert reads_as_av1(frame) in (True, False)
