"""What the decoding processes share: limits, the request, and raw samples of sound."""

from __future__ import annotations

import contextlib
import json
import resource
import sys
from collections.abc import Callable
from typing import Any, Final

import av
import av.logging
import numpy as np
from numpy.typing import NDArray

from conformance.observers.marks import tones

MOST_PIXELS: Final = 4096 * 2304
_MEMORY: Final = 4 * 1024**3


def answer_once(answer: Callable[[Any], object], cpu_seconds: int) -> None:
    """Read JSON from stdin and write the result of `answer` to stdout; limits end the process."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    av.logging.set_level(None)
    json.dump(answer(json.load(sys.stdin)), sys.stdout)


def record_error(answer: dict[str, Any], error: Exception) -> None:
    """Record the decoder's first error as text."""
    answer["error"] = answer["error"] or f"{type(error).__name__}: {error}"[:200]


def luma_of(picture: Any) -> NDArray[np.uint8]:
    """A decoded picture's luma, one row per line, without the padding."""
    plane = picture.planes[0]
    rows: NDArray[np.uint8] = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: picture.height, : picture.width]


class Sound:
    """Decoded sound as mono samples at the sample rate of the tones."""

    def __init__(self) -> None:
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=tones.SAMPLE_RATE)
        self._pieces: list[NDArray[np.float32]] = []
        self.size = 0

    def add(self, frame: Any) -> None:
        """Add one decoded frame; a frame that cannot be resampled is skipped."""
        frame.pts = None
        with contextlib.suppress(av.FFmpegError, ValueError):
            for piece in self._resampler.resample(frame):
                self._pieces.append(piece.to_ndarray().astype(np.float32).ravel())
                self.size += self._pieces[-1].size

    @property
    def samples(self) -> NDArray[np.float32]:
        """All samples in one array."""
        return np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.float32)
