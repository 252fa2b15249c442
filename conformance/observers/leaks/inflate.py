"""Undoes encodings around a value: gzip, zlib, deflate, and text encodings (codings.py).

Input is hostile: nothing raises, a `Budget` bounds every step, and an exhausted budget is reported.
Checksums are ignored: data that a receiver would reject still left the sender. Brotli and zstd are
not supported: the suite has no library for them, and no browser produces them.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection
from typing import Final

import numpy as np

from conformance.observers.leaks import codings
from conformance.observers.leaks.layers import LEAST, Array, Budget, Builder, Layer, table_of

_PIECE: Final = 16 * 1024
_ZLIB_FLAGS: Final = table_of(b"\x01\x5e\x9c\xda")


def undo(below: Layer, signs: Collection[str], budget: Budget) -> Layer | None:
    """The result of one more decoding step on a layer; None if it is empty.

    `signs` are the signs that the scanner found in the layer (scanner.SIGNS).
    """
    built = Builder()
    data = below.data
    array = np.frombuffer(data, np.uint8)
    if "gzip" in signs:
        _gzip(data, budget, built)
    if "zlib" in signs:
        _zlib(data, array, budget, built)
    for start in below.whole:
        _deflate(data, start, budget, built)
    if "base64" in signs or "hex" in signs:
        codings.base64_and_hex(data, array, signs, budget, built)
    if "percent" in signs:
        codings.percent(array, budget, built)
    if "escape" in signs:
        codings.json_escapes(array, budget, built)
    return built.layer() if built.size else None


def _inflate(data: bytes, start: int, budget: Budget) -> tuple[bytes, bool]:
    """Inflate raw deflate (RFC 1951) from `start`; return the output and whether it is valid."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    out: list[bytes] = []
    limit = min(budget.one, budget.output)
    left = limit
    # Small pieces first: most candidates are not streams, and output before an error counts.
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
            budget.say("a compressed stream has too much output")
            out.append(made[:left])
            left = 0
            break
        if made:
            out.append(made)
            left -= len(made)
    budget.take(limit - left)
    return b"".join(out), good


def _gzip(data: bytes, budget: Budget, built: Builder) -> None:
    at = data.find(b"\x1f\x8b\x08")
    while at >= 0 and budget.attempt():
        body = _after_gzip_header(data, at)
        if body is not None:
            out, _ = _inflate(data, body, budget)
            if len(out) >= LEAST:
                built.add(out, "gzip", at, whole=True)
        at = data.find(b"\x1f\x8b\x08", at + 3)


def _after_gzip_header(data: bytes, at: int) -> int | None:
    """The start of the deflate stream (RFC 1952); None if the header has no end."""
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


def _zlib(data: bytes, array: Array, budget: Budget, built: Builder) -> None:
    heads = np.flatnonzero(array[:-1] == 0x78)
    for at in heads[_ZLIB_FLAGS[array[heads + 1]]].tolist():
        if not budget.attempt():
            return
        out, good = _inflate(data, at + 2, budget)
        # A header of two bytes is often a chance match; inflating then fails soon.
        if len(out) >= (LEAST if good else 64):
            built.add(out, "zlib", at, whole=good)


def _deflate(data: bytes, start: int, budget: Budget, built: Builder) -> None:
    if start >= len(data) or data[start] & 6 == 6:  # a block type that does not exist
        return
    out, good = _inflate(data, start, budget)
    if len(out) >= (LEAST if good else 64):
        built.add(out, "deflate", start, whole=good)
