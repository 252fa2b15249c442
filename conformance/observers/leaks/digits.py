"""Decodes runs of digits: base64, hex, base32, decimal and binary digits, lists of numbers.

The start of a group is unknown, so each run is decoded at every alignment. Input is hostile:
nothing raises, and the item's `Budget` bounds every step.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from conformance.observers.leaks.forms import BASE32
from conformance.observers.leaks.layers import (
    Budget,
    Builder,
    Layer,
    Runs,
    runs,
    table_of,
)

LEAST_BASE64: Final = 11
LEAST_IN_LARGE: Final = 16
LEAST_HEX: Final = 16
LEAST_BASE32: Final = 24
LEAST_DECIMAL: Final = 16
LEAST_BINARY: Final = 64
"""The shortest run that is decoded, in characters. Eight bytes are eleven characters of base64; a
large text has too many words of that length, and shorter secrets have their own forms."""
_LARGE: Final = 64 * 1024
_SMALL: Final = 8 * 1024
_DOCUMENT: Final = 14
_DOCUMENT_IN_LARGE: Final = 48
"""The shortest run whose bytes may be a document, in characters."""
_LONGEST_NUMBER: Final = 400
_MOST_DOCUMENTS: Final = 256

_HEX: Final = b"0123456789abcdefABCDEF"
_IN_HEX: Final = table_of(_HEX)
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_IN_BASE64: Final = table_of(_BASE64)
_TO_STANDARD: Final = bytes(
    ord("+") if byte == 0x2D else ord("/") if byte == 0x5F else byte if byte in _BASE64 else 0x41
    for byte in range(256)
)
_ONE_CASE: Final = (
    table_of(b"0123456789abcdefghijklmnopqrstuvwxyz"),
    table_of(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
)
_FOLD: Final = re.compile(
    rb"(?<=[A-Za-z0-9+/_-]{60})(?:=?\r?\n|\\r\\n|\\n)[ \t]*(?=[A-Za-z0-9+/_-])"
)
"""Where base64 continues on the next line (PEM has lines of 64 characters, MIME of 76)."""


def decode(layer: Layer, signs: Collection[str], budget: Budget, built: Builder) -> None:
    """Decode each kind of digits that has a sign in the layer."""
    data = layer.data
    if "base64" in signs:
        _base64(data, budget, built)
        if "deep" in signs and (unfolded := _FOLD.sub(b"", data)) != data:
            _base64(unfolded, budget, built)
    if "hex" in signs:
        _hex(data, budget, built)
    if "base32" in signs:
        for table in _ONE_CASE:
            _base32(data, table, budget, built)
    if "decimal" in signs:
        _decimal(data, budget, built)
    if "binary" in signs:
        _binary(data, budget, built)
    if "numbers" in signs:
        _numbers(data, budget, built)


def _joined(data: bytes, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> bytes:
    """The runs, each followed by the byte after it, which is not a digit."""
    if len(starts) * 64 < len(data) + 4096:  # faster than a mask
        pairs = zip(starts.tolist(), ends.tolist(), strict=True)
        return b"".join(data[start : end + 1] for start, end in pairs)
    bounds = np.zeros(len(data) + 2, np.int8)
    bounds[starts] += 1
    bounds[ends + 1] -= 1
    inside = np.cumsum(bounds[:-2], dtype=np.int8).view(np.bool_)
    return np.frombuffer(data, np.uint8)[inside].tobytes()


Places = tuple[list[int], list[int], list[int]]
"""Runs that are joined: their starts in the joined text and in the layer, and their lengths."""


def _add_runs(
    built: Builder, step: str, decoded: bytes, runs: Runs, documents: Sequence[int]
) -> None:
    """Add runs that were decoded together. The aligned ones may be documents."""
    characters = runs.ratio[0]
    starts = [runs.begins[run] for run in documents]
    aligned = [runs.decoded(at) for at in starts if (at - runs.skip) % characters == 0]
    built.add(decoded, step, runs, documents=aligned)


def _documents(starts: NDArray[np.intp], ends: NDArray[np.intp]) -> list[int]:
    """The runs that are long enough to be a document."""
    lengths = ends - starts
    shortest = _DOCUMENT if int(lengths.sum()) <= _SMALL else _DOCUMENT_IN_LARGE
    return [int(run) for run in np.flatnonzero(lengths >= shortest)[:_MOST_DOCUMENTS]]


def _places(starts: NDArray[np.intp], ends: NDArray[np.intp]) -> Places:
    lengths = ends - starts
    begins = np.cumsum(lengths + 1) - lengths - 1
    return begins.tolist(), starts.tolist(), lengths.tolist()


def _base64(data: bytes, budget: Budget, built: Builder) -> None:
    least = LEAST_BASE64 if len(data) <= _LARGE else LEAST_IN_LARGE
    starts, ends = runs(data, _IN_BASE64, least)
    if not len(starts):
        return
    text = _joined(data, starts, ends).translate(_TO_STANDARD) + b"AAAA"
    places, documents = _places(starts, ends), _documents(starts, ends)
    for skip in range(4):
        groups = text[skip : skip + (len(text) - skip) // 4 * 4]
        if not budget.take(len(groups) * 3 // 4):
            return
        decoded = binascii.a2b_base64(groups)
        _add_runs(built, "base64", decoded, Runs(*places, skip, (4, 3)), documents)


def _hex(data: bytes, budget: Budget, built: Builder) -> None:
    starts, ends = runs(data, _IN_HEX, LEAST_HEX)
    if not len(starts):
        return
    text = _joined(data, starts, ends).translate(_TO_HEX) + b"0"
    places, documents = _places(starts, ends), _documents(starts, ends)
    for skip in range(2):
        digits = text[skip : skip + (len(text) - skip) // 2 * 2]
        if not budget.take(len(digits) // 2):
            return
        decoded = binascii.a2b_hex(digits)
        _add_runs(built, "hex", decoded, Runs(*places, skip, (2, 1)), documents)


_TO_HEX: Final = bytes(byte if byte in _HEX else 0x30 for byte in range(256))


def _values(alphabet: str) -> bytes:
    signs = {sign: value for value, sign in enumerate(alphabet.lower())}
    if "l" not in signs and "1" in signs and "o" not in signs:  # Crockford: I and L are 1, O is 0
        signs |= {"i": 1, "l": 1, "o": 0}
    return bytes(signs.get(chr(byte).lower(), 0) for byte in range(256))


_BASE32_VALUES: Final = {name: _values(alphabet) for name, alphabet in BASE32.items()}


def _base32(data: bytes, table: bytes, budget: Budget, built: Builder) -> None:
    starts, ends = runs(data, table, LEAST_BASE32)
    if not len(starts):
        return
    text = _joined(data, starts, ends)
    for name, values in _BASE32_VALUES.items():
        bits = np.unpackbits(np.frombuffer(text.translate(values), np.uint8)[:, None], axis=1)
        if not _add_bits(built, name, bits[:, 3:].reshape(-1), budget, _places(starts, ends), 5):
            return


def _binary(data: bytes, budget: Budget, built: Builder) -> None:
    starts, ends = runs(data, _IN_BINARY, LEAST_BINARY)
    if len(starts):
        bits = np.frombuffer(_joined(data, starts, ends), np.uint8) & np.uint8(1)
        _add_bits(built, "binary digits", bits, budget, _places(starts, ends), 1)


_IN_BINARY: Final = table_of(b"01")


def _add_bits(
    built: Builder, step: str, bits: NDArray[np.uint8], budget: Budget, places: Places, width: int
) -> bool:
    """Add the bytes that `bits` are at each of the eight alignments."""
    begins, outer, lengths = places
    documents = [run for run, length in enumerate(lengths) if length * width >= 8 * 8]
    in_bits = ([at * width for at in begins], outer, [length * width for length in lengths])
    for skip in range(8):
        if not budget.take(len(bits) // 8):
            return False
        decoded = np.packbits(bits[skip:]).tobytes()
        _add_runs(built, step, decoded, Runs(*in_bits, skip, (8, 1)), documents[:_MOST_DOCUMENTS])
    return True


_IN_DECIMAL: Final = table_of(b"0123456789")


def _decimal(data: bytes, budget: Budget, built: Builder) -> None:
    """Large numbers, such as a key that a program holds as an integer."""
    starts, ends = runs(data, _IN_DECIMAL, LEAST_DECIMAL)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        if end - start > _LONGEST_NUMBER:
            continue
        if not budget.take(end - start):
            return
        number = int(data[start:end])
        big = number.to_bytes((number.bit_length() + 7) // 8 or 1, "big")
        if len(big) >= 7:
            built.add(big.rjust(8, b"\0"), "decimal", start)
            built.add(big[::-1].ljust(8, b"\0"), "decimal", start)


# -- lists of numbers --------------------------------------------------------------------------

_LIST: Final = re.compile(rb"-?[0-9]{1,10}+(?:[^0-9A-Za-z]{1,8}?-?[0-9]{1,10}+){7,}+")
_NUMBER: Final = re.compile(rb"(-?)([0-9]+)")
_LEAST_LIST: Final = 15
_NO_LETTERS: Final = bytes(not chr(byte).isalpha() or byte > 127 for byte in range(256))


def _numbers(data: bytes, budget: Budget, built: Builder) -> None:
    """Lists of numbers: bytes, characters or words, in JSON or with other separators."""
    starts, ends = runs(data, _NO_LETTERS, _LEAST_LIST)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        for found in _LIST.finditer(data, start, end):
            if not budget.take(4 * len(found.group())):
                return
            tokens = _NUMBER.findall(found.group())
            numbers = np.array([int(digits) for _, digits in tokens], np.int64)
            negative = np.array([sign == b"-" for sign, _ in tokens])
            for one in _readings(tokens, numbers, negative):
                if len(one) >= 7:
                    built.add(one, "numbers", found.start())


def _readings(
    tokens: list[tuple[bytes, bytes]], numbers: NDArray[np.int64], negative: NDArray[np.bool_]
) -> Iterator[bytes]:
    signed = np.where(negative, -numbers, numbers)
    yield numbers.astype(np.uint8).tobytes()
    if negative.any():  # a sign or a dash between them
        yield signed.astype(np.uint8).tobytes()
    if 256 <= int(numbers.max()) < 1 << 16:
        yield numbers.astype("<u2").tobytes()
        yield numbers.astype(">u2").tobytes()
    elif int(numbers.max()) >= 1 << 16:
        yield (signed & 0xFFFFFFFF).astype("<u4").tobytes()
        yield (signed & 0xFFFFFFFF).astype(">u4").tobytes()
    if len(numbers) >= 16:  # an object whose keys are the indexes
        for phase in (0, 1):
            yield (signed[phase::2] & 255).astype(np.uint8).tobytes()
    if all(set(digits) <= _OCTAL for _, digits in tokens) and int(numbers.max()) < 400:
        yield bytes(int(digits, 8) & 255 for _, digits in tokens)


_OCTAL: Final = frozenset(b"01234567")
