"""Undoes escapes in text: percent, quoted-printable, JSON, HTML, and separators between groups.

Input is hostile: nothing raises, and the item's `Budget` bounds every step.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from conformance.observers.leaks.layers import (
    LEAST,
    Array,
    Budget,
    Builder,
    mask_of,
    runs,
    table_of,
)

_MARGIN: Final = 256
"""Bytes around an escape that are decoded with it, as the rest of its word."""
_SIDE: Final = 7
"""Text on one side of an escape: a secret of 16 characters has that much if one is escaped."""
_WORD: Final = 16
"""The shortest text with an escape that is decoded, in bytes."""
_HEX_DIGITS: Final = b"0123456789abcdefABCDEF"
_IN_HEX: Final = table_of(_HEX_DIGITS)
_IN_ADDRESS: Final = table_of(bytes(range(0x20, 0x7F)))
_IN_TEXT: Final = table_of(b"\t\r\n" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100)))
_HEX_VALUE: Final = np.zeros(256, np.uint8)
_HEX_VALUE[list(_HEX_DIGITS)] = [int(chr(digit), 16) for digit in _HEX_DIGITS]
_IS_HEX: Final = np.frombuffer(_IN_HEX, np.bool_)


def decode(data: bytes, signs: Collection[str], budget: Budget, built: Builder) -> None:
    """Undo each kind of escape that has a sign in `data`."""
    if "percent" in signs:
        _percent(data, 0x25, "percent-encoding", budget, built)
    if "quoted" in signs:
        _percent(_SOFT_BREAK.sub(b"", data), 0x3D, "quoted-printable", budget, built)
    if "escape" in signs:
        _json_escapes(data, budget, built)
    if "reference" in signs:
        _html(data, budget, built)
    if "%u" in signs and budget.take(len(data)):
        _json_escapes(data.replace(b"%u", b"\\u"), budget, built)
    if "indexed" in signs:
        _indexed(data, budget, built)
    if "grouped" in signs:
        _grouped(data, budget, built)
    if "wide" in signs and budget.take(len(data)):
        _wide(data, built)
    if "latin" in signs:
        _latin(data, budget, built)


_SOFT_BREAK: Final = re.compile(rb"=[ \t]*\r?\n")


def _in_words(data: bytes, positions: NDArray[np.intp]) -> NDArray[np.intp]:
    """The `positions` with text on one side. The others are in random bytes.

    If there are many positions, the data is text, and all of them are kept.
    """
    if not 0 < len(positions) < len(data) // 64:
        return positions
    around = np.arange(-_SIDE, _SIDE + 1)
    array = np.frombuffer(data, np.uint8)
    table = np.frombuffer(_IN_ADDRESS, np.bool_)
    near = table[array[np.clip(positions[:, None] + around, 0, len(array) - 1)]]
    kept: NDArray[np.intp] = positions[near[:, :_SIDE].all(1) | near[:, _SIDE + 1 :].all(1)]
    return kept


def _around(data: bytes, positions: NDArray[np.intp], table: bytes) -> bytes:
    """The joined text around `positions`: bytes in `table`, at most `_MARGIN` away."""
    others = np.concatenate(([-1], np.flatnonzero(~mask_of(data, table)), [len(data)]))
    after = np.searchsorted(others, positions)
    starts = np.maximum(positions - _MARGIN, others[after - 1] + 1)
    ends = np.minimum(positions + _MARGIN + 8, others[after])
    breaks = np.flatnonzero(starts[1:] > ends[:-1])
    starts = starts[np.concatenate(([0], breaks + 1))]
    ends = ends[np.concatenate((breaks, [len(ends) - 1]))]
    long = ends - starts >= _WORD
    pairs = zip(starts[long].tolist(), ends[long].tolist(), strict=True)
    return b"\0".join(data[start:end] for start, end in pairs)


def _percent(data: bytes, sign: int, name: str, budget: Budget, built: Builder) -> None:
    at = _in_words(data, _escapes(np.frombuffer(data, np.uint8), sign))
    if not len(at):
        return
    text = _around(data, at, _IN_ADDRESS)
    if not text or not budget.take(2 * len(text)):
        return
    built.add(_unquote(text, sign), name, int(at[0]))
    if b"+" in text and sign == 0x25:
        built.add(_unquote(text.replace(b"+", b" "), sign), "form-encoding", int(at[0]))


def _escapes(array: Array, sign: int) -> NDArray[np.intp]:
    at = np.flatnonzero(array[:-2] == sign)
    return at[_IS_HEX[array[at + 1]] & _IS_HEX[array[at + 2]]]


def _unquote(text: bytes, sign: int) -> bytes:
    array = np.frombuffer(text, np.uint8)
    at = _escapes(array, sign)
    out = array.copy()
    out[at] = (_HEX_VALUE[array[at + 1]] << 4) | _HEX_VALUE[array[at + 2]]
    keep = np.ones(len(array), np.bool_)
    keep[at + 1] = keep[at + 2] = False
    return out[keep].tobytes()


_ESCAPED: Final = np.frombuffer(table_of(b'"\\/bfnrtux01234567'), np.bool_)


def _json_escapes(data: bytes, budget: Budget, built: Builder) -> None:
    array = np.frombuffer(data, np.uint8)
    at = np.flatnonzero(array[:-1] == 0x5C)
    at = _in_words(data, at[_ESCAPED[array[at + 1]]])
    if not len(at):
        return
    text = _around(data, at, _IN_TEXT)
    if text and budget.take(2 * len(text)):
        for name, decoded in _unescape(text):
            built.add(decoded, name, int(at[0]))


_LONE_BACKSLASH: Final = re.compile(rb'(\\["\\bfnrtux01234567])|\\')
_IN_BRACES: Final = re.compile(rb"\\u\{([0-9A-Fa-f]{1,6})\}")


def _unescape(window: bytes) -> Iterator[tuple[str, bytes]]:
    """A part of a JSON string without escapes: as text, and as a string that stands for bytes."""
    # Python has JSON's escapes except the escaped slash, and some more.
    plain = _LONE_BACKSLASH.sub(rb"\1", window)
    if b"\\u{" in plain:
        plain = _IN_BRACES.sub(lambda found: b"\\U" + found.group(1).rjust(8, b"0"), plain)
    ascii_only = plain.decode("utf-8", "surrogateescape").encode("ascii", "backslashreplace")
    text = ascii_only.decode("unicode_escape", "ignore")
    if b"\\ud" in plain or b"\\uD" in plain:  # a surrogate pair is one character
        paired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        yield "JSON-escaping", paired.encode("utf-8")
    else:
        yield "JSON-escaping", text.encode("utf-8", "surrogatepass")
    if not text.isascii():
        yield "JSON-escaping of bytes", text.encode("latin-1", "ignore")


def _html(data: bytes, budget: Budget, built: Builder) -> None:
    array = np.frombuffer(data, np.uint8)
    at = _in_words(data, np.flatnonzero(array[:-1] == 0x26))
    if not len(at):
        return
    text = _around(data, at, _IN_TEXT)
    if text and budget.take(2 * len(text)):
        plain = html.unescape(text.decode("utf-8", "surrogateescape"))
        built.add(plain.encode("utf-8", "surrogatepass"), "HTML references", int(at[0]))
        if not plain.isascii():
            built.add(plain.encode("latin-1", "ignore"), "HTML references to bytes", int(at[0]))


_WIDE: Final = re.compile(rb"\0{0,3}(?:[\t\r\n\x20-\x7e]\0{1,3}){6,}+[\x20-\x7e]?")


def _wide(data: bytes, built: Builder) -> None:
    """ASCII in UTF-16 or UTF-32. Only the text is kept: a copy of all would be decoded again."""
    for found in _WIDE.finditer(data):
        built.add(found.group().replace(b"\0", b""), "UTF-16 or UTF-32", found.start(), whole=True)


def _latin(data: bytes, budget: Budget, built: Builder) -> None:
    """Bytes that were written as the characters of a string, and that in UTF-8."""
    array = np.frombuffer(data, np.uint8)
    first = np.flatnonzero((array[:-1] == 0xC2) | (array[:-1] == 0xC3))
    first = first[(array[first + 1] & 0xC0) == 0x80]
    inside = array < 0x80
    inside[first] = inside[first + 1] = True
    changes = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    bounds = np.concatenate(([0], changes, [len(data)]))
    counts = np.diff(np.searchsorted(first, bounds))
    for at in np.flatnonzero((counts >= _FEWEST_PAIRS) & (np.diff(bounds) >= LEAST)).tolist():
        text = data[bounds[at] : bounds[at + 1]]
        if not budget.take(len(text)):
            return
        plain = text.decode("utf-8", "ignore").encode("latin-1", "ignore")
        built.add(plain, "binary string in UTF-8", int(bounds[at]), whole=True)


_FEWEST_PAIRS: Final = 3


_INDEXED: Final = re.compile(rb'(?:"[0-9]{1,4}": ?"[^"]{1,16}",? ?){4,}+')
_ELEMENT: Final = re.compile(rb': ?"([^"]{1,16})"')


def _indexed(data: bytes, budget: Budget, built: Builder) -> None:
    """The characters of a string that was written as an object whose keys are the indexes."""
    for found in _INDEXED.finditer(data):
        if not budget.take(len(found.group())):
            return
        text = b"".join(_ELEMENT.findall(found.group()))
        if len(text) >= LEAST:
            built.add(text, "indexed characters", found.start(), whole=True)


# -- groups ------------------------------------------------------------------------------------

_GROUP: Final = table_of(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/=")
_MOST_GAP: Final = 12
_LEAST_JOINED: Final = 14


def _grouped(data: bytes, budget: Budget, built: Builder) -> None:
    """Digits in groups of equal length, with equal gaps: hex with colons, a list of characters.

    At least three such groups are joined, with one group before and one after them, which may be
    shorter.
    """
    starts, ends = runs(data, _GROUP, 1)
    if len(starts) < 4:
        return
    gaps, sizes = starts[1:] - ends[:-1], ends - starts
    # Group n continues a sequence if the two before it have one length, and so the gaps.
    same = np.zeros(len(starts) + 1, np.bool_)
    same[2:-1] = (sizes[1:-1] == sizes[:-2]) & (gaps[1:] == gaps[:-1]) & (gaps[1:] <= _MOST_GAP)
    edges = np.flatnonzero(same[1:] != same[:-1]) + 1
    first, last = edges[::2], edges[1::2]
    total = np.cumsum(sizes)
    wanted = (last - first >= 2) & (
        total[last - 1] - total[first - 2] + sizes[first - 2] >= _LEAST_JOINED
    )
    for begin, end in zip((first[wanted] - 2).tolist(), last[wanted].tolist(), strict=True):
        if begin and gaps[begin - 1] == gaps[begin]:
            begin -= 1
        pairs = zip(starts[begin:end].tolist(), ends[begin:end].tolist(), strict=True)
        pieces = [data[start:stop] for start, stop in pairs]
        joined = b"".join(pieces)
        if not budget.take(2 * len(joined)):
            return
        built.add(joined, "separators", int(starts[begin]), whole=True)
        if _PREFIX.match(pieces[1]):
            plain = b"".join(_PREFIX.sub(b"", piece) for piece in pieces)
            built.add(plain, "separators", int(starts[begin]), whole=True)


_PREFIX: Final = re.compile(rb"^0?[xX]")
