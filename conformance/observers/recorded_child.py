"""The process that reads a recorded file: what to read on stdin, what was read on stdout."""

from __future__ import annotations

import contextlib
import json
import resource
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

import av
import av.logging
import numpy as np
from numpy.typing import NDArray

from conformance.observers.marks import tones
from conformance.observers.marks.code import Box, decode_luma

_MEMORY: Final = 4 * 1024**3
_CPU_SECONDS: Final = 60
_MOST_PIXELS: Final = 4096 * 2304
_MOST_PICTURES: Final = 400
_MOST_SAMPLES: Final = tones.SAMPLE_RATE * 60
_MOST_TROUBLES: Final = 200
_BLACK: Final = 24
"""Luma that still counts as black: 16 is black in limited range."""
_STANDS_OUT: Final = 0.001
"""Share of a picture's points that may be lighter in a black one."""


def main() -> None:
    """Answer once, within bounds."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    av.logging.set_level(None)
    asked = json.load(sys.stdin)
    json.dump(read(asked["file"], asked["format"], asked["places"]), sys.stdout)


def read(file: str, form: str, places: Sequence[Sequence[float]]) -> dict[str, Any]:
    """What the file shows and plays; the first trouble of its decoders in words."""
    answer: dict[str, Any] = {
        "pictures": 0, "windows": 0, "seconds": 0.0, "dark": 0, "silent": 0,
        "readings": [], "tones": [], "trouble": None,
    }  # fmt: skip
    boxes = [Box(*place) for place in places]
    pieces: list[NDArray[np.float32]] = []
    resampler = av.AudioResampler(format="flt", layout="mono", rate=tones.SAMPLE_RATE)
    try:
        # No file may name another one to be opened.
        with av.open(file, format=form, options={"protocol_whitelist": "file"}) as container:
            for frame in _frames(container, answer):
                if isinstance(frame, av.VideoFrame):
                    if answer["pictures"] < _MOST_PICTURES:
                        _picture(frame, boxes, answer)
                elif sum(piece.size for piece in pieces) < _MOST_SAMPLES:
                    frame.pts = None
                    with contextlib.suppress(av.FFmpegError, ValueError):
                        pieces += [
                            piece.to_ndarray().astype(np.float32).ravel()
                            for piece in resampler.resample(frame)
                        ]
    except (av.FFmpegError, ValueError, MemoryError) as error:
        _note(answer, error)
    _sound(np.concatenate(pieces) if pieces else np.zeros(0, np.float32), answer)
    return answer


def _frames(container: Any, answer: dict[str, Any]) -> Iterator[Any]:
    streams = [*container.streams.video[:1], *container.streams.audio[:1]]
    for stream in streams:
        stream.codec_context.thread_count = 1
    troubles = 0
    for packet in container.demux(streams):
        try:
            for frame in packet.decode():
                if frame.time is not None:
                    answer["seconds"] = max(answer["seconds"], float(frame.time))
                yield frame
        except (av.FFmpegError, ValueError) as error:
            _note(answer, error)
            troubles += 1
            if troubles > _MOST_TROUBLES:
                return


def _note(answer: dict[str, Any], error: Exception) -> None:
    answer["trouble"] = answer["trouble"] or f"{type(error).__name__}: {error}"[:200]


def _picture(frame: Any, boxes: Sequence[Box], answer: dict[str, Any]) -> None:
    if frame.width * frame.height > _MOST_PIXELS:
        raise ValueError("a picture is too large")
    if not frame.format.name.startswith(("yuv", "nv", "gray")):
        frame = frame.reformat(format="yuv420p")
    answer["pictures"] += 1
    plane = frame.planes[0]
    rows: NDArray[np.uint8] = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    luma = rows[: frame.height, : frame.width]
    answer["dark"] += int(np.mean(luma > _BLACK) < _STANDS_OUT)
    inside = [_inside(box, frame.width, frame.height) for box in boxes]
    found = {decode_luma(luma, box) for box in inside if box is not None} | {decode_luma(luma)}
    answer["readings"] += [
        [seen.identity, seen.source, seen.counter] for seen in found if seen is not None
    ]


def _inside(box: Box, width: int, height: int) -> Box | None:
    """A place in pixels; None where it is not all in the picture."""
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
    main()
