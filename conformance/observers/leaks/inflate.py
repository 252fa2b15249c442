"""Undoes compression: gzip, zlib, deflate, brotli, zstd, bzip2, xz, and the entries of a ZIP.

Input is hostile: nothing raises, a `Budget` bounds every step, and an exhausted budget is reported.
Checksums are ignored: data that a receiver would reject still left the sender.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Collection
from typing import Any, Final

import brotli
import numpy as np
import zstandard

from conformance.observers.leaks.layers import LEAST, Budget, Builder, Layer, table_of

_PIECE: Final = 16 * 1024
_ZLIB_FLAGS: Final = np.frombuffer(table_of(b"\x01\x5e\x9c\xda"), np.bool_)
ZSTD: Final = b"\x28\xb5\x2f\xfd"
BZIP2: Final = b"BZh"
XZ: Final = b"\xfd7zXZ\0"
ZIP_ENTRY: Final = b"PK\x03\x04"
_BLIND_TRIES: Final = 512
"""Attempts per layer with formats that have no header."""


def undo(below: Layer, signs: Collection[str], budget: Budget, built: Builder) -> None:
    """Inflate each compressed stream in a layer."""
    if "gzip" in signs:
        _gzip(below, budget, built)
    if "zlib" in signs:
        _zlib(below, budget, built)
    if "zip" in signs:
        _zip(below, budget, built)
    for sign, magic, name, start in _WITH_MAGIC:
        if sign in signs:
            _each(below, magic, name, start, budget, built)
    for begin in below.whole[:_BLIND_TRIES]:
        head = below.data[begin : begin + 64]
        if len(head) == 64 and all(head.translate(_PRINTABLE)):
            continue  # a stream of letters and digits looks like text, but not for so long
        _deflate(below, begin, budget, built)
        _brotli(below, begin, budget, built)


def _stream(
    feed: Callable[[bytes, int], bytes],
    ended: Callable[[], bool],
    below: Layer,
    start: int,
    budget: Budget,
) -> tuple[bytes, bool]:
    """Feed a piece from `start` to a decompressor; the output and whether it is valid."""
    data, end = below.data, below.end_of(start)
    out: list[bytes] = []
    limit = min(budget.one, budget.output)
    left = limit
    # Small pieces first: most candidates are not streams, and output before an error counts.
    size = 64
    good = True
    while start < end and not ended():
        if not budget.read(min(size, end - start)):
            good = False
            break
        try:
            made = feed(data[start : min(start + size, end)], left + 1)
        except (zlib.error, brotli.error, zstandard.ZstdError, lzma.LZMAError, OSError, EOFError,
                ValueError, MemoryError):  # fmt: skip
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


def _inflate(below: Layer, start: int, budget: Budget) -> tuple[bytes, bool]:
    """Inflate raw deflate (RFC 1951) from `start`; return the output and whether it is valid."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    return _stream(stream.decompress, lambda: stream.eof, below, start, budget)


def _brotli(below: Layer, start: int, budget: Budget, built: Builder) -> None:
    """Brotli (RFC 7932) has no magic number, so it is tried where a document may begin.

    Random bytes often begin as a stream does. The result counts if the stream ends where the piece
    does, or if it is text.
    """
    stream = brotli.Decompressor()
    fed = size = 0

    def feed(piece: bytes, most: int) -> bytes:
        nonlocal fed, size
        made = bytes(stream.process(piece, output_buffer_limit=most))
        size += len(made)
        if size > _LARGEST_BINARY and not _is_text(made):
            raise ValueError("random bytes that begin as a stream does")
        fed += len(piece)
        return made

    out, good = _stream(feed, stream.is_finished, below, start, budget)
    finished = good and stream.is_finished()
    exact = finished and below.end_of(start) - start - fed < _PADDING
    if len(out) >= LEAST and (exact or (_is_text(out) and (finished or len(out) >= 64))):
        built.add(out, "brotli", start, whole=good)


_PADDING: Final = 16
_LARGEST_BINARY: Final = 1024 * 1024
_PRINTABLE: Final = table_of(b"\t\r\n" + bytes(range(32, 127)))


