"""A fuzz target: one reader of a subject's data, which must keep its contract for any bytes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

TARGETS: dict[str, Target] = {}
"""All targets by name; the modules `targets_*.py` register them."""


@dataclass(frozen=True)
class Target:
    """One reader under test.

    `check` takes any bytes and returns; whatever it raises is a find. `make_seeds` gives inputs
    that the reader takes, so that a fuzzer need not guess a format's first bytes.
    """

    name: str
    check: Callable[[bytes], None]
    make_seeds: Callable[[], Iterable[bytes]]

    @cached_property
    def seeds(self) -> list[bytes]:
        """The seeds, made once."""
        return [*self.make_seeds(), b""]


def target(
    seeds: Callable[[], Iterable[bytes]],
) -> Callable[[Callable[[bytes], None]], Callable[[bytes], None]]:
    """Makes a target of a function that takes bytes; its name is the function's."""

    def register(check: Callable[[bytes], None]) -> Callable[[bytes], None]:
        name = check.__name__
        TARGETS[name] = Target(name, check, seeds)
        return check

    return register


def mutated(data: bytes, seed: int) -> bytes:
    """`data` with a few of a fuzzer's classic changes, the same for the same `seed`."""
    chance, changed = random.Random(seed), bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed) + 1)
        size = chance.choice((1, 2, 4, 16, 64))
        match chance.randrange(6):
            case 0:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 1 if at < len(changed):
                changed[at] ^= 1 << chance.randrange(8)
            case 2:
                del changed[at : at + size]
            case 3:
                changed[at:at] = chance.randbytes(size)
            case 4:
                changed[at:at] = changed[at : at + size] * chance.choice((1, 2, 50))
            case _:
                changed[at : at + size] = bytes([chance.choice((0, 0x7F, 0x80, 0xFF))]) * size
    return bytes(changed)
