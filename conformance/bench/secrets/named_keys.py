"""Keys that name themselves: non-empty fields such as `encryption_key`, also inside encodings."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Final

_FIELD: Final = re.compile(
    rb"\b((?:[a-z0-9]+_){0,3}(?:encryption|e2ee|media|room|session)_?(?:key|secret))"
    rb'\\*"\s*:\s*\\*"([^"\\]{4,})',
    re.IGNORECASE,
)
"""A field of JSON, at any level of JSON inside strings. A value of four characters is no flag."""
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_-]{24,}")
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_LEVELS: Final = 3
_MOST_RUNS: Final = 400
"""Runs of base64 that are decoded in one item; an answer has some dozen."""


def named_keys(data: bytes, levels: int = _LEVELS) -> Iterator[str]:
    """The names of non-empty key fields in JSON, in JSON inside base64, and in tokens (JWT)."""
    for match in _FIELD.finditer(data):
        yield match[1].decode("ascii", "replace")
    if levels:
        for number, run in enumerate(_BASE64.finditer(data)):
            if number >= _MOST_RUNS:
                return
            for start in range(4):
                text = run[0][start:].translate(_TO_STANDARD)
                decoded = base64.b64decode(text[: len(text) // 4 * 4])
                if b'"' in decoded or start == 0:
                    yield from named_keys(decoded, levels - 1)
