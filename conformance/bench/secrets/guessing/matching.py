"""Does a digest explain a secret? The secret may be any part of it, in any usual text encoding.

A secret is decoded once, in every way that its characters allow. A digest is then searched for the
decoded bytes, which costs less than to encode each digest.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import math
import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import hyperscan
import numpy as np

LEAST_BYTES: Final = 5
"""The shortest part of a digest that counts. By chance, 5 bytes of one of a million digests of 32
bytes are the given ones in one of 40,000 searches; two sessions must agree (search.py)."""
NEEDLE: Final = 9
"""The number of decoded bytes that are compared: the beginning and the end of the secret."""
LEAST_MAPPED: Final = 8
MOST_MAPPED: Final = 12
"""The number of characters that are compared where each byte of a digest gives one character."""
SURE: Final = 8.0
"""The bytes of a digest that must agree so that one session alone is enough."""

_D, _U, _L = string.digits, string.ascii_uppercase, string.ascii_lowercase
ALPHABETS: Final = (
    *(a + b + c for a, b, c in (
        (_D, _U, _L), (_D, _L, _U), (_U, _L, _D), (_L, _U, _D), (_U, _D, _L), (_L, _D, _U),
    )),
    _U + _L, _L + _U, _D + _L, _L + _D, _D + _U, _U + _D, _L, _U, _D, _D + "abcdef", _D + "ABCDEF",
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    _U + _L + _D + "-_", _U + _L + _D + "+/", _U + "234567", "ABCDEFGHJKLMNPQRSTUVWXYZ23456789",
)  # fmt: skip
"""The alphabets from which programs draw, each in its usual order."""
_DIGESTS: Final = (16, 20, 24, 28, 32, 48, 64)
"""The sizes of digests in bytes."""


def alphabets_of(secret: str) -> list[str]:
    """The alphabets that contain every character of the secret, the smallest first."""
    fitting = [one for one in ALPHABETS if set(secret) <= set(one)]
    return sorted(fitting, key=len)


@dataclass(frozen=True)
class Match:
    """How a digest gives the secret; `weight`: how many bytes of it agree, at least."""

    how: str
    weight: float


@dataclass(frozen=True)
class Probes:
    """What to search for in a digest.

    Attributes:
        parts: bytes and the encoding that gave them.
        maps: tables from a byte to a character, the secret's first characters, and words.
        ends: numbers that a digest, as a number, must have as its remainder: (divisor, remainder).
    """

    secret: str
    parts: list[tuple[bytes, str]] = field(default_factory=list)
    maps: list[tuple[bytes, bytes, str]] = field(default_factory=list)
    ends: list[tuple[int, int, str]] = field(default_factory=list)

    @classmethod
    def of(cls, secret: str) -> Probes:
        """Decode the secret in every way that its characters allow."""
        probes = cls(secret)
        bare = re.sub(r"[^0-9A-Za-z]", "", secret)
        texts = dict.fromkeys((secret, bare))
        for text in texts:
            for forward in dict.fromkeys((text, text[::-1])):
                probes._decoded(forward, "" if forward == text else ", reversed")
            probes._drawn(text)
        return probes

    def _decoded(self, text: str, how: str) -> None:
        found: list[tuple[bytes, str]] = [(text.encode(), "as text")]
        found += [(data, name) for name, data in _decodings(text)]
        for data, name in found:
            needles = [data[:NEEDLE], data[-NEEDLE:]]
            if name == "hex" and len(data) == 16:
                # A UUID has its own bits in the seventh and the ninth byte.
                needles += [data[:6], data[9:]]
            for needle in needles:
                least = LEAST_BYTES if name != "as text" else LEAST_MAPPED
                if len(needle) >= least and (needle, name + how) not in self.parts:
                    self.parts.append((needle, name + how))

    def _drawn(self, text: str) -> None:
        if len(text) < LEAST_MAPPED:
            return
        start = text[:MOST_MAPPED].encode()
        for alphabet in alphabets_of(text):
            size = len(alphabet)
            table = bytes(ord(alphabet[byte % size]) for byte in range(256))
            self.maps.append((table, start, f"each byte modulo {size}"))
            if size not in (10, 36, 58, 62):
                continue
            value = _number(text, alphabet)
            name = f"base {size}"
            for remainder in (value, _number(text[::-1], alphabet)):
                self.ends.append((size ** len(text), remainder, name))
            self.parts.extend((part, name) for part in _leading(value, len(text), size))

    def match(self, digest: bytes) -> Match | None:
        """How the digest gives the secret; None if it does not."""
        weights: dict[str, int] = {}
        for needle, name in self.parts:
            if needle in digest:
                weights[name] = weights.get(name, 0) + len(needle)
        if weights:
            name = max(weights, key=lambda one: weights[one])
            return Match(name, weights[name])
        for table, start, name in self.maps:
            if start in digest.translate(table):
                return Match(name, len(start) * math.log2(len(set(table))) / 8)
        if self.ends and len(digest) in _DIGESTS:
            number = int.from_bytes(digest)
            for divisor, remainder, name in self.ends:
                if number % divisor == remainder:
                    return Match(f"last digits in {name}", math.log2(divisor) / 8)
        return None

    def matches(self, digests: Sequence[bytes]) -> list[tuple[int, Match]]:
        """The digests that give the secret, by their numbers: searches all of them at once."""
        if not self._may_match(digests):
            return []
        found = ((number, self.match(digest)) for number, digest in enumerate(digests))
        return [(number, match) for number, match in found if match is not None]

    def _may_match(self, digests: Sequence[bytes]) -> bool:
        joined = b"".join(digests)
        if any(start in joined.translate(table) for table, start, _ in self.maps):
            return True
        return self._scanner.has_any(joined) or self._may_end(digests)

    @cached_property
    def _scanner(self) -> ManyNeedles:
        return ManyNeedles([needle for needle, _ in self.parts])

    def _may_end(self, digests: Sequence[bytes]) -> bool:
        """Compare small remainders of all digests, of each size."""
        bases = {name: divisor for divisor, _, name in self.ends}
        for size in _DIGESTS if bases else ():
            data = b"".join(digest for digest in digests if len(digest) == size)
            if not data:
                continue
            limbs = np.frombuffer(data, ">u4").reshape(-1, size // 4).astype(np.uint64)
            for base in bases:
                small = int(base.removeprefix("base ")) ** 5
                wanted = [one % small for _, one, name in self.ends if name == base]
                left = np.zeros(len(limbs), np.uint64)
                for column in range(limbs.shape[1]):
                    left = ((left << np.uint64(32)) | limbs[:, column]) % np.uint64(small)
                if np.isin(left, np.array(wanted, np.uint64)).any():
                    return True
        return False


class ManyNeedles:
    """Says whether data contains any of many byte strings."""

    def __init__(self, needles: Sequence[bytes]) -> None:
        self._database = hyperscan.Database() if needles else None
        if self._database is not None:
            self._database.compile(
                expressions=[b"".join(b"\\x%02x" % byte for byte in one) for one in needles],
                ids=list(range(len(needles))),
                elements=len(needles),
                flags=[hyperscan.HS_FLAG_DOTALL | hyperscan.HS_FLAG_SINGLEMATCH] * len(needles),
            )

    def has_any(self, data: bytes) -> bool:
        """Whether one of the needles is in the data."""
        found: list[int] = []

        def keep(number: int, *_: object) -> bool:
            found.append(number)
            return True

        if self._database is not None and data:
            with contextlib.suppress(hyperscan.ScanTerminated):
                self._database.scan(data, match_event_handler=keep)
        return bool(found)


def _decodings(text: str) -> Iterator[tuple[str, bytes]]:
    if re.fullmatch(r"[0-9a-fA-F]+", text):
        for skip in (0, 1):
            digits = text[skip : skip + (len(text) - skip) // 2 * 2]
            yield "hex", bytes.fromhex(digits)
    if re.fullmatch(r"[A-Za-z0-9+/_-]+=*", text):
        letters = text.rstrip("=").translate(str.maketrans("-_", "+/"))
        for skip in range(4):
            groups = letters[skip : skip + (len(letters) - skip) // 4 * 4]
            yield "base64", base64.b64decode(groups)
    capitals = text.rstrip("=").upper()
    for name, decode in (("base32", base64.b32decode), ("base32hex", base64.b32hexdecode)):
        for skip in range(8):
            groups = capitals[skip : skip + (len(capitals) - skip) // 8 * 8]
            try:
                yield name, decode(groups)
            except binascii.Error:
                break
    for name, decoder in (("base85", base64.b85decode), ("ascii85", base64.a85decode)):
        groups = text[: len(text) // 5 * 5]
        try:
            yield name, decoder(groups)
        except ValueError:
            continue


def _number(text: str, alphabet: str) -> int:
    value, size = 0, len(alphabet)
    for sign in text:
        value = value * size + alphabet.index(sign)
    return value


def _leading(value: int, length: int, size: int) -> Iterator[bytes]:
    """The first bytes of every digest whose number begins with these digits."""
    for count in _DIGESTS:
        full = math.ceil(count * 8 / math.log2(size))
        for digits in (full, full - 1):
            if digits < length:
                continue
            scale = size ** (digits - length)
            low, high = value * scale, (value + 1) * scale - 1
            if high.bit_length() > count * 8:
                continue
            first, last = low.to_bytes(count), high.to_bytes(count)
            same = next((n for n in range(count) if first[n] != last[n]), count)
            # Without zeros at the start, which short numbers share.
            part = first[:same]
            if len(part.lstrip(b"\0")) >= LEAST_BYTES:
                yield part
