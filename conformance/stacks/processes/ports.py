"""Free loopback ports that two runs on one machine never share.

A block is ten ports. While the block is in use, we listen on its first port, so no other run can
bind it; the kernel releases it however we end. The range lies below the ephemeral ports of Linux
and macOS: no outgoing connection takes a port between our test and the service's bind.
"""

from __future__ import annotations

import random
import socket

from conformance.stacks.errors import PortTaken, StackError

FIRST, LAST, SIZE = 20_000, 31_990, 10


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Can a service bind this port, TCP and UDP, now?"""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                # As the services do: a connection of an earlier run in TIME_WAIT is no obstacle.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def demand(port: int) -> int:
    """Return the port if it is free; raises `PortTaken`."""
    if not is_free(port):
        raise PortTaken(port)
    return port


class PortBlock:
    """Nine free ports, reserved until `release`."""

    def __init__(self) -> None:
        blocks = list(range(FIRST, LAST, SIZE))
        random.shuffle(blocks)
        for first in blocks:
            held = socket.socket()
            try:
                held.bind(("127.0.0.1", first))
                held.listen(1)
            except OSError:
                held.close()
                continue
            # 0.0.0.0, because LiveKit's media ports listen on every address.
            if all(is_free(first + i, "0.0.0.0") for i in range(1, SIZE)):  # noqa: S104
                self._held, self._next, self._end = held, first + 1, first + SIZE
                return
            held.close()
        raise StackError(f"no free block of {SIZE} loopback ports between {FIRST} and {LAST}")

    def take(self) -> int:
        """The next port of the block."""
        if self._next >= self._end:
            raise StackError("a stack asked for more ports than its block has")
        self._next += 1
        return self._next - 1

    def release(self) -> None:
        """Release the block."""
        self._held.close()
