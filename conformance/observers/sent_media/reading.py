"""Reads marks and tones off the pictures and sound that left a browser, in another process."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from conformance.observers.marks import tones
from conformance.observers.marks.code import Reading
from conformance.observers.media.child import run_child
from conformance.observers.sent_media.bodies import Body

_SECONDS: Final = 90.0
_PIECE: Final = 24 * 1024 * 1024
"""Input bytes per child; further bodies go to the next child."""


@dataclass(frozen=True)
class Seen:
    """The content of one body.

    Attributes:
        pictures: the number of decoded pictures.
        windows: the number of decoded windows of sound (256 ms each).
        readings: the marks in the pictures.
        tones: the tones (Hz) of each window that is not silent.
        error: the decoder's first error, None without one.
    """

    body: Body
    pictures: int = 0
    windows: int = 0
    readings: tuple[Reading, ...] = ()
    tones: tuple[tuple[int, ...], ...] = ()
    error: str | None = None

    @property
    def is_decoded(self) -> bool:
        """Whether it is a picture or sound at all."""
        return self.pictures > 0 or self.windows > 0

    def identities(self) -> set[int]:
        """The identities of the marks."""
        return {reading.identity for reading in self.readings}

    def hears(self, identity: int) -> bool:
        """Whether a window has both tones of this identity."""
        pair = set(tones.pair_of(identity))
        return any(pair <= set(heard) for heard in self.tones)


async def read_bodies(bodies: Sequence[Body]) -> list[Seen]:
    """Decode and read each body, in order. One that kills its decoder has an error."""
    seen: list[Seen] = []
    waiting: list[Body] = []
    size = 0
    for body in bodies:
        if waiting and size + len(body.data) > _PIECE:
            seen += await _read(waiting)
            waiting, size = [], 0
        waiting.append(body)
        size += len(body.data)
    return seen + await _read(waiting)


async def _read(bodies: Sequence[Body]) -> list[Seen]:
    if not bodies:
        return []
    request = [
        {"form": body.form.partition(" in ")[0], "data": base64.b64encode(body.data).decode()}
        for body in bodies
    ]
    answers = await run_child("conformance.observers.sent_media.child", request, _SECONDS)
    if answers is None and len(bodies) > 1:
        return [one for body in bodies for one in await _read([body])]
    if answers is None:
        return [Seen(bodies[0], error="the decoder crashed")]
    return [_seen(body, answer) for body, answer in zip(bodies, answers, strict=True)]


def _seen(body: Body, answer: dict[str, Any]) -> Seen:
    return Seen(
        body,
        pictures=answer["pictures"],
        windows=answer["windows"],
        readings=tuple(Reading(*one) for one in answer["readings"]),
        tones=tuple(tuple(heard) for heard in answer["tones"]),
        error=answer["error"],
    )
