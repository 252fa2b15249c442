"""The picture code: a participant's identity, camera or screen, and a running counter.

Layout. The picture is a grid of 18 x 10 cells. The 52 cells of its rim are a fixed finder pattern
(light, 12 of them dark). The 128 inner cells carry 64 bits, each twice: cell `i` shows the bit, and
cell `127 - i`, on the opposite side of the picture, shows its complement. So a torn frame, or a
picture made of halves of two marks, contradicts itself. Only luma is read; colour is for people.

The 64 bits are `identity (16) | source (1) | counter (15, Gray code)` and the CRC-32 of these with
a prefix. At 160 x 90 pixels a cell is 9 pixels wide, which is large compared with VP8's blur.

Probability of a wrong reading. A frame is read only if at least 50 of the 52 rim cells are right,
each of the 64 pairs of cells differs by at least 30 % of the rim's contrast, and the CRC fits. For
frames with random independent cells the probability is 2^-41 (rim) x 2^-64 (pairs that differ, at
most 1 in 2 each) x 2^-32 (CRC): practically never. For garbage with an intact rim and clear cells
only the CRC is left: 2^-32. A reading counts only for the identities of four people in the room:
another 2^-14. If four tiles showed only such garbage, at 7 readings a second, one wrong reading
would occur in 700 million hours. The CRC always detects up to 7 wrong bits. Property tests check
this with noise, blocks, tears and blends.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

Source = Literal["camera", "screen"]
Luma = NDArray[np.uint8]
"""Brightness: shape (height, width), 0 to 255, full or limited range."""

COLUMNS: Final = 18
ROWS: Final = 10
COUNTER_VALUES: Final = 1 << 15
IDENTITIES: Final = 1 << 16

_LIGHT: Final = 205
_DARK: Final = 45
_PREFIX: Final = b"mark1"
_WHITENING: Final = 0x5A3C_96E1_0F78_B42D
"""XORed with the 64 bits, so that small numbers give no large plain areas."""
_DARK_RIM: Final = frozenset({3, 4, 8, 13, 20, 21, 25, 30, 31, 36, 41, 47})
"""Positions on the rim, clockwise from the top left corner. They have no symmetry."""

_RIM_ERRORS: Final = 2
_LEAST_CONTRAST: Final = 30.0
_LEAST_MARGIN: Final = 0.3
_POINTS: Final = 5
"""Sample points for each cell and axis, over the middle half of the cell."""


@dataclass(frozen=True)
class Reading:
    """The content of one frame's mark."""

    identity: int
    source: Source
    counter: int


@dataclass(frozen=True)
class Box:
    """A part of a picture, in pixels."""

    left: float
    top: float
    width: float
    height: float


def _rim() -> list[int]:
    """Grid indices (row * COLUMNS + column) of the rim, clockwise from the top left corner."""
    top = [(0, c) for c in range(COLUMNS)]
    right = [(r, COLUMNS - 1) for r in range(1, ROWS)]
    bottom = [(ROWS - 1, c) for c in range(COLUMNS - 2, -1, -1)]
    left = [(r, 0) for r in range(ROWS - 2, 0, -1)]
    return [r * COLUMNS + c for r, c in (*top, *right, *bottom, *left)]


_RIM: Final = _rim()
_INNER: Final = [r * COLUMNS + c for r in range(1, ROWS - 1) for c in range(1, COLUMNS - 1)]
_RIM_LIGHT: Final = np.array([i not in _DARK_RIM for i in range(len(_RIM))])


def _bits(reading: Reading) -> int:
    """The 64 bits of a reading, most significant first."""
    gray = reading.counter ^ (reading.counter >> 1)
    payload = reading.identity << 16 | (reading.source == "screen") << 15 | gray
    check = zlib.crc32(_PREFIX + payload.to_bytes(4, "big"))
    return (payload << 32 | check) ^ _WHITENING


def _reading(bits: int) -> Reading | None:
    bits ^= _WHITENING
    payload, check = bits >> 32, bits & 0xFFFF_FFFF
    if zlib.crc32(_PREFIX + payload.to_bytes(4, "big")) != check:
        return None
    gray = payload & 0x7FFF
    for shift in (1, 2, 4, 8):
        gray ^= gray >> shift
    source: Source = "screen" if payload & 0x8000 else "camera"
    return Reading(payload >> 16, source, gray)


