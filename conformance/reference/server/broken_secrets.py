"""Secrets of a server that makes them badly: what a statistical check has to notice."""

from __future__ import annotations

import secrets
import time

from conformance.wire import metadata

_HALF = metadata.SECRET_ALPHABET[: len(metadata.SECRET_ALPHABET) // 2]


def biased() -> str:
    """Long enough, but each character is of the alphabet's first half two times out of three."""
    alphabet = metadata.SECRET_ALPHABET + _HALF
    return "".join(secrets.choice(alphabet) for _ in range(metadata.SECRET_LENGTH))


class Repeating:
    """Secrets that come again now and then."""

    def __init__(self) -> None:
        self._made: list[str] = []
        self._second = 0

    def one_in_32_again(self) -> str:
        """A new secret, but for every 32nd, which is the one before it."""
        if len(self._made) % 32 == 31:
            self._made.append(self._made[-1])
        else:
            self._made.append(metadata.new_secret())
        return self._made[-1]

    def one_each_second(self) -> str:
        """A secret of this second, as one whose generator is seeded with the clock makes it."""
        if not self._made or int(time.time()) != self._second:
            self._second = int(time.time())
            self._made.append(metadata.new_secret())
        return self._made[-1]
