"""The content of frames: decoded in another process and read as marks and tones.

The same reader handles opened frames (proof of the right key) and forwarded frames (proof that they
are not encrypted). A subject may send frames that break a decoder. So a child process decodes, with
limits on time, memory and picture size; if it dies, there is no reading.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.keys.frames import Codec
from conformance.observers.marks import tones
from conformance.observers.marks.code import Reading
from conformance.observers.media.child import run_child

MOST_FRAMES: Final = 100
"""Decoded frames per stream: a second of sound needs 50 frames, a picture one."""
MOST_BYTES: Final = 8 * 1024 * 1024
_SECONDS: Final = 60.0
_PIECE: Final = 24 * 1024 * 1024
"""Input bytes per child; further streams go to the next child."""


@dataclass(frozen=True)
class Stream:
    """Consecutive frames of one track; pictures start with a key frame."""

    codec: Codec
    frames: Sequence[bytes]


@dataclass(frozen=True)
class Content:
    """The result. `decoded` counts pictures, or windows of sound; `error` is the decoder's."""

    decoded: int = 0
    readings: tuple[Reading, ...] = ()
    tones: tuple[tones.Pair, ...] = ()
    error: str | None = None

    @property
    def shows(self) -> bool:
        """Whether any mark or any tones were read."""
        return bool(self.readings or self.tones)

    def pictures_of(self, identity: int) -> set[int]:
        """The distinct counters in this identity's marks."""
        return {reading.counter for reading in self.readings if reading.identity == identity}


@dataclass
class _Job:
    streams: list[Stream] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    size: int = 0


async def read_contents(streams: Sequence[Stream]) -> list[Content]:
    """Decode and read each stream, in order.

    A stream that kills its decoder has no readings and does not affect the others.
    """
    if not streams:
        return []
    contents = [Content()] * len(streams)
    jobs = [_Job()]
    for place, stream in enumerate(streams):
        cut = _bounded(stream)
        size = sum(map(len, cut.frames))
        if jobs[-1].streams and jobs[-1].size + size > _PIECE:
            jobs.append(_Job())
        jobs[-1].streams.append(cut)
        jobs[-1].places.append(place)
        jobs[-1].size += size
    for job in jobs:
        answers = await _child(job.streams)
        if answers is None and len(job.streams) > 1:
            answers = [one for s in job.streams for one in (await _child([s]) or [_BROKE])]
        for place, answer in zip(job.places, answers or [_BROKE], strict=True):
            contents[place] = answer
    return contents


_BROKE: Final = Content(error="the decoder crashed")


def _bounded(stream: Stream) -> Stream:
    """The first whole frames, up to the limits."""
    kept, size = [], 0
    for frame in stream.frames[:MOST_FRAMES]:
        size += len(frame)
        if size > MOST_BYTES:
            break
        kept.append(bytes(frame))
    return Stream(stream.codec, kept)


async def _child(streams: Sequence[Stream]) -> list[Content] | None:
    """One child's answers; None if it fails or exceeds the time limit."""
    if not streams:
        return []
    request = [
        {"codec": str(s.codec), "frames": [base64.b64encode(f).decode() for f in s.frames]}
        for s in streams
    ]
    answers = await run_child("conformance.observers.media.decode_child", request, _SECONDS)
    return None if answers is None else [_content(answer) for answer in answers]


def _content(answer: dict[str, Any]) -> Content:
    return Content(
        decoded=answer["decoded"],
        readings=tuple(Reading(*one) for one in answer["readings"]),
        tones=tuple((low, high) for low, high in answer["tones"]),
        error=answer["error"],
    )
