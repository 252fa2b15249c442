"""What an encrypted frame leaves readable beside its ciphertext.

LiveKit's format leaves the head of a frame in clear, so that an SFU can read the codec's header. In
H.264 and H.265 the head is everything before the first slice (livekit-client 2.21.0, src/e2ee/
worker/naluUtils.ts). Parameter sets belong there, and nothing that comes from the picture does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from conformance.keys.frames import Codec
from conformance.keys.opener import SealedFrame

MOST_DISTINCT: Final = 2
"""How many different contents the units in question may have: encoders write their own name once a
stream, and again with another setting."""

_START: Final = re.compile(rb"\x00\x00\x00?\x01")
# ITU-T H.264 table 7-1: slices, parameter sets, delimiter, ends; H.265 table 7-1: the same.
_HEADERS: Final = {
    Codec.H264: frozenset({1, 5, 7, 8, 9, 10, 11, 13, 15}),
    Codec.H265: frozenset({*range(32), 32, 33, 34, 35, 36, 37}),
}
_SEI: Final = {Codec.H264: frozenset({6}), Codec.H265: frozenset({39, 40})}
_USER_DATA: Final = frozenset({4, 5})  # ITU-T H.264 annex D.1, registered and unregistered


def foreign_units(clear: bytes, codec: Codec) -> list[bytes]:
    """The NAL units of a frame's clear head that may carry content: user data and unknown types."""
    if codec not in _HEADERS:
        return []
    found = []
    for unit in _START.split(clear)[1:]:
        if not unit:
            continue
        kind = unit[0] & 0x1F if codec is Codec.H264 else unit[0] >> 1 & 0x3F
        if kind in _SEI[codec]:
            payload = unit[1 if codec is Codec.H264 else 2 :]
            if payload[:1] and payload[0] in _USER_DATA:
                found.append(unit)
        elif kind not in _HEADERS[codec] and unit[1:].strip(b"\xff\x80"):  # not just a filler
            found.append(unit)
    return found


def clear_beside(frames: Iterable[SealedFrame | None], codec: Codec | None) -> int:
    """The number of encrypted frames with units in clear whose content changes from one to another.

    0 if there are at most `MOST_DISTINCT` different contents.
    """
    if codec is None:
        return 0
    found = [
        units
        for frame in frames
        if frame is not None
        if (units := foreign_units(frame.clear, codec))
    ]
    distinct = {unit for units in found for unit in units}
    return len(found) if len(distinct) > MOST_DISTINCT else 0
