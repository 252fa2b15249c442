"""Pictures, sound and unknown binary data in what leaves a browser.

`bodies_in` finds files of known formats by their first bytes, at any place in an item and inside
base64, hex, arrays of numbers and compression. `unknown_in` names the large parts that are neither
text, nor such a file, nor sealed with a key of the client: raw pictures and sound look like that.
Input is hostile: nothing raises, and limits bound the cost.
"""

from __future__ import annotations

import binascii
import hashlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from conformance.observers.leaks import Place

LEAST_UNKNOWN: Final = 4096
"""The smallest unknown binary part that counts, in bytes: no picture of a person is smaller raw,
and a tenth of a second of raw sound is larger."""
_LONGEST: Final = 8 * 1024 * 1024
_DEPTH: Final = 4
_HEADER: Final = 64
"""How far into a message a compressed field may begin (LiveKit's join request)."""
_MOST: Final = 64
"""The most candidates for one item. More files in one request are one video."""


def _re(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)


_FORMATS: Final[tuple[tuple[str, bytes, int, re.Pattern[bytes] | None], ...]] = (
    ("JPEG", b"\xff\xd8\xff", 0, _re(rb"\xff\xd8\xff[\xc0-\xfe]")),
    ("PNG", b"\x89PNG\r\n\x1a\n", 0, None),
    ("GIF", b"GIF8", 0, _re(rb"GIF8[79]a")),
    ("RIFF", b"RIFF", 0, _re(rb"RIFF....(?:WEBP|WAVE|AVI )")),
    ("WebM", b"\x1a\x45\xdf\xa3", 0, None),
    ("MP4", b"ftyp", 4, _re(rb"....ftyp[\x20-\x7e]{4}")),
    ("Ogg", b"OggS\0", 0, None),
    ("FLAC", b"fLaC\0", 0, None),
    ("IVF", b"DKIF\0\0", 0, None),
    ("VP8 frame", b"\x9d\x01\x2a", 3, None),
    ("JPEG XL", b"\0\0\0\x0cJXL ", 0, None),
)
"""Name, first bytes, how far they are inside the file, and a pattern at its start."""
_AT_THE_START: Final[tuple[tuple[str, re.Pattern[bytes]], ...]] = (
    ("BMP", _re(rb"BM....\0\0\0\0..\0\0[\x0c-\x7c]\0\0\0")),
    ("ID3", _re(rb"ID3[\x02-\x04]\0")),
    ("TIFF", _re(rb"II\x2a\0|MM\0\x2a")),
    ("H.264", _re(rb"\x00\x00\x00\x01[\x27\x67]")),
)
"""The same for formats with so short a sign that chance would have it in ciphertext."""
_TEXT_SIGNS: Final = re.compile(rb"/9j/|iVBORw0KGgo|UklGR|T2dnUw|GkXfo|R0lGOD|ZkxhQ|REtJRg")
"""How files of these formats begin in base64."""
_BASE64: Final = re.compile(rb"(?<![A-Za-z0-9+/_\-\\\r\n%])[A-Za-z0-9+/_\-\\\r\n%]{120,}")
_HEX: Final = re.compile(rb"[0-9A-Fa-f]{400,}")
_NUMBERS: Final = re.compile(rb"(?:\d{1,3},\s?){500,}\d{1,3}")
_PERCENT: Final = re.compile(rb"(?:%[0-9A-Fa-f]{2}|[\x21-\x24\x26-\x7e]){400,}")
_TEXT: Final = bytes(range(0x20, 0x7F)) + b"\t\r\n"
_MOSTLY: Final = 0.7
"""The share of printable bytes in a message of protobuf with texts; random bytes have 0.38."""


@dataclass(frozen=True)
class Body:
    """A file inside an item. `whole`: it begins where a part begins, so it must be readable."""

    place: Place
    form: str
    data: bytes
    whole: bool

    def __str__(self) -> str:
        return (
            f"{len(self.data)} bytes of {self.form} in the {self.place.kind} of {self.place.name}"
        )


@dataclass(frozen=True)
class _Part:
    data: bytes
    path: tuple[str, ...] = ()


def bodies_in(place: Place, data: bytes) -> list[Body]:
    """The files of known formats in one item, each once."""
    found: dict[bytes, Body] = {}
    for part in _parts(data):
        for name, start in _starts(part.data):
            if len(found) >= _MOST:
                break
            begins = start == 0 or part.data[max(0, start - 4) : start] == b"\r\n\r\n"
            body = part.data[start:]
            form = " in ".join((name, *reversed(part.path)))
            found.setdefault(hashlib.sha256(body).digest(), Body(place, form, body, begins))
    return list(found.values())


