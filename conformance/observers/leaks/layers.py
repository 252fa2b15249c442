"""The results of one decoding step on an item, and the limits of its cost.

All results of a step are joined into one `Layer` with their origins, so that an item of many small
parts costs no more than an item of a few large parts.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.uint8]

LEAST: Final = 8
"""Shorter results cannot contain a pattern."""
_BETWEEN: Final = bytes(8)
"""Separates the parts of a layer."""


@dataclass
class Budget:
    """The limits for decoding one item: bytes of output, streams tried, bytes that they read.

    `input` bounds the bytes that all compressed streams read. A stream of empty blocks has no
    output, and any number of headers may lead into it.
    """

    output: int
    tries: int
    one: int
    input: int = 256 * 1024 * 1024
    """The output limit of a single compressed stream, in bytes."""
    spent: list[str] = field(default_factory=list)
    """Why a part was not decoded; empty if everything was."""

    def take(self, size: int) -> bool:
        """Count `size` bytes of output; return False if the limit is exceeded."""
        if size > self.output:
            self.say("too much output")
            return False
        self.output -= size
        return True

    def attempt(self) -> bool:
        """Count an attempt to inflate; return False if the limit is exceeded."""
        if self.tries <= 0:
            self.say("too many compressed streams")
            return False
        self.tries -= 1
        return True

    def read(self, size: int) -> bool:
        """Count `size` bytes read by a compressed stream; return False if the limit is exceeded."""
        self.input -= size
        if self.input < 0:
            self.say("compressed streams with too much input")
            return False
        return True

    def say(self, why: str) -> None:
        """Keep a reason, without repeats."""
        if why not in self.spent:
            self.spent.append(why)


@dataclass
class Layer:
    """Bytes, and the origin of each part.

    Attributes:
        starts: the offset of each part in `data`, ascending.
        steps: each part's encoding and its offset in the layer below ("gzip", 12).
        whole: offsets of parts that may be a complete raw deflate stream.
    """

    data: bytes
    starts: list[int]
    steps: list[tuple[str, int]]
    whole: list[int] = field(default_factory=list)

    def origin(self, offset: int) -> tuple[str, int]:
        """The step that produced the byte at `offset`, and its start in the layer below."""
        return self.steps[max(0, bisect_right(self.starts, offset) - 1)]


class Builder:
    """Builds a layer from parts."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0
        self.starts: list[int] = []
        self.steps: list[tuple[str, int]] = []
        self.whole: list[int] = []

    def add(self, data: bytes, step: str, at: int, *, whole: bool = False) -> int:
        """Append a part and return its offset."""
        begin = self.size
        self.starts.append(begin)
        self.steps.append((step, at))
        if whole:
            self.whole.append(begin)
        self.parts += (data, _BETWEEN)
        self.size += len(data) + len(_BETWEEN)
        return begin

    def layer(self) -> Layer:
        return Layer(b"".join(self.parts), self.starts, self.steps, self.whole)


def item(data: bytes) -> Layer:
    """The first layer: an item as it was read."""
    return Layer(data, [0], [("", 0)], [0])


def table_of(members: bytes) -> NDArray[np.bool_]:
    """A table of the 256 bytes, True for those in `members`."""
    table = np.zeros(256, np.bool_)
    table[list(members)] = True
    return table
