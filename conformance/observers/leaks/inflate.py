"""Undoes what may be wrapped around a value: gzip, zlib, deflate, base64, hex, percent, JSON.

All that one step makes of an item is put into one `Layer`, with what it came from beside it, so
that an item of many small parts costs no more than one of a few large ones.

Input is hostile: nothing raises, every step is bounded by a `Budget`, and a budget that was not
enough says so. Checksums are not looked at: what a receiver would refuse was sent all the same.
Brotli and zstd are not undone: this suite has no library for them, and no browser makes them.
"""

from __future__ import annotations

import binascii
import re
import zlib
from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.uint8]

_PIECE: Final = 16 * 1024
_MARGIN: Final = 256
"""Bytes around an escape that are unescaped with it: the rest of its word."""
_LEAST: Final = 8
"""Shorter results hold no pattern."""
_BETWEEN: Final = bytes(8)
"""Keeps parts of a layer apart."""
LEAST_BASE64: Final = 24
LEAST_HEX: Final = 24
"""Characters of the shortest run that is decoded; shorter secrets have patterns of their own."""


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


class _Builder:
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


def undo(below: Layer, signs: Collection[str], budget: Budget) -> Layer | None:
    """All that one more step makes of a layer; None when that is nothing.

    `signs` are those that the scanner saw in it (scanner.SIGNS).
    """
    built = _Builder()
    data = below.data
    array = np.frombuffer(data, np.uint8)
    if "gzip" in signs:
        _gzip(data, budget, built)
    if "zlib" in signs:
        _zlib(data, array, budget, built)
    for start in below.whole:
        _deflate(data, start, budget, built)
    if "base64" in signs or "hex" in signs:
        _base64_and_hex(data, array, signs, budget, built)
    if "percent" in signs:
        _percent(array, budget, built)
    if "escape" in signs:
        _json(array, budget, built)
    return built.layer() if built.size else None


# -- compressed --------------------------------------------------------------------------------


