"""The process that reads pictures and sound: a JSON list of bodies in, the content of each out."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from conformance.observers.marks import tones
from conformance.observers.marks.code import decode_luma
from conformance.observers.media import decode_child, recorded_child
from conformance.observers.media.av_child import answer_once, record_error

_CPU_SECONDS: Final = 60
_WIDTHS: Final = (
    36,
    40,
    48,
    64,
    80,
    96,
    120,
    128,
    160,
    176,
    240,
    256,
    320,
    352,
    480,
    640,
    960,
    1280,
)
_RATES: Final = (48_000, 44_100, 16_000, 8_000)
_WINDOWS: Final = 8


def read_all(request: Any) -> list[dict[str, Any]]:
    """The content of each body."""
    return [read(one["form"], base64.b64decode(one["data"])) for one in request]


def read(form: str, data: bytes) -> dict[str, Any]:
    """The content of one body, with its decoder's first error as text."""
    if form == "VP8 frame":
        read_frames = decode_child.read("vp8", [data])
        return {**read_frames, "pictures": read_frames["decoded"], "windows": 0}
    if form == "unknown data":
        return _raw(data)
    # The kind of a single picture is not probed from bytes alone.
    first = {"JPEG": "jpeg_pipe", "PNG": "png_pipe", "GIF": "gif", "H.264": "h264"}.get(form)
    answer = recorded_child.read(io.BytesIO(data), first, [])
    if not answer["readings"] and answer["pictures"]:
        answer["readings"] = _mirrored(data, first)
    return answer


def _mirrored(data: bytes, form: str | None) -> list[list[Any]]:
    """The marks of the first picture as people see themselves, or upside down."""
    answer: dict[str, Any] = {"error": None}
    try:
        container: Any
        with av.open(io.BytesIO(data), format=form) as container:
            frame: Any = next(iter(container.decode(video=0)))
            picture: NDArray[np.uint8] = frame.to_ndarray(format="gray")
    except (av.FFmpegError, ValueError, MemoryError, StopIteration, IndexError) as error:
        record_error(answer, error)
        return []
    return _marks(picture[:, ::-1]) + _marks(picture[::-1, ::-1]) + _marks(picture[::-1])


def _marks(luma: NDArray[np.uint8]) -> list[list[Any]]:
    seen = decode_luma(np.ascontiguousarray(luma))
    return [] if seen is None else [[seen.identity, seen.source, seen.counter]]


def _raw(data: bytes) -> dict[str, Any]:
    """Unknown bytes, read as raw pictures and as raw sound; nothing if they are neither."""
    answer: dict[str, Any] = {
        "pictures": 0, "windows": 0, "readings": [], "tones": [], "error": None,
    }  # fmt: skip
    for luma in _pictures(data):
        found = _marks(luma)
        answer["readings"] += found
        answer["pictures"] += len(found)
    for samples in _sounds(data):
        heard = tones.mixed(samples)
        if heard:
            answer["windows"] += 1
            answer["tones"].append(list(heard))
    return answer


def _pictures(data: bytes) -> Iterator[NDArray[np.uint8]]:
    array = np.frombuffer(data, np.uint8)
    for width in _WIDTHS:
        for height in {width * 9 // 16, width * 3 // 4, width * 10 // 16, width}:
            for channels in (4, 3, 1):
                size = width * height * channels
                if size <= len(array) < size + 256:
                    yield array[-size:].reshape(height, width, channels)[:, :, min(1, channels - 1)]
            planar = width * height * 3 // 2
            if planar <= len(array) < planar + 256:
                yield array[: width * height].reshape(height, width)


def _sounds(data: bytes) -> Iterator[NDArray[np.float32]]:
    for kind, most in ((np.dtype("<i2"), 32768.0), (np.dtype("<f4"), 1.0)):
        values = np.frombuffer(data[: len(data) // kind.itemsize * kind.itemsize], kind)
        if kind.kind == "f" and not np.all(np.abs(np.nan_to_num(values, nan=9.0)) <= 1.5):
            continue
        scaled = values.astype(np.float32) / most
        for channels in (1, 2):
            mono = scaled[::channels]
            for rate in _RATES:
                needed = tones.WINDOW * rate // tones.SAMPLE_RATE
                for start in range(0, min(len(mono) - needed + 1, needed * _WINDOWS), needed):
                    at = np.arange(tones.WINDOW) * (rate / tones.SAMPLE_RATE)
                    piece = np.interp(at, np.arange(needed), mono[start : start + needed])
                    yield piece.astype(np.float32)


if __name__ == "__main__":
    answer_once(read_all, _CPU_SECONDS)
