"""Whether a frame is AV1 as an encoder made it, without decoding it.

A frame that WebRTC's encoded streams hand out is a row of open bitstream units (OBU), each with its
size (AV1 specification, sections 5.3.1, 5.3.2 and 6.2.2). Ciphertext reads as one about as often as
any bytes do: a row has to end exactly where the frame does.
"""

from __future__ import annotations

from typing import Final

_TYPES: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 15})
_SEQUENCE_OR_FRAME: Final = frozenset({1, 3, 4, 6})
_LONGEST_SIZE: Final = 8


def reads_as_av1(frame: bytes) -> bool:
    """Whether all of it is a row of units, with at least one of a picture or a sequence."""
    at, found = 0, False
    while at < len(frame):
        header = frame[at]
        kind = header >> 3 & 15
        if header & 0b1000_0001 or kind not in _TYPES:  # forbidden and reserved bit
            return False
        found = found or kind in _SEQUENCE_OR_FRAME
        at += 2 if header & 0b100 else 1  # with an extension
        if not header & 0b10:  # the last one may have no size: it is the rest
            return found and at < len(frame)
        size, at = _leb128(frame, at)
        if size is None:
            return False
        at += size
    return found and at == len(frame)


def _leb128(frame: bytes, at: int) -> tuple[int | None, int]:
    value = 0
    for index in range(_LONGEST_SIZE):
        if at + index >= len(frame):
            return None, at
        byte = frame[at + index]
        value |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            return value, at + index + 1
    return None, at