def cells(reading: Reading) -> NDArray[np.bool_]:
    """The grid of a reading: True is light; shape (ROWS, COLUMNS).

    Raises:
        ValueError: identity or counter does not fit into its bits.
    """
    if not 0 <= reading.identity < IDENTITIES:
        raise ValueError(f"identity {reading.identity} does not fit into 16 bits")
    if not 0 <= reading.counter < COUNTER_VALUES:
        raise ValueError(f"counter {reading.counter} does not fit into 15 bits")
    grid = np.zeros(ROWS * COLUMNS, dtype=np.bool_)
    grid[_RIM] = _RIM_LIGHT
    bits = _bits(reading)
    for i in range(64):
        light = bool(bits >> (63 - i) & 1)
        grid[_INNER[i]] = light
        grid[_INNER[127 - i]] = not light
    return grid.reshape(ROWS, COLUMNS)


def encode_luma(reading: Reading, width: int = 640, height: int = 360) -> Luma:
    """Draw a reading as a picture; shape (height, width)."""
    grid = cells(reading)
    rows = np.arange(height) * ROWS // height
    columns = np.arange(width) * COLUMNS // width
    levels = np.where(grid, _LIGHT, _DARK).astype(np.uint8)
    return levels[np.ix_(rows, columns)]


def decode_luma(luma: Luma, box: Box | None = None) -> Reading | None:
    """Read a picture, or its part in `box`; None means that no mark can be read.

    Black bars around the mark are detected.
    """
    height, width = luma.shape
    if width < COLUMNS * 2 or height < ROWS * 2:
        return None
    whole = box or Box(0, 0, width, height)
    found = _decode_at(luma, whole)
    if found is None and box is None:
        trimmed = _without_bars(luma)
        if trimmed is not None:
            found = _decode_at(luma, trimmed)
    return found


def _decode_at(luma: Luma, box: Box) -> Reading | None:
    means = _sample(luma, box)
    rim = means[_RIM]
    light, dark = np.median(rim[_RIM_LIGHT]), np.median(rim[~_RIM_LIGHT])
    contrast = light - dark
    if contrast < _LEAST_CONTRAST:
        return None
    if np.count_nonzero((rim > (light + dark) / 2) != _RIM_LIGHT) > _RIM_ERRORS:
        return None
    inner = means[_INNER]
    difference = inner[:64] - inner[:63:-1]
    if np.abs(difference).min() < _LEAST_MARGIN * contrast:
        return None
    bits = 0
    for bit in difference > 0:
        bits = bits << 1 | int(bit)
    return _reading(bits)


def _sample(luma: Luma, box: Box) -> NDArray[np.float64]:
    """Mean brightness of the middle of each cell; shape (ROWS * COLUMNS,)."""
    offsets = 0.25 + 0.5 * (np.arange(_POINTS) + 0.5) / _POINTS
    x = box.left + (np.arange(COLUMNS)[:, None] + offsets).ravel() * box.width / COLUMNS
    y = box.top + (np.arange(ROWS)[:, None] + offsets).ravel() * box.height / ROWS
    points = luma[np.ix_(y.astype(np.intp), x.astype(np.intp))].astype(np.float64)
    blocks = points.reshape(ROWS, _POINTS, COLUMNS, _POINTS)
    means: NDArray[np.float64] = blocks.mean(axis=(1, 3)).ravel()
    return means


def _without_bars(luma: Luma) -> Box | None:
    """The part of the picture inside dark bars; None if there are no bars or no light part."""
    low, high = int(luma.min()), int(luma.max())
    if high - low < _LEAST_CONTRAST:
        return None
    bright = luma > (low + high) / 2
    rows = np.flatnonzero(bright.mean(axis=1) > 0.3)
    columns = np.flatnonzero(bright.mean(axis=0) > 0.3)
    if rows.size == 0 or columns.size == 0:
        return None
    box = Box(
        float(columns[0]),
        float(rows[0]),
        float(columns[-1] - columns[0] + 1),
        float(rows[-1] - rows[0] + 1),
    )
    return box if box.width >= COLUMNS * 2 and box.height >= ROWS * 2 else None


def page_settings() -> dict[str, Any]:
    """The same layout for the page's encoder and decoder (page/code.js)."""
    return {
        "columns": COLUMNS,
        "rows": ROWS,
        "rim": _RIM,
        "rimLight": [bool(light) for light in _RIM_LIGHT],
        "inner": _INNER,
        "light": _LIGHT,
        "dark": _DARK,
        "prefix": list(_PREFIX),
        "whitening": [_WHITENING >> 32, _WHITENING & 0xFFFF_FFFF],
        "rimErrors": _RIM_ERRORS,
        "leastContrast": _LEAST_CONTRAST,
        "leastMargin": _LEAST_MARGIN,
        "points": _POINTS,
    }
