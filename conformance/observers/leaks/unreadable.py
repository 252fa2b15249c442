"""Recognises what the reader cannot read: unknown compression, and containers that are encrypted.

Only formats that name themselves are recognised. The sealed messages of a room have no such name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from conformance.observers.leaks.layers import Layer

_BEGINS: Final = (
    (b"\x04\x22\x4d\x18", "LZ4"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xff\x06\x00\x00sNaPpY", "Snappy"),
    (b"Salted__", "encryption by OpenSSL or CryptoJS"),
    (b"age-encryption.org/v1", "encryption by age"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a compound file of an old office program"),
)
"""The first bytes of a document, and what they mean. Shorter ones occur by chance."""
_SHORTEST: Final = 32
_ANYWHERE: Final = (
    (re.compile(rb"-----BEGIN PGP MESSAGE-----"), "encryption by OpenPGP"),
    (re.compile(rb"-----BEGIN AGE ENCRYPTED FILE-----"), "encryption by age"),
    (re.compile(rb'"enc"\s*:\s*"(A\d{3}(GCM|CBC-HS\d{3})|X?C20P)"'), "a JSON Web Encryption"),
    (re.compile(rb"%PDF-1.{0,65536}?/Encrypt\s+\d+ \d+ R", re.DOTALL), "an encrypted PDF"),
)
_HINTS: Final = (b"-----BEGIN", b'"enc"', b"%PDF-1")
_MOST: Final = 1024
"""Documents per layer of which the first bytes are looked at."""


def unreadable(layer: Layer, signs: Collection[str]) -> Iterator[str]:
    """The reasons why something in a layer could not be read."""
    data = layer.data
    for begin in layer.whole[:_MOST]:
        if data[begin : begin + 2] in _STARTS and layer.end_of(begin) - begin >= _SHORTEST:
            head = data[begin : begin + 24]
            yield from (name for magic, name in _BEGINS if head.startswith(magic))
    if "text" in signs and any(hint in data for hint in _HINTS):
        yield from (name for pattern, name in _ANYWHERE if pattern.search(data))


_STARTS: Final = frozenset(magic[:2] for magic, _ in _BEGINS)
