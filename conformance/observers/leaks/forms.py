"""Needles as they are written: which bytes of a value count as the value, and in which encodings.

A part of a value counts from eight bytes on if those bytes are random. A test's secret such as
"right-3k9d..." begins with a label, and an id that everybody knows may be a part of a value. These
must not be found on their own, so only the random part yields windows. A value without a random
part, such as a sentence, is searched for in longer parts.

Text is searched for in a compact form of the data: ASCII letters in lower case, and without
separators. It covers each case, spaces, dashes or quotes between characters, and UTF-16 and UTF-32.
Only values that nothing else decodes are written in further encodings here.
"""

from __future__ import annotations

import base64
import codecs
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, log2
from typing import Final

from conformance.observers.leaks.needles import SHORTEST, Needle
from conformance.observers.leaks.windows import Form

BITS: Final = 40
"""The least randomness of a part that counts. Eight hex digits have 32 bits, so ten are needed."""
_SENTENCE: Final = 20
"""The shortest part of a text without a random part that counts, in compact bytes."""
_LONGEST: Final = 256
"""The longest form of a value that must be found as a whole, in bytes."""
_SHARED: Final = 6
"""Characters in common with a public value that are left out of a value."""
_FEWEST_BYTES: Final = 5
"""Different values among eight bytes of a key. A key of zeros would be found in any file."""

_LOWER: Final = bytes(range(256)).lower()
_SEPARATORS: Final = bytes(
    byte for byte in (0, 9, 10, 13, *range(32, 127)) if not chr(byte).isalnum()
)
_SEPARATES: Final = frozenset(_SEPARATORS)
KEPT: Final = bytes(byte not in _SEPARATES for byte in range(256))
"""A translation table: 1 for the bytes that the compact form keeps."""

_WORD: Final = re.compile(r"[^\W_]+")
_BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
BASE32: Final = {
    "base32": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "base32hex": "0123456789ABCDEFGHIJKLMNOPQRSTUV",
    "Crockford's base32": "0123456789ABCDEFGHJKMNPQRSTVWXYZ",
    "z-base-32": "ybndrfg8ejkmcpqxot1uwisza345h769",
}
_NUMERALS: Final = {
    "decimal": "0123456789",
    "base36": "0123456789abcdefghijklmnopqrstuvwxyz",
    "base58": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "base62": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "base62, lower case first": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
}


def compact(data: bytes) -> bytes:
    """`data` in lower case, without ASCII signs, blanks and zero bytes."""
    return data.translate(_LOWER, _SEPARATORS)


@dataclass
class Forms:
    """All forms of all needles.

    `raw` are searched for in the bytes as they are, `compact` in their compact form. `parts` are
    the random parts of text secrets and contents, for base85. `unsearchable` says what has no
    form.
    """

    raw: list[Form] = field(default_factory=list)
    compact: list[Form] = field(default_factory=list)
    parts: list[tuple[Needle, bytes]] = field(default_factory=list)
    unsearchable: list[str] = field(default_factory=list)


def forms_of(needles: Iterable[Needle], public: Iterable[str] = ()) -> Forms:
    """Every form of every needle; parts that are in a `public` value are left out."""
    known = [text.casefold() for text in public]
    forms = Forms()
    for needle in needles:
        if needle.role == "marker":
            _whole(needle, forms)
        elif needle.is_text:
            _text(needle, known, forms)
        else:
            _bytes(needle, forms)
    return forms


# -- text --------------------------------------------------------------------------------------


def _text(needle: Needle, public: Sequence[str], forms: Forms) -> None:
    text = needle.value.decode("utf-8", "surrogatepass")
    random = [part for part in random_parts(text) if _is_enough(part)]
    if not random:
        _whole(needle, forms, most=_SENTENCE)
        return
    pieces = [piece for part in random for piece in _without(part, public) if _is_enough(piece)]
    for piece in pieces:
        part = piece.encode("utf-8", "surrogatepass")
        _part(needle, part, forms)
    if not pieces:
        forms.unsearchable.append(f"{needle.what} has no part that is not public")