def _starts(data: bytes) -> Iterator[tuple[str, int]]:
    for name, sign, inside, pattern in _FORMATS:
        at = data.find(sign, inside)
        while at >= 0:
            start = at - inside
            if pattern is None or pattern.match(data, start):
                yield name, start
            at = data.find(sign, at + 1)
    for name, pattern in _AT_THE_START:
        if pattern.match(data):
            yield name, 0


def unknown_in(place: Place, data: bytes, opens: Callable[[bytes], bool]) -> list[Body]:
    """The large binary parts of an item that nothing explains; `opens` tries the keys."""
    if len(data) < LEAST_UNKNOWN or opens(data):
        return []
    parts = [part for part in _parts(data) if len(part.data) >= LEAST_UNKNOWN]
    # What a part was made of is explained by the part.
    inner = {part.path[:-1] for part in parts if part.path}
    return [
        Body(place, " in ".join(("unknown data", *reversed(part.path))), part.data, whole=True)
        for part in parts
        if not (part.path in inner and _is_packed(part.data))
        and not _is_text(part.data)
        and not any(start == 0 for _, start in _starts(part.data))
        and not opens(part.data)
    ]


def joined(items: Iterable[tuple[Place, bytes]]) -> Iterator[tuple[Place, bytes]]:
    """Each item, and the items of each place one after the other: a file may be sent in pieces."""
    of_place: dict[Place, list[bytes]] = {}
    for place, data in items:
        of_place.setdefault(place, []).append(data)
        yield place, data
    for place, pieces in of_place.items():
        whole = b"".join(pieces)
        if len(pieces) > 1 and len(whole) <= _LONGEST:
            yield Place(place.kind, f"{place.name}, {len(pieces)} pieces joined"), whole


def _parts(data: bytes) -> Iterator[_Part]:
    waiting = [_Part(data[:_LONGEST])]
    left = 4 * _LONGEST
    while waiting:
        part = waiting.pop()
        left -= len(part.data)
        if left < 0:
            return
        yield part
        if len(part.path) < _DEPTH:
            waiting += [_Part(inner, (*part.path, how)) for how, inner in _undone(part.data)]


def _undone(data: bytes) -> Iterator[tuple[str, bytes]]:
    inflated = _inflated(data)
    if inflated is not None:
        yield inflated
        return
    for match in _BASE64.finditer(data):
        text = _plain(match.group())
        starts = {0, *(sign.start() for sign in _TEXT_SIGNS.finditer(text))}
        for start in sorted(starts)[:8]:
            yield "base64", binascii.a2b_base64(text[start : start + (len(text) - start) // 4 * 4])
    for match in _HEX.finditer(data):
        text = match.group()
        yield "hex", binascii.a2b_hex(text[: len(text) // 2 * 2])
    for match in _NUMBERS.finditer(data):
        values = [int(one) for one in match.group().replace(b" ", b"").split(b",")]
        if max(values) < 256:
            yield "an array of numbers", bytes(values)
    if data.count(b"%") > len(data) // 50:
        for match in _PERCENT.finditer(data):
            yield "percent-encoding", _unquoted(match.group())


def _inflated(data: bytes) -> tuple[str, bytes] | None:
    """What a gzip or zlib stream at the start holds; gzip may follow a short header."""
    gzip = data.find(b"\x1f\x8b\x08", 0, _HEADER)
    for how, start, bits in (("gzip", gzip, 31), ("zlib", data[:1].find(b"\x78"), 15)):
        if start >= 0:
            try:
                return how, zlib.decompressobj(bits).decompress(data[start:], _LONGEST)
            except zlib.error:
                continue
    return None


def _plain(text: bytes) -> bytes:
    """Base64 without line ends and escapes, in its usual alphabet."""
    text = re.sub(rb"\\[rn]|[\r\n]|%3[Dd]", b"", text)
    text = re.sub(rb"%2[Bb]", b"+", re.sub(rb"%2[Ff]", b"/", text))
    return re.sub(rb"[^A-Za-z0-9+/]", b"", text.translate(bytes.maketrans(b"-_", b"+/")))


def _unquoted(text: bytes) -> bytes:
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda one: bytes([int(one.group(1), 16)]), text)


def _is_packed(data: bytes) -> bool:
    """Whether data is compressed, or text: what is in it is judged instead."""
    return _inflated(data) is not None or _is_text(data)


def _is_text(data: bytes) -> bool:
    if len(data.translate(None, _TEXT)) <= (1 - _MOSTLY) * len(data):
        return True
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return sum(one.isprintable() or one.isspace() for one in text[:4096]) > 0.9 * len(text[:4096])
