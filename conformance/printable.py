"""Makes text that comes from a subject safe to show."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

_UNSHOWABLE = {"Cc", "Cs", "Cn", "Co"}
_DIRECTION = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


_DEEPEST = 60
"""Levels of nesting that are shown. Our own evidence has six; a subject's JSON can have more."""


def printable(value: Any) -> Any:
    """Return `value` with harmful characters replaced by visible escapes, in all its strings.

    A subject's page can show any text: terminal escapes, lone surrogates that no encoder accepts,
    characters that XML forbids, and controls that change the direction of text. They become
    escapes such as "\\u202e". Bytes become hex, other types that JSON does not have become their
    `str`, and values that are nested too deeply become "…".
    """
    return _printable(value, 0)


def _printable(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        if value.isascii() and value.isprintable():
            return value
        return "".join(_shown(character) for character in value)
    if isinstance(value, Mapping | list | tuple | set | frozenset) and depth > _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {str(_printable(key, 0)): _printable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_printable(item, depth + 1) for item in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float | BaseModel):
        return value
    return _printable(str(value), depth)


def _shown(character: str) -> str:
    if character in "\n\t":
        return character
    if unicodedata.category(character) in _UNSHOWABLE or character in _DIRECTION:
        code = ord(character)
        return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return character
