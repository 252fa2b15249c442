"""The process that decodes: a JSON list of streams on stdin, what was read of each on stdout."""

from __future__ import annotations

import base64
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
from conformance.observers.marks.code import decode_luma

_MOST_PIXELS: Final = 4096 * 2304
_MEMORY: Final = 4 * 1024**3
_CPU_SECONDS: Final = 45
_MOST_SAMPLES: Final = 16_000 * 10
_DECODERS: Final = {"opus": "libopus", "vp8": "vp8", "vp9": "vp9", "h264": "h264", "h265": "hevc"}


def main() -> None:
    """Answer once, within bounds."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    av.logging.set_level(None)
    asked = json.load(sys.stdin)
    answers = [
        read(one["codec"], [base64.b64decode(frame) for frame in one["frames"]]) for one in asked
    ]
    json.dump(answers, sys.stdout)


def read(codec: str, frames: Sequence[bytes]) -> dict[str, Any]:
    """What one stream shows or plays; the first trouble of its decoder in words."""
    answer: dict[str, Any] = {"decoded": 0, "readings": [], "tones": [], "trouble": None}
    context = av.CodecContext.create(_DECODERS[codec], "r")
    if codec == "opus":
        _read_sound(context, frames, answer)
    else:
        _read_pictures(context, frames, answer)
    return answer


def _decoded(context: Any, frames: Sequence[bytes], answer: dict[str, Any]) -> Iterator[Any]:
    for frame in frames:
        if not frame:
            continue
        try:
            yield from context.decode(av.Packet(frame))
        except (av.FFmpegError, ValueError, MemoryError) as error:
            answer["trouble"] = answer["trouble"] or f"{type(error).__name__}: {error}"[:200]


def _read_pictures(context: Any, frames: Sequence[bytes], answer: dict[str, Any]) -> None:
    context.options = {"max_pixels": str(_MOST_PIXELS)}
    context.thread_count = 1
    for picture in _decoded(context, frames, answer):
        answer["decoded"] += 1
        plane = picture.planes[0]
        rows: NDArray[np.uint8] = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        seen = decode_luma(rows[: picture.height, : picture.width])
        if seen is not None:
            answer["readings"].append([seen.identity, seen.source, seen.counter])


def _read_sound(context: Any, frames: Sequence[bytes], answer: dict[str, Any]) -> None:
    context.layout = "mono"
    resampler = av.AudioResampler(format="flt", layout="mono", rate=tones.SAMPLE_RATE)
    pieces: list[NDArray[np.float32]] = []
    total = 0
    for sound in _decoded(context, frames, answer):
        sound.pts = None
        with contextlib.suppress(av.FFmpegError, ValueError):
            for piece in resampler.resample(sound):
                pieces.append(piece.to_ndarray().astype(np.float32).ravel())
                total += pieces[-1].size
        if total > _MOST_SAMPLES:
            break
    samples = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    for start in range(0, samples.size - tones.WINDOW + 1, tones.WINDOW // 2):
        answer["decoded"] += 1
        pair = tones.detect(samples[start : start + tones.WINDOW])
        if pair is not None:
            answer["tones"].append(list(pair))


if __name__ == "__main__":
    main()