def _inflate(data: bytes, start: int, budget: Budget) -> tuple[bytes, bool]:
    """Raw deflate (RFC 1951) from `start`: what came out, and whether nothing was wrong with it."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    out: list[bytes] = []
    limit = min(budget.one, budget.output)
    left = limit
    # Small pieces first: most of what looks like a stream is none, and what came before an
    # error counts.
    size = 64
    good = True
    while start < len(data) and not stream.eof:
        if not budget.read(min(size, len(data) - start)):
            good = False
            break
        try:
            made = stream.decompress(data[start : start + size], left + 1)
        except zlib.error:
            good = False
            break
        start += size
        size = min(size * 4, _PIECE)
        if len(made) > left:
            budget.say("a compressed stream with too much in it")
            out.append(made[:left])
            left = 0
            break
        if made:
            out.append(made)
            left -= len(made)
    budget.take(limit - left)
    return b"".join(out), good


def _gzip(data: bytes, budget: Budget, built: _Builder) -> None:
    at = data.find(b"\x1f\x8b\x08")
    while at >= 0 and budget.attempt():
        body = _after_gzip_header(data, at)
        if body is not None:
            out, _ = _inflate(data, body, budget)
            if len(out) >= _LEAST:
                built.add(out, "gzip", at, whole=True)
        at = data.find(b"\x1f\x8b\x08", at + 3)


def _after_gzip_header(data: bytes, at: int) -> int | None:
    """Where the deflate stream begins (RFC 1952); None when the header has no end."""
    if len(data) < at + 10:
        return None
    flags, position = data[at + 3], at + 10
    if flags & 4:
        if len(data) < position + 2:
            return None
        position += 2 + int.from_bytes(data[position : position + 2], "little")
    for flag in (8, 16):
        if flags & flag:
            end = data.find(b"\0", position, position + 4096)
            if end < 0:
                return None
            position = end + 1
    return position + (2 if flags & 2 else 0)


def _zlib(data: bytes, array: Array, budget: Budget, built: _Builder) -> None:
    heads = np.flatnonzero(array[:-1] == 0x78)
    for at in heads[_ZLIB_FLAGS[array[heads + 1]]].tolist():
        if not budget.attempt():
            return
        out, good = _inflate(data, at + 2, budget)
        # Two bytes are soon found by chance, and what follows then soon breaks off.
        if len(out) >= (_LEAST if good else 64):
            built.add(out, "zlib", at, whole=good)


def _deflate(data: bytes, start: int, budget: Budget, built: _Builder) -> None:
    if start >= len(data) or data[start] & 6 == 6:  # a block type that does not exist
        return
    out, good = _inflate(data, start, budget)
    if len(out) >= (_LEAST if good else 64):
        built.add(out, "deflate", start, whole=good)


def _table(members: bytes) -> NDArray[np.bool_]:
    table = np.zeros(256, np.bool_)
    table[list(members)] = True
    return table


_ZLIB_FLAGS: Final = _table(b"\x01\x5e\x9c\xda")


# -- text --------------------------------------------------------------------------------------

_HEX_DIGITS: Final = b"0123456789abcdefABCDEF"
_BASE64_DIGITS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_IN_HEX: Final = _table(_HEX_DIGITS)
_IN_BASE64: Final = _table(_BASE64_DIGITS)
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_IN_ADDRESS: Final = _table(bytes(range(0x20, 0x7F)))
_IN_TEXT: Final = _table(b"\t\r\n" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100)))
_SIDE: Final = 10
_WORD: Final = 16
"""Bytes of the shortest text with an escape in it that is undone."""
_FOLD: Final = re.compile(rb"(?<=[A-Za-z0-9+/_-]{60})\r?\n(?=[A-Za-z0-9+/_-])")
"""Where base64 goes on in the next line (PEM has lines of 64 characters, MIME of 76)."""


def _runs(array: Array, table: NDArray[np.bool_], least: int) -> list[tuple[int, int]]:
    """The runs of at least `least` bytes that are all in `table`, as (start, end)."""
    if len(array) < least:
        return []
    inside = table[array]
    bounds = np.concatenate(([0], np.flatnonzero(inside[1:] != inside[:-1]) + 1, [len(array)]))
    starts, ends = bounds[:-1], bounds[1:]
    long = inside[starts] & (ends - starts >= least)
    return list(zip(starts[long].tolist(), ends[long].tolist(), strict=True))


def _base64_and_hex(
    data: bytes, array: Array, signs: Collection[str], budget: Budget, built: _Builder
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
    data: bytes, runs: list[tuple[int, int]], budget: Budget, built: _Builder
) -> None:
    """All runs at once, at each of the four alignments: where groups begin is not known."""
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


def _decode_hex(data: bytes, runs: list[tuple[int, int]], budget: Budget, built: _Builder) -> None:
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
    """Those of `positions` that have text on a side: the others are random bytes.

    Where there are many it is text anyway.
    """
    if not 0 < len(positions) < len(array) // 64:
        return positions
    around = np.arange(-_SIDE, _SIDE + 1)
    near = table[array[np.clip(positions[:, None] + around, 0, len(array) - 1)]]
    kept: NDArray[np.intp] = positions[near[:, :_SIDE].all(1) | near[:, _SIDE + 1 :].all(1)]
    return kept


def _around(array: Array, positions: NDArray[np.intp], table: NDArray[np.bool_]) -> Array:
    """The text around `positions`, put together: bytes in `table`, at most `_MARGIN` away."""
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


def _percent(array: Array, budget: Budget, built: _Builder) -> None:
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


_ESCAPED: Final = _table(b'"\\/bfnrtu')


def _json(array: Array, budget: Budget, built: _Builder) -> None:
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
    """A stretch of a JSON string, unescaped: as text, and as a string that stands for bytes."""
    # Python's escapes are JSON's without the escaped slash, and some that JSON has not.
    plain = _LONE_BACKSLASH.sub(rb"\1", window)
    ascii_only = plain.decode("utf-8", "surrogateescape").encode("ascii", "backslashreplace")
    text = ascii_only.decode("unicode_escape", "ignore")
    if b"\\ud" in plain or b"\\uD" in plain:  # pairs of surrogates are one character
        paired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        yield "JSON-escaping", paired.encode("utf-8")
    else:
        yield "JSON-escaping", text.encode("utf-8", "surrogatepass")
    if not text.isascii():
        yield "JSON-escaping of bytes", text.encode("latin-1", "ignore")
