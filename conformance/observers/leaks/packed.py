"""Walks documents in binary formats: MessagePack, CBOR and protobuf.

A text in such a document is in it as it is. Lists of numbers or of short texts, and numbers in
variable length, have other bytes between their elements, so all leaves are joined. Input is
hostile: nothing raises, and the number of leaves is bounded.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

import cbor2
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet
from msgpack import Unpacker
from msgpack.exceptions import UnpackException

from conformance.observers.leaks.layers import LEAST, Budget, Builder, Layer

_LONGEST: Final = 4 * 1024 * 1024
"""The longest document that is walked, in bytes. Its texts are searched for in any case."""
_MOST_LEAVES: Final = 200_000
_MOST_DOCUMENTS: Final = 256
_DEEPEST: Final = 24
_GROUP: Final = 3
"""A protobuf wire type that no current program writes."""


def walk(below: Layer, budget: Budget, built: Builder) -> None:
    """Walk each part of a layer that may be one document, and join its leaves."""
    for begin in below.whole[:_MOST_DOCUMENTS]:
        data = below.data[begin : below.end_of(begin)]
        if not LEAST <= len(data) <= _LONGEST or _is_text(data):
            continue
        for name, leaves in (
            ("MessagePack", _msgpack(data)),
            ("CBOR", _cbor(data)),
            ("protobuf", _protobuf(data)),
        ):
            texts, numbers = leaves
            joined = b"".join(texts)
            if len(joined) >= LEAST and budget.take(len(joined)):
                built.add(joined, f"{name} texts", begin, whole=len(texts) == 1)
            if len(numbers) >= LEAST and budget.take(len(numbers)):
                built.add(bytes(numbers), f"{name} numbers", begin)
            for text in texts[:_MOST_DOCUMENTS]:
                if len(text) >= 16 and len(texts) > 1 and budget.take(len(text)):
                    built.add(text, name, begin, whole=True)


def _is_text(data: bytes) -> bool:
    head = data[:64]
    return all(byte in (9, 10, 13) or 32 <= byte < 127 for byte in head)


Leaves = tuple[list[bytes], bytearray]


def _msgpack(data: bytes) -> Leaves:
    unpacker = Unpacker(
        raw=True, strict_map_key=False, max_buffer_size=_LONGEST, unicode_errors="replace"
    )
    documents = []
    if not (0x80 <= data[0] <= 0x9F or data[0] >= 0xDC):  # a map or a list
        return [], bytearray()
    unpacker.feed(data)
    with contextlib.suppress(ValueError, TypeError, UnpackException, RecursionError):
        documents += [one for one, _ in zip(unpacker, range(_MOST_LEAVES), strict=False)]
    return _flat(documents)


def _cbor(data: bytes) -> Leaves:
    if not 0x80 <= data[0] <= 0xDF:  # a list, a map or a tag
        return [], bytearray()
    try:
        return _flat(cbor2.loads(data))
    except (cbor2.CBORDecodeError, ValueError, TypeError, OverflowError, MemoryError,
            RecursionError, AttributeError):  # fmt: skip
        return [], bytearray()


def _flat(document: Any) -> Leaves:
    texts: list[bytes] = []
    numbers = bytearray()
    for leaf, _ in zip(_leaves(document, 0), range(_MOST_LEAVES), strict=False):
        if isinstance(leaf, bytes):
            texts.append(leaf)
        elif isinstance(leaf, str):
            texts.append(leaf.encode("utf-8", "surrogatepass"))
        else:
            numbers += _number(leaf)
    return texts, numbers


def _leaves(value: Any, depth: int) -> Iterator[bytes | str | int | float]:
    if depth > _DEEPEST:
        return
    if isinstance(value, (bytes, str)):
        yield value
    elif isinstance(value, bytearray):
        yield bytes(value)
    elif isinstance(value, (int, float)):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(key, depth + 1) if not isinstance(key, int) else ()
            yield from _leaves(inner, depth + 1)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for inner in value:
            yield from _leaves(inner, depth + 1)
    elif isinstance(value, cbor2.CBORTag):
        yield from _leaves(value.value, depth + 1)
    elif isinstance(data := getattr(value, "data", None), bytes):  # MessagePack's extensions
        yield data


def _number(value: int | float) -> bytes:
    try:
        whole = int(value)
    except (OverflowError, ValueError):  # infinite, or not a number
        return b""
    if -128 <= whole < 256:
        return bytes([whole & 255])
    return (whole & (1 << 64) - 1).to_bytes(8, "big").lstrip(b"\0")


def _protobuf(data: bytes) -> Leaves:
    texts: list[bytes] = []
    numbers = bytearray()
    fields = _fields(data)
    if fields is not None:
        _walk_fields(fields, texts, numbers, 0)
    return texts, numbers


def _fields(data: bytes) -> UnknownFieldSet | None:
    """The fields of a message of any type; None if `data` is not a message."""
    if not data or not data[0] >> 3 or data[0] & 7 not in (0, 1, 2, 5):
        return None
    message = Empty()
    try:
        message.ParseFromString(data)
        return UnknownFieldSet(message)
    except (DecodeError, ValueError, NotImplementedError, RecursionError):  # hostile input
        return None


def _walk_fields(
    fields: UnknownFieldSet, texts: list[bytes], numbers: bytearray, depth: int
) -> None:
    for number in range(len(fields)):
        field = fields[number]
        if len(texts) > _MOST_LEAVES or len(numbers) > _MOST_LEAVES or field.wire_type == _GROUP:
            return
        value = field.data
        if not isinstance(value, bytes):
            numbers += _number(value)
            continue
        texts.append(value)
        packed = _varints(value)
        if packed is not None:
            numbers += packed
        inner = _fields(value) if len(value) > 2 and depth < _DEEPEST else None
        if inner is not None:
            _walk_fields(inner, texts, numbers, depth + 1)


def _varints(value: bytes) -> bytes | None:
    """Packed numbers below 256; None if they are not."""
    if not 8 <= len(value) <= 4096 or not max(value) & 0x80:
        return None
    out = bytearray()
    at = 0
    while at < len(value):
        byte = value[at]
        if byte & 0x80:
            if at + 1 >= len(value) or value[at + 1] > 1:
                return None
            out.append((byte & 0x7F) | (value[at + 1] << 7))
            at += 2
        else:
            out.append(byte)
            at += 1
    return bytes(out)