def _is_text(data: bytes) -> bool:
    head = data[:256]
    return sum(head.translate(_PRINTABLE)) * 10 >= len(head) * 9


class _Zstd:
    """Zstandard (RFC 8878), with its output in bounded pieces."""

    def __init__(self) -> None:
        # A window of 128 MiB is the largest that the format's own program accepts unasked.
        self._stream = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()

    def feed(self, piece: bytes, most: int) -> bytes:
        return bytes(self._stream.decompress(piece))

    def ended(self) -> bool:
        return bool(self._stream.eof)


class _Stdlib:
    """bzip2 and xz."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def feed(self, piece: bytes, most: int) -> bytes:
        return bytes(self._stream.decompress(piece, most))

    def ended(self) -> bool:
        return bool(self._stream.eof)


_WITH_MAGIC: Final[tuple[tuple[str, bytes, str, Callable[[], Any]], ...]] = (
    ("zstd", ZSTD, "zstd", _Zstd),
    ("bzip2", BZIP2, "bzip2", lambda: _Stdlib(bz2.BZ2Decompressor())),
    ("xz", XZ, "xz", lambda: _Stdlib(lzma.LZMADecompressor(memlimit=256 * 1024 * 1024))),
)


def _each(
    below: Layer, magic: bytes, name: str, start: Callable[[], Any], budget: Budget, built: Builder
) -> None:
    data = below.data
    at = data.find(magic)
    while at >= 0 and budget.attempt():
        stream = start()
        out, good = _stream(stream.feed, stream.ended, below, at, budget)
        if len(out) >= LEAST:
            built.add(out, name, at, whole=True)
        if not good and at in below.whole:
            budget.say(f"a {name} stream could not be read")
        at = data.find(magic, at + len(magic))


_STORED, _DEFLATED = 0, 8
_METHODS: Final = {1, 2, 3, 4, 5, 6, 9, 12, 14, 18, 19, 20, 93, 94, 95, 96, 97, 98, 99}


def _zip(below: Layer, budget: Budget, built: Builder) -> None:
    """The entries of ZIP archives. What is stored in them is in the archive as it is."""
    data = below.data
    at = data.find(ZIP_ENTRY)
    while at >= 0 and budget.attempt():
        head = data[at : at + 30]
        if len(head) == 30 and head[4] < 64 and head[5] < 20:
            flags, method = head[6] | head[7] << 8, head[8] | head[9] << 8
            begin = at + 30 + (head[26] | head[27] << 8) + (head[28] | head[29] << 8)
            if flags & 1 and method in _METHODS | {_STORED, _DEFLATED}:
                budget.say("an encrypted entry of a ZIP archive could not be read")
            elif method == _DEFLATED:
                out, _ = _inflate(below, begin, budget)
                if len(out) >= LEAST:
                    built.add(out, "zip", at, whole=True)
            elif method in _METHODS:
                budget.say(f"an entry of a ZIP archive has compression method {method}")
        at = data.find(ZIP_ENTRY, at + 4)


def _gzip(below: Layer, budget: Budget, built: Builder) -> None:
    data = below.data
    at = data.find(b"\x1f\x8b\x08")
    while at >= 0 and budget.attempt():
        body = _after_gzip_header(data, at)
        if body is not None:
            out, _ = _inflate(below, body, budget)
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


def _zlib(below: Layer, budget: Budget, built: Builder) -> None:
    data = below.data
    array = np.frombuffer(data, np.uint8)
    heads = np.flatnonzero(array[:-1] == 0x78)
    for at in heads[_ZLIB_FLAGS[array[heads + 1]]].tolist():
        if not budget.attempt():
            return
        out, good = _inflate(below, at + 2, budget)
        # A header of two bytes is often a chance match; inflating then fails soon.
        if len(out) >= (LEAST if good else 64):
            built.add(out, "zlib", at, whole=good)


def _deflate(below: Layer, start: int, budget: Budget, built: Builder) -> None:
    if start >= len(below.data) or below.data[start] & 6 == 6:  # a block type that does not exist
        return
    out, good = _inflate(below, start, budget)
    if len(out) >= (LEAST if good else 64):
        built.add(out, "deflate", start, whole=good)
