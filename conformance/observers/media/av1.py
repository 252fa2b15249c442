"""Whether a frame is unencrypted AV1, without decoding it.

WebRTC's encoded streams give frames as sequences of open bitstream units (OBU), each with its size
(AV1 specification, sections 5.3.1, 5.3.2 and 6.2.2). A sequence must end exactly where the frame
ends. Ciphertext passes this test as rarely as random bytes do.
"""

from __future__ import annotations

from typing import Final

_TYPES: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 15})
_SEQUENCE_OR_FRAME: Final = frozenset({1, 3, 4, 6})
_LONGEST_SIZE: Final = 8


def reads_as_av1(frame: bytes) -> bool:
    """Whether the frame is a sequence of units with at least one picture or sequence unit."""
    at, found = 0, False
    while at < len(frame):
        header = frame[at]
        kind = header >> 3 & 15
        if header & 0b1000_0001 or kind not in _TYPES:  # the forbidden and the reserved bit
            return False
        found = found or kind in _SEQUENCE_OR_FRAME
        at += 2 if header & 0b100 else 1  # with an extension byte
        if not header & 0b10:  # the last unit may have no size: it is the rest
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
