"""Decodes text encodings: base64, hex, percent-encoding, JSON escapes.

Input is hostile: nothing raises, and the item's `Budget` bounds every step.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Collection, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from conformance.observers.leaks.layers import Array, Budget, Builder, table_of

_MARGIN: Final = 256
"""Bytes around an escape that are decoded with it, as the rest of its word."""
LEAST_BASE64: Final = 24
LEAST_HEX: Final = 24
"""The shortest run that is decoded, in characters. Shorter secrets have their own patterns."""

_HEX_DIGITS: Final = b"0123456789abcdefABCDEF"
_BASE64_DIGITS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_IN_HEX: Final = table_of(_HEX_DIGITS)
_IN_BASE64: Final = table_of(_BASE64_DIGITS)
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_IN_ADDRESS: Final = table_of(bytes(range(0x20, 0x7F)))
_IN_TEXT: Final = table_of(b"\t\r\n" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100)))
_SIDE: Final = 10
_WORD: Final = 16
"""The shortest text with an escape that is decoded, in bytes."""
_FOLD: Final = re.compile(rb"(?<=[A-Za-z0-9+/_-]{60})\r?\n(?=[A-Za-z0-9+/_-])")
"""Where base64 continues on the next line (PEM has lines of 64 characters, MIME of 76)."""


def _runs(array: Array, table: NDArray[np.bool_], least: int) -> list[tuple[int, int]]:
    """The runs of at least `least` bytes from `table`, as (start, end)."""
    if len(array) < least:
        return []
    inside = table[array]
    bounds = np.concatenate(([0], np.flatnonzero(inside[1:] != inside[:-1]) + 1, [len(array)]))
    starts, ends = bounds[:-1], bounds[1:]
    long = inside[starts] & (ends - starts >= least)
    return list(zip(starts[long].tolist(), ends[long].tolist(), strict=True))


def base64_and_hex(
    data: bytes, array: Array, signs: Collection[str], budget: Budget, built: Builder
) -> None:
    runs = _runs(array, _IN_BASE64, min(LEAST_BASE64, LEAST_HEX))
    if "hex" in signs:
        words = [
            (start + a, start + b)
            for start, end in runs
            for a, b in _runs(array[start:end], _IN_HEX, LEAST_HEX)
        ]
        _decode_hex(data, words, budget, built)
    if "base64" in signs:
        _decode_base64(data, runs, budget, built)
        if "lines" in signs:
            unfolded = _FOLD.sub(b"", data)
            again = _runs(np.frombuffer(unfolded, np.uint8), _IN_BASE64, LEAST_BASE64)
            _decode_base64(unfolded, again, budget, built)


def _decode_base64(
    data: bytes, runs: list[tuple[int, int]], budget: Budget, built: Builder
) -> None:
    """Decode all runs at each of the four alignments, because the start of a group is unknown."""
    pieces: list[bytes] = []
    places: list[tuple[int, int, int]] = []
    size = 0
    for start, end in runs:
        size += 4
        places.append((size, start, end - start))
        pieces += (b"AAAA", data[start:end])
        size += end - start
    text = b"".join(pieces).translate(_TO_STANDARD) + b"AAAA"
    for skip in range(4):
        groups = text[skip : skip + (len(text) - skip) // 4 * 4]
        if not budget.take(len(groups) * 3 // 4):
            return
        begin = built.add(binascii.a2b_base64(groups), "base64", places[0][1] if places else 0)
        for at, start, length in places:
            inner = begin + max(0, at - skip) * 3 // 4
            built.starts.append(inner)
            built.steps.append(("base64", start))
            if (at - skip) % 4 == 0 and length >= 32:
                built.whole.append(inner)


def _decode_hex(data: bytes, runs: list[tuple[int, int]], budget: Budget, built: Builder) -> None:
    text = b"00".join(data[start:end] for start, end in runs)
    for skip in range(2):
        digits = text[skip : skip + (len(text) - skip) // 2 * 2]
        if not budget.take(len(digits) // 2):
            return
        begin = built.add(binascii.a2b_hex(digits), "hex", runs[0][0] if runs else 0)
        at = 0
        for start, end in runs:
            inner = begin + max(0, at - skip) // 2
            built.starts.append(inner)
            built.steps.append(("hex", start))
            if (at - skip) % 2 == 0 and end - start >= 48:
                built.whole.append(inner)
            at += end - start + 2


def _in_words(
    array: Array, positions: NDArray[np.intp], table: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """The `positions` with text on one side. The others are in random bytes.

    If there are many positions, the data is text, and all of them are kept.
    """
    if not 0 < len(positions) < len(array) // 64:
        return positions
    around = np.arange(-_SIDE, _SIDE + 1)
    near = table[array[np.clip(positions[:, None] + around, 0, len(array) - 1)]]
    kept: NDArray[np.intp] = positions[near[:, :_SIDE].all(1) | near[:, _SIDE + 1 :].all(1)]
    return kept


def _around(array: Array, positions: NDArray[np.intp], table: NDArray[np.bool_]) -> Array:
    """The joined text around `positions`: bytes in `table`, at most `_MARGIN` away."""
    others = np.concatenate(([-1], np.flatnonzero(~table[array]), [len(array)]))
    after = np.searchsorted(others, positions)
    starts = np.maximum(positions - _MARGIN, others[after - 1] + 1)
    ends = np.minimum(positions + _MARGIN + 8, others[after])
    breaks = np.flatnonzero(starts[1:] > ends[:-1])
    starts = starts[np.concatenate(([0], breaks + 1))]
    ends = ends[np.concatenate((breaks, [len(ends) - 1]))]
    long = ends - starts >= _WORD
    pieces = [
        array[start:end]
        for start, end in zip(starts[long].tolist(), ends[long].tolist(), strict=True)
    ]
    return np.concatenate(pieces) if pieces else array[:0]


_HEX_VALUE: Final = np.zeros(256, np.uint8)
_HEX_VALUE[list(_HEX_DIGITS)] = [int(chr(digit), 16) for digit in _HEX_DIGITS]


def percent(array: Array, budget: Budget, built: Builder) -> None:
    at = _in_words(array, _escapes(array), _IN_ADDRESS)
    if not len(at):
        return
    text = _around(array, at, _IN_ADDRESS)
    if not len(text) or not budget.take(2 * len(text)):
        return
    decoded = _unquote(text)
    built.add(decoded, "percent-encoding", int(at[0]))
    if b"+" in text.tobytes():
        spaced = np.where(text == 0x2B, np.uint8(0x20), text)
        built.add(_unquote(spaced), "form-encoding", int(at[0]))


def _escapes(array: Array) -> NDArray[np.intp]:
    at = np.flatnonzero(array[:-2] == 0x25)
    return at[_IN_HEX[array[at + 1]] & _IN_HEX[array[at + 2]]]


def _unquote(array: Array) -> bytes:
    at = _escapes(array)
    out = array.copy()
    out[at] = (_HEX_VALUE[array[at + 1]] << 4) | _HEX_VALUE[array[at + 2]]
    keep = np.ones(len(array), np.bool_)
    keep[at + 1] = keep[at + 2] = False
    return out[keep].tobytes()


_ESCAPED: Final = table_of(b'"\\/bfnrtu')


def json_escapes(array: Array, budget: Budget, built: Builder) -> None:
    at = np.flatnonzero(array[:-1] == 0x5C)
    at = _in_words(array, at[_ESCAPED[array[at + 1]]], _IN_ADDRESS)
    if not len(at):
        return
    text = _around(array, at, _IN_TEXT)
    if len(text) and budget.take(2 * len(text)):
        for name, decoded in _unescape(text.tobytes()):
            built.add(decoded, name, int(at[0]))


_LONE_BACKSLASH: Final = re.compile(rb'(\\["\\bfnrtu])|\\')


def _unescape(window: bytes) -> Iterator[tuple[str, bytes]]:
    """A part of a JSON string without escapes: as text, and as a string that stands for bytes."""
    # Python has JSON's escapes except the escaped slash, and some more.
    plain = _LONE_BACKSLASH.sub(rb"\1", window)
    ascii_only = plain.decode("utf-8", "surrogateescape").encode("ascii", "backslashreplace")
    text = ascii_only.decode("unicode_escape", "ignore")
    if b"\\ud" in plain or b"\\uD" in plain:  # a surrogate pair is one character
        paired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        yield "JSON-escaping", paired.encode("utf-8")
    else:
        yield "JSON-escaping", text.encode("utf-8", "surrogatepass")
    if not text.isascii():
        yield "JSON-escaping of bytes", text.encode("latin-1", "ignore")
