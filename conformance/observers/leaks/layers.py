"""What one step of undoing makes of an item, put together, and what it may cost.

All that a step makes is put into one `Layer`, with what it came from beside it, so that an item
of many small parts costs no more than one of a few large ones.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.uint8]

LEAST: Final = 8
"""Shorter results hold no pattern."""
_BETWEEN: Final = bytes(8)
"""Keeps parts of a layer apart."""


@dataclass
class Budget:
    """What undoing one item may cost: bytes of output, streams tried, bytes read by them.

    `input` bounds what compressed streams may read together: one that gives nothing, of empty
    blocks, costs no output, and any number of headers may lead into it.
    """

    output: int
    tries: int
    one: int
    input: int = 256 * 1024 * 1024
    """Bytes of output of a single compressed stream."""
    spent: list[str] = field(default_factory=list)
    """Why something was not undone; empty when everything was."""

    def take(self, size: int) -> bool:
        """Count `size` bytes of output; False when there is no room for them."""
        if size > self.output:
            self.say("too much output")
            return False
        self.output -= size
        return True

    def attempt(self) -> bool:
        """Count an attempt to inflate; False when there were too many."""
        if self.tries <= 0:
            self.say("too many compressed streams")
            return False
        self.tries -= 1
        return True

    def read(self, size: int) -> bool:
        """Count `size` bytes read by a compressed stream; False when it was too much."""
        self.input -= size
        if self.input < 0:
            self.say("compressed streams that cost too much")
            return False
        return True

    def say(self, why: str) -> None:
        """Keep a reason, once."""
        if why not in self.spent:
            self.spent.append(why)


@dataclass
class Layer:
    """Bytes, and which part of them came from where.

    Attributes:
        starts: where each part begins in `data`, ascending.
        steps: how each part was made and of what offset below ("gzip", 12).
        whole: where something begins that may be one raw deflate stream as a whole.
    """

    data: bytes
    starts: list[int]
    steps: list[tuple[str, int]]
    whole: list[int] = field(default_factory=list)

    def origin(self, offset: int) -> tuple[str, int]:
        """The step that made the byte at `offset`, and where in the layer below it began."""
        return self.steps[max(0, bisect_right(self.starts, offset) - 1)]


class Builder:
    """Puts a layer together."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0
        self.starts: list[int] = []
        self.steps: list[tuple[str, int]] = []
        self.whole: list[int] = []

    def add(self, data: bytes, step: str, at: int, *, whole: bool = False) -> int:
        """Append a part; where it begins."""
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
    """An item as it was read, as the layer to begin with."""
    return Layer(data, [0], [("", 0)], [0])


def table_of(members: bytes) -> NDArray[np.bool_]:
    """Which of the 256 bytes are among these."""
    table = np.zeros(256, np.bool_)
    table[list(members)] = True
    return table
