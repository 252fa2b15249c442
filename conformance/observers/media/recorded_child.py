"""The process that reads a recorded file: the request on stdin, the result on stdout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final

import av
import numpy as np
from numpy.typing import NDArray

from conformance.observers.marks import tones
from conformance.observers.marks.code import Box, decode_luma
from conformance.observers.media.av_child import (
    MOST_PIXELS,
    Sound,
    answer_once,
    luma_of,
    record_error,
)

_CPU_SECONDS: Final = 60
_MOST_PICTURES: Final = 400
_MOST_SAMPLES: Final = tones.SAMPLE_RATE * 60
_MOST_ERRORS: Final = 200
_BLACK: Final = 24
"""The highest luma that counts as black: 16 is black in limited range."""
_STANDS_OUT: Final = 0.001
"""The share of lighter points that a black picture may have."""


def read(
    file: str | BinaryIO, form: str | None, places: Sequence[Sequence[float]]
) -> dict[str, Any]:
    """The content of the file, with its decoders' first error as text."""
    answer: dict[str, Any] = {
        "pictures": 0, "windows": 0, "seconds": 0.0, "dark": 0, "silent": 0,
        "readings": [], "tones": [], "error": None,
    }  # fmt: skip
    boxes = [Box(*place) for place in places]
    sound = Sound()
    try:
        # A file must not make the decoder open another one.
        with av.open(file, format=form, options={"protocol_whitelist": "file"}) as container:
            for frame in _frames(container, answer):
                if isinstance(frame, av.VideoFrame):
                    if answer["pictures"] < _MOST_PICTURES:
                        _picture(frame, boxes, answer)
                elif sound.size < _MOST_SAMPLES:
                    sound.add(frame)
    except (av.FFmpegError, ValueError, MemoryError) as error:
        record_error(answer, error)
    _sound(sound.samples, answer)
    return answer


def _frames(container: Any, answer: dict[str, Any]) -> Iterator[Any]:
    streams = [*container.streams.video[:1], *container.streams.audio[:1]]
    for stream in streams:
        stream.codec_context.thread_count = 1
    errors = 0
    for packet in container.demux(streams):
        try:
            for frame in packet.decode():
                if frame.time is not None:
                    answer["seconds"] = max(answer["seconds"], float(frame.time))
                yield frame
        except (av.FFmpegError, ValueError) as error:
            record_error(answer, error)
            errors += 1
            if errors > _MOST_ERRORS:
                return


def _picture(frame: Any, boxes: Sequence[Box], answer: dict[str, Any]) -> None:
    if frame.width * frame.height > MOST_PIXELS:
        raise ValueError("a picture is too large")
    if not frame.format.name.startswith(("yuv", "nv", "gray")):
        frame = frame.reformat(format="yuv420p")
    answer["pictures"] += 1
    luma = luma_of(frame)
    answer["dark"] += int(np.mean(luma > _BLACK) < _STANDS_OUT)
    inside = [_inside(box, frame.width, frame.height) for box in boxes]
    found = {decode_luma(luma, box) for box in inside if box is not None} | {decode_luma(luma)}
    answer["readings"] += [
        [seen.identity, seen.source, seen.counter] for seen in found if seen is not None
    ]


def _inside(box: Box, width: int, height: int) -> Box | None:
    """A place in pixels; None if it is not completely inside the picture."""
    left, top = box.left * width, box.top * height
    wide, high = box.width * width, box.height * height
    whole = left >= 0 and top >= 0 and left + wide <= width + 0.5 and top + high <= height + 0.5
    if not whole or wide < 32 or high < 18:
        return None
    return Box(left, top, min(wide, width - left), min(high, height - top))


def _sound(samples: NDArray[np.float32], answer: dict[str, Any]) -> None:
    for start in range(0, samples.size - tones.WINDOW + 1, tones.WINDOW):
        answer["windows"] += 1
        heard = tones.mixed(samples[start : start + tones.WINDOW])
        if heard is None:
            answer["silent"] += 1
        elif heard:
            answer["tones"].append(list(heard))


if __name__ == "__main__":
    answer_once(lambda asked: read(asked["file"], asked["format"], asked["places"]), _CPU_SECONDS)
