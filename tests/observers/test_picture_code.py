"""The picture code reads drawn marks, and nothing else."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from conformance.observers.marks import Box, Reading, decode_luma, encode_luma
from conformance.observers.marks.code import COLUMNS, COUNTER_VALUES, ROWS, Luma, cells

readings = st.builds(
    Reading,
    st.integers(0, 65535),
    st.sampled_from(["camera", "screen"]),
    st.integers(0, COUNTER_VALUES - 1),
)


def jpeg(luma: Luma, quality: int) -> Luma:
    """Blocks and blur of a lossy coder (8 x 8 DCT, as VP8's are 4 x 4)."""
    buffer = io.BytesIO()
    Image.fromarray(luma).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def scaled(luma: Luma, width: int, height: int) -> Luma:
    return np.asarray(Image.fromarray(luma).resize((width, height), Image.Resampling.BILINEAR))


def enlarged(levels: Luma, times: int) -> Luma:
    return levels.repeat(times, axis=0).repeat(times, axis=1)


@given(readings, st.sampled_from([(640, 360), (320, 180), (160, 90), (641, 359), (1280, 720)]))
def test_a_drawn_mark_is_read_at_any_size(reading: Reading, size: tuple[int, int]) -> None:
    assert decode_luma(encode_luma(reading, *size)) == reading


@given(readings, st.integers(8, 60))
def test_a_small_and_coarsely_coded_picture_is_read(reading: Reading, quality: int) -> None:
    small = scaled(encode_luma(reading), 160, 90)
    assert decode_luma(jpeg(small, quality)) == reading


@given(readings)
def test_bars_around_the_picture_do_no_harm(reading: Reading) -> None:
    for bars in (((60, 60), (0, 0)), ((0, 0), (80, 80)), ((20, 20), (40, 40))):
        assert (
            decode_luma(np.pad(encode_luma(reading, 480, 270), bars, constant_values=3)) == reading
        )


@given(readings)
def test_a_dim_picture_in_limited_range_is_read(reading: Reading) -> None:
    luma = encode_luma(reading, 320, 180).astype(np.float64)
    assert decode_luma((16 + luma * 0.35).astype(np.uint8)) == reading


def test_a_mark_inside_a_recorded_page_is_read_from_its_box() -> None:
    reading = Reading(4711, "camera", 99)
    page = np.full((800, 1280), 90, dtype=np.uint8)
    page[100:280, 300:620] = encode_luma(reading, 320, 180)
    assert decode_luma(page, Box(300, 100, 320, 180)) == reading
    assert decode_luma(page) is None


@given(st.integers(0, 2**32 - 1))
def test_noise_is_never_read(seed: int) -> None:
    random = np.random.default_rng(seed)
    assert decode_luma(random.integers(0, 256, (90, 160), dtype=np.uint8)) is None
    coarse = random.integers(0, 256, (ROWS, COLUMNS), dtype=np.uint8)
    assert decode_luma(enlarged(coarse, 9)) is None
    black_and_white = np.where(coarse > 127, 205, 45).astype(np.uint8)
    assert decode_luma(enlarged(black_and_white, 9)) is None


@given(st.integers(0, 2**32 - 1))
def test_a_correct_rim_around_garbage_is_never_read(seed: int) -> None:
    """The worst garbage: every structural check passes, and only the CRC is wrong."""
    random = np.random.default_rng(seed)
    grid = cells(Reading(0, "camera", 0))
    half = random.integers(0, 2, 64).astype(np.bool_)
    grid[1:-1, 1:-1] = np.concatenate([half, ~half[::-1]]).reshape(ROWS - 2, COLUMNS - 2)
    luma = enlarged(np.where(grid, 205, 45).astype(np.uint8), 20)
    assert decode_luma(luma) is None


@given(readings, readings, st.integers(1, 179))
def test_a_torn_picture_gives_one_of_its_parts_or_nothing(
    one: Reading, other: Reading, at: int
) -> None:
    upper, lower = encode_luma(one, 320, 180), encode_luma(other, 320, 180)
    for torn in (
        np.vstack([upper[:at], lower[at:]]),
        np.hstack([upper[:, :at], lower[:, at:]]),
    ):
        assert decode_luma(torn) in (one, other, None)


@given(readings, readings)
def test_halves_of_two_marks_are_never_read(one: Reading, other: Reading) -> None:
    if one == other:
        return
    upper, lower = encode_luma(one, 320, 180), encode_luma(other, 320, 180)
    assert decode_luma(np.vstack([upper[:90], lower[90:]])) is None
    assert decode_luma(np.hstack([upper[:, :160], lower[:, 160:]])) is None


@given(readings, readings, st.floats(0, 1))
def test_a_blend_gives_the_stronger_mark_or_nothing(
    one: Reading, other: Reading, share: float
) -> None:
    a, b = (encode_luma(r, 160, 90).astype(np.float64) for r in (one, other))
    read = decode_luma((share * a + (1 - share) * b).astype(np.uint8))
    assert read in ((one if share >= 0.5 else other), None)


@given(readings, st.sets(st.integers(0, 63), min_size=1, max_size=5))
def test_up_to_five_flipped_bits_are_never_read(reading: Reading, turned: set[int]) -> None:
    grid = cells(reading)
    inner = grid[1:-1, 1:-1].ravel()
    for i in turned:
        inner[i], inner[127 - i] = inner[127 - i], inner[i]
    grid[1:-1, 1:-1] = inner.reshape(ROWS - 2, COLUMNS - 2)
    luma = enlarged(np.where(grid, 205, 45).astype(np.uint8), 9)
    assert decode_luma(luma) is None


@given(readings)
def test_a_mirrored_or_turned_picture_is_not_read(reading: Reading) -> None:
    luma = encode_luma(reading, 160, 90)
    assert decode_luma(luma[:, ::-1]) is None
    assert decode_luma(luma[::-1]) is None
    assert decode_luma(luma[::-1, ::-1]) is None


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (8, 8), (360, 20), (20, 360)])
def test_a_tiny_picture_is_read_as_nothing(shape: tuple[int, int]) -> None:
    assert decode_luma(np.full(shape, 128, dtype=np.uint8)) is None


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="16 bits"):
        encode_luma(Reading(65536, "camera", 0))
    with pytest.raises(ValueError, match="15 bits"):
        encode_luma(Reading(0, "camera", COUNTER_VALUES))
