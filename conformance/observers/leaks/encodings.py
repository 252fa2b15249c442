"""Byte patterns of a value as a careless program may write it, each named after its encoding.

inflate.py handles encodings around such a value (gzip, base64 of JSON and so on).
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, quote_plus

from conformance.observers.leaks.needles import SHORTEST, Needle

_BYTE: Final = 8
_LONGEST: Final = 256
"""The longest pattern in bytes. The beginning of a longer one is evidence enough."""


@dataclass(frozen=True)
class Pattern:
    """Bytes to find and their meaning. With `caseless`, ASCII letters match in either case."""

    needle: Needle
    encoding: str
    data: bytes
    caseless: bool = False


def patterns_of(needles: Iterable[Needle]) -> list[Pattern]:
    """Every pattern of every needle, except those below 8 bytes. Equal bytes appear once."""
    found: dict[bytes, Pattern] = {}
    for needle in needles:
        for pattern in _of(needle):
            if len(pattern.data) >= SHORTEST:
                short = replace(pattern, data=pattern.data[:_LONGEST])
                found.setdefault(short.data, short)
    return list(found.values())


def _of(needle: Needle) -> Iterator[Pattern]:
    value = needle.value
    yield Pattern(needle, "UTF-8" if needle.is_text else "raw", value)
    yield Pattern(needle, "reversed", value[::-1])
    yield from _of_bytes(needle)
    if needle.is_text:
        yield from _of_text(needle)


def _of_bytes(needle: Needle) -> Iterator[Pattern]:
    value = needle.value
    hexed = value.hex()
    yield Pattern(needle, "hex", hexed.encode(), caseless=True)
    for mark in (":", " ", "-"):
        yield Pattern(needle, f'hex with "{mark}"', value.hex(mark).encode(), caseless=True)
    yield Pattern(needle, "hex, reversed", hexed[::-1].encode(), caseless=True)
    yield Pattern(needle, "\\x escapes", "".join(f"\\x{b:02x}" for b in value).encode(), True)
    for alignment in range(3):
        text = base64_at(value, alignment)
        yield Pattern(needle, f"base64 at alignment {alignment}", text)
        yield Pattern(
            needle, f"base64url at alignment {alignment}", text.translate(_TO_URL_ALPHABET)
        )
    yield Pattern(needle, "base64, reversed", base64_at(value, 0)[::-1])
    yield Pattern(
        needle, "percent-encoded, every byte", "".join(f"%{b:02x}" for b in value).encode(), True
    )
    for name, quoted in (
        ("percent-encoded", quote(value, safe="!'()*-._~")),
        ("percent-encoded, strict", quote(value, safe="")),
        ("percent-encoded, path", quote(value, safe="/:@!$&'()*+,;=")),
        ("form-encoded", quote_plus(value)),
    ):
        yield Pattern(needle, name, quoted.encode(), caseless=False)
        yield Pattern(needle, f"{name}, lower case", _lower_escapes(quoted).encode())
    for gap in (",", ", "):
        yield Pattern(needle, "JSON array of numbers", gap.join(map(str, value)).encode())
    numbered = ",".join(f'"{i}":{b}' for i, b in enumerate(value))
    yield Pattern(needle, "JSON object of numbers", numbered.encode())
    if not needle.is_text:
        as_latin = value.decode("latin-1")
        yield Pattern(needle, "binary string in UTF-8", as_latin.encode("utf-8"))
        yield Pattern(needle, "binary string, JSON-escaped", json.dumps(as_latin)[1:-1].encode())


def _of_text(needle: Needle) -> Iterator[Pattern]:
    text = needle.value.decode("utf-8", "surrogatepass")
    yield Pattern(needle, "UTF-16LE", text.encode("utf-16-le", "surrogatepass"))
    yield Pattern(needle, "UTF-16BE", text.encode("utf-16-be", "surrogatepass"))
    yield Pattern(needle, "characters reversed", text[::-1].encode("utf-8", "surrogatepass"))
    escaped = json.dumps(text)[1:-1]
    plain = json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass")
    yield Pattern(needle, "JSON-escaped", escaped.encode(), caseless=False)
    yield Pattern(needle, "JSON-escaped, UTF-8", plain)
    yield Pattern(needle, "JSON-escaped, slashes too", escaped.replace("/", "\\/").encode())
    utf16 = text.encode("utf-16-be", "surrogatepass")
    units = [utf16[i : i + 2].hex() for i in range(0, len(utf16), 2)]
    yield Pattern(needle, "\\u escapes", "".join(f"\\u{u}" for u in units).encode(), True)
    yield Pattern(needle, "%u escapes", "".join(f"%u{u}" for u in units).encode(), True)
    for name, quote_marks in (("HTML-escaped", True), ("HTML-escaped, quotes kept", False)):
        yield Pattern(
            needle, name, html.escape(text, quote=quote_marks).encode("utf-8", "surrogatepass")
        )
    yield Pattern(needle, "HTML references", "".join(f"&#{ord(c)};" for c in text).encode())
    yield Pattern(
        needle, "HTML references, hex", "".join(f"&#x{ord(c):x};" for c in text).encode(), True
    )


_TO_URL_ALPHABET: Final = bytes.maketrans(b"+/", b"-_")


def base64_at(value: bytes, alignment: int) -> bytes:
    """The base64 characters of `value`, `alignment` bytes after the start of a group of three.

    It includes only characters that do not depend on neighbouring bytes: a character holds 6 bits,
    a byte 8.
    """
    first = -(-alignment * _BYTE // 6)
    last = (alignment + len(value)) * _BYTE // 6
    return base64.b64encode(bytes(alignment) + value)[first:last]


def _lower_escapes(quoted: str) -> str:
    parts = quoted.split("%")
    return "%".join([parts[0], *(part[:2].lower() + part[2:] for part in parts[1:])])
