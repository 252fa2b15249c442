"""A recorded file gives the marks and tones of all people in it, or reports that it has none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from conformance.observers.marks import mark_for
from conformance.observers.marks.code import Box, Reading, encode_luma
from conformance.observers.media.recorded import distinct, read_recorded

ALICE, BOB = mark_for(3, "recorded"), mark_for(4, "recorded")
PLACES = [Box(0.05, 0.1, 0.25, 0.25), Box(0.4, 0.5, 0.25, 0.25)]
WIDTH, HEIGHT = 640, 360


def page(counter: int) -> np.ndarray:
    """A grey page with alice's and bob's marks at their places."""
    luma = np.full((HEIGHT, WIDTH), 120, np.uint8)
    for place, mark in zip(PLACES, (ALICE, BOB), strict=True):
        left, top = round(place.left * WIDTH), round(place.top * HEIGHT)
        picture = encode_luma(Reading(mark.identity, "camera", counter), 160, 90)
        luma[top : top + 90, left : left + 160] = picture
    return luma


def voices(seconds: float, rate: int) -> np.ndarray:
    """Both people's tones at once; shape (samples,)."""
    time = np.arange(int(seconds * rate)) / rate
    hz = [*ALICE.tones, *BOB.tones]
    return np.sum([0.1 * np.sin(2 * np.pi * f * time) for f in hz], axis=0).astype(np.float32)


def write(
    file: Path, codecs: tuple[str, str], pictures: Iterator[np.ndarray], sound: np.ndarray
) -> Path:
    rate = 48_000
    with av.open(str(file), "w") as container:
        video = container.add_stream(codecs[0], rate=10)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.bit_rate = 2_000_000
        audio = container.add_stream(codecs[1], rate=rate, layout="mono")
        for luma in pictures:
            planes = np.concatenate([luma, np.full((HEIGHT // 2, WIDTH), 128, np.uint8)])
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for start in range(0, sound.size - 959, 960):
            piece = av.AudioFrame.from_ndarray(
                sound[None, start : start + 960], format="fltp", layout="mono"
            )
            piece.sample_rate, piece.pts = rate, start
            container.mux(audio.encode(piece))
        container.mux(audio.encode(None))
    return file


@pytest.mark.parametrize(
    ("name", "codecs"), [("a.webm", ("libvpx", "libopus")), ("a.flv", ("libx264", "aac"))]
)
async def test_the_marks_and_tones_of_two_people_are_read(
    name: str, codecs: tuple[str, str], tmp_path: Path
) -> None:
    file = write(tmp_path / name, codecs, (page(n) for n in range(20)), voices(2.0, 48_000))
    read = await read_recorded(file, PLACES)
    assert read.error is None
    for mark in (ALICE, BOB):
        assert read.pictures_of(mark.identity) >= 15
        assert read.tones_of(mark.identity) >= 4
    stranger = mark_for(9, "recorded")
    assert read.pictures_of(stranger.identity) == read.tones_of(stranger.identity) == 0
    assert (read.dark, read.silent) == (0, 0)


async def test_black_and_silence_read_as_nothing(tmp_path: Path) -> None:
    black = (np.full((HEIGHT, WIDTH), 16, np.uint8) for _ in range(10))
    file = write(tmp_path / "b.webm", ("libvpx", "libopus"), black, np.zeros(48_000, np.float32))
    read = await read_recorded(file, PLACES)
    assert (read.readings, read.tones) == ((), ())
    assert (read.dark, read.silent) == (read.pictures, read.windows) != (0, 0)


async def test_noise_is_neither_black_nor_anybody(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    noise = (chance.integers(0, 256, (HEIGHT, WIDTH)).astype(np.uint8) for _ in range(10))
    sound = chance.normal(0, 0.2, 48_000).astype(np.float32)
    read = await read_recorded(
        write(tmp_path / "n.webm", ("libvpx", "libopus"), noise, sound), PLACES
    )
    assert (read.readings, read.tones, read.dark, read.silent) == ((), (), 0, 0)


@pytest.mark.parametrize("content", [None, b"", b"\x1aE\xdf\xa3" + bytes(500)])
async def test_what_is_no_recording_says_so(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "x.webm"
    if content is not None:
        file.write_bytes(content)
    read = await read_recorded(file, PLACES)
    assert read.error
    assert (read.pictures, read.windows) == (0, 0)


async def test_another_kind_of_file_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "x.m3u8"
    file.write_text("#EXTM3U\n/etc/passwd\n")
    assert "unsupported kind" in str((await read_recorded(file, [])).error)


def test_a_place_counts_once() -> None:
    assert distinct([PLACES[0], PLACES[1], Box(0.0501, 0.1, 0.25, 0.25)]) != []
    assert len(distinct([PLACES[0], PLACES[1], Box(0.05004, 0.1, 0.25, 0.25)])) == 2