def _is_enough(part: str) -> bool:
    dense = compact(part.encode("utf-8", "surrogatepass"))
    return len(dense) >= _least(dense)


def random_parts(text: str) -> list[str]:
    """The part of `text` that nobody could guess, empty if there is none.

    It reaches from the first to the last word that looks random: long, or with digits.
    """
    words = [word for word in _WORD.finditer(text) if _looks_random(word.group())]
    return [text[words[0].start() : words[-1].end()]] if words else []


def _looks_random(word: str) -> bool:
    if len(word) >= 20:
        return True
    if any(character.isdecimal() for character in word):
        return len(word) >= 4
    changes = sum(a.isupper() != b.isupper() for a, b in pairwise(word))
    return len(word) >= SHORTEST and changes * 3 > len(word)


def _without(part: str, public: Sequence[str]) -> list[str]:
    """The pieces of `part` outside of everything that it has in common with a public value."""
    folded = part.casefold()
    if len(folded) != len(part):
        return [part]
    shared = [False] * len(part)
    for begin in range(len(part) - _SHARED + 1):
        piece = folded[begin : begin + _SHARED]
        if any(piece in other for other in public):
            shared[begin : begin + _SHARED] = [True] * _SHARED
    pieces = "".join("\0" if known else sign for known, sign in zip(shared, part, strict=True))
    return [piece for piece in pieces.split("\0") if piece]


def _least(dense: bytes) -> int:
    """How many characters of a random part count, by the smallest usual alphabet of them all."""
    members = set(dense)
    for alphabet in (b"0123456789", b"0123456789abcdef"):
        if members <= set(alphabet):
            return ceil(BITS / log2(len(alphabet)))
    return SHORTEST


