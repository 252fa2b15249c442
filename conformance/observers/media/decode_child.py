"""The decoding process: a JSON list of streams on stdin, the result of each on stdout."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any, Final

import av

from conformance.observers.marks import tones
from conformance.observers.marks.code import decode_luma
from conformance.observers.media.av_child import (
    MOST_PIXELS,
    Sound,
    answer_once,
    luma_of,
    record_error,
)

_CPU_SECONDS: Final = 45
_MOST_SAMPLES: Final = 16_000 * 10
_DECODERS: Final = {"opus": "libopus", "vp8": "vp8", "vp9": "vp9", "h264": "h264", "h265": "hevc"}


def read_all(request: Any) -> list[dict[str, Any]]:
    """The content of each stream."""
    return [
        read(one["codec"], [base64.b64decode(frame) for frame in one["frames"]]) for one in request
    ]


def read(codec: str, frames: Sequence[bytes]) -> dict[str, Any]:
    """The content of one stream, with its decoder's first error as text."""
    answer: dict[str, Any] = {"decoded": 0, "readings": [], "tones": [], "error": None}
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
            record_error(answer, error)


def _read_pictures(context: Any, frames: Sequence[bytes], answer: dict[str, Any]) -> None:
    context.options = {"max_pixels": str(MOST_PIXELS)}
    context.thread_count = 1
    for picture in _decoded(context, frames, answer):
        answer["decoded"] += 1
        seen = decode_luma(luma_of(picture))
        if seen is not None:
            answer["readings"].append([seen.identity, seen.source, seen.counter])


def _read_sound(context: Any, frames: Sequence[bytes], answer: dict[str, Any]) -> None:
    context.layout = "mono"
    sound = Sound()
    for frame in _decoded(context, frames, answer):
        sound.add(frame)
        if sound.size > _MOST_SAMPLES:
            break
    samples = sound.samples
    for start in range(0, samples.size - tones.WINDOW + 1, tones.WINDOW // 2):
        answer["decoded"] += 1
        pair = tones.detect(samples[start : start + tones.WINDOW])
        if pair is not None:
            answer["tones"].append(list(pair))


if __name__ == "__main__":
    answer_once(read_all, _CPU_SECONDS)