def _part(needle: Needle, part: bytes, forms: Forms) -> None:
    """The forms of a random part."""
    dense = compact(part)
    least = _least(dense)

    def add(encoding: str, data: bytes, shortest: int) -> None:
        if len(data) >= shortest:
            forms.compact.append(Form(needle, encoding, data, shortest))

    add("text", dense, least)
    add("reversed", dense[::-1], least)
    add("rot13", codecs.encode(dense.decode("latin-1"), "rot13").encode("latin-1"), least)
    forms.parts.append((needle, part))
    if needle.value != part:
        add_whole(needle, forms)
    for spelled in dict.fromkeys((part, part.upper(), part.lower())):
        for encoding, data in (("UTF-8", spelled), ("reversed", spelled[::-1])):
            forms.raw.append(Form(needle, encoding, data, least))
        hexed = spelled.hex().encode()
        add("hex", hexed, 2 * least)
        add("hex, reversed", hexed[::-1], 2 * least)
        for encoding, data in _base64_forms(spelled):
            add(encoding, data, (8 * least - 4) // 6)
            add(f"{encoding}, reversed", data[::-1], (8 * least - 4) // 6)
        for encoding, data in _base32_forms(spelled):
            add(encoding, data, (8 * least - 8) // 5)
    for value in dict.fromkeys((needle.value, part)):
        for encoding, data in _numerals(value):
            add(encoding, data, 20 if encoding == "decimal" else 12)


def add_whole(needle: Needle, forms: Forms) -> None:
    """The value as it is, as a whole."""
    value = needle.value[:_LONGEST]
    forms.raw.append(Form(needle, "UTF-8" if needle.is_text else "raw", value, len(value)))


def _base64_forms(value: bytes) -> Iterator[tuple[str, bytes]]:
    # The compact form has neither + and / nor - and _, so both alphabets are the same in it.
    for alignment in range(3):
        yield f"base64 at alignment {alignment}", compact(encoded_at(value, alignment, _BASE64))


def _base32_forms(value: bytes) -> Iterator[tuple[str, bytes]]:
    for encoding, alphabet in BASE32.items():
        for alignment in range(5):
            yield encoding, compact(encoded_at(value, alignment, alphabet))


def encoded_at(value: bytes, alignment: int, alphabet: str) -> bytes:
    """`value` in an alphabet of 32 or 64 signs, `alignment` bytes after the start of a group.

    It includes only signs that do not depend on neighbouring bytes.
    """
    bits = len(alphabet).bit_length() - 1
    total = (alignment + len(value)) * 8
    first, last = ceil(alignment * 8 / bits), total // bits
    number = int.from_bytes(value, "big") >> (total - last * bits)
    mask = len(alphabet) - 1
    signs = [alphabet[number >> (last - 1 - at) * bits & mask] for at in range(first, last)]
    return "".join(signs).encode()


def _numerals(value: bytes) -> Iterator[tuple[str, bytes]]:
    """A value as one large number. Its first digits do not depend on the last bytes."""
    for encoding, digits in _NUMERALS.items():
        for number in (int.from_bytes(value[:64], "big"), int.from_bytes(value[:64], "little")):
            signs = []
            while number:
                number, digit = divmod(number, len(digits))
                signs.append(digits[digit])
            yield encoding, compact("".join(reversed(signs)).encode())


# -- whole values and bytes --------------------------------------------------------------------


def _whole(needle: Needle, forms: Forms, most: int = _LONGEST) -> None:
    """A value that must be found as a whole, or at least `most` of its bytes."""
    add_whole(needle, forms)
    value = needle.value
    raw = [("reversed", value[::-1])]
    if needle.is_text:
        text = value.decode("utf-8", "surrogatepass")
        raw += [
            ("characters reversed", text[::-1].encode("utf-8", "surrogatepass")),
            ("UTF-16LE", text.encode("utf-16-le", "surrogatepass")),
            ("UTF-16BE", text.encode("utf-16-be", "surrogatepass")),
            ("UTF-32LE", text.encode("utf-32-le", "surrogatepass")),
            ("UTF-32BE", text.encode("utf-32-be", "surrogatepass")),
        ]
    forms.raw += [Form(needle, name, one[:_LONGEST], len(one[:_LONGEST])) for name, one in raw]
    dense = [("text", compact(value)), ("reversed", compact(value[::-1]))]
    if needle.is_text:
        dense += [("hex", value.hex().encode()), *_base64_forms(value)]
        dense += _base32_forms(value)
    for encoding, one in dense:
        if len(one) >= SHORTEST and len(set(one)) > 2:
            length = min(len(one[:_LONGEST]), most if encoding == "text" else _LONGEST)
            forms.compact.append(Form(needle, encoding, one[:_LONGEST], length))


def _bytes(needle: Needle, forms: Forms) -> None:
    value = needle.value
    parts = list(_varied(value))
    if not parts:
        forms.unsearchable.append(f"{needle.what} is not random")
    if needle.is_digest:
        parts = [value[:SHORTEST], value[-SHORTEST:]]
    for part in parts:
        forms.raw.append(Form(needle, "raw", part, SHORTEST))
        forms.raw.append(Form(needle, "reversed", part[::-1], SHORTEST))
    # A short base64 or base32 text is not decoded: too many words look like one.
    for size in (8, 9):
        signs = base64.b64encode(value[:size]).rstrip(b"=")
        forms.compact += _prefix(needle, "base64", signs)
    for encoding in ("base32", "base32hex"):
        forms.compact += _prefix(needle, encoding, encoded_at(value[:8], 0, BASE32[encoding]))


def _prefix(needle: Needle, encoding: str, signs: bytes) -> Collection[Form]:
    dense = compact(signs)
    return [Form(needle, f"{encoding} of its start", dense, len(dense))] if len(dense) > 10 else []


def _varied(value: bytes) -> Iterator[bytes]:
    """The parts of `value` of which any eight bytes are varied."""
    if len(value) - len(set(value)) <= SHORTEST - _FEWEST_BYTES:
        yield value
        return
    begin = 0
    for at in range(len(value) - SHORTEST + 1):
        if len(set(value[at : at + SHORTEST])) < _FEWEST_BYTES:
            if at + SHORTEST - 1 - begin >= SHORTEST:
                yield value[begin : at + SHORTEST - 1]
            begin = at + 1
    if len(value) - begin >= SHORTEST:
        yield value[begin:]
