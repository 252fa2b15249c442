"""The secrets and session ids of the published vectors: text that careless programs change."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.keys.published.schema_tests import Result, utf8_of

SECRET = "correct horse battery staple"  # noqa: S105 - a published test secret
SESSION = "0b5fa1a6-6f0c-4c1e-9f5e-2f7d3f1c9a10"
OTHER_SESSION = "7c0e5b6e-31c5-4a86-8b2d-90f1f6f2d7b3"

_JOINED = "family \U0001f469\u200d\U0001f469\u200d\U0001f467"
_WIDE = "\ufb01ve \uff2b\uff45\uff59\uff53\u00b2 \u2460"


@dataclass(frozen=True)
class Text:
    """A secret or session id. `utf16_hex` is set if it has a lone surrogate."""

    comment: str
    utf8: bytes
    result: Result = "valid"
    flags: tuple[str, ...] = ()
    utf16_hex: str | None = None


def _of_units(comment: str, *parts: str | int) -> Text:
    """A text of strings and UTF-16 code units."""
    encoded = (
        part.encode("utf-16-be") if isinstance(part, str) else part.to_bytes(2) for part in parts
    )
    units = b"".join(encoded).hex()
    return Text(comment, utf8_of(units), "acceptable", ("LoneSurrogate",), units)


def secrets() -> Iterator[Text]:
    """All secrets, in the order of the file."""
    word = "Café Ångström"
    texts: list[tuple[str, str, str]] = [
        ("plain ASCII", SECRET, ""),
        ("five digits", "12345", ""),
        ("32 letters and digits, as the server makes them", "mX3vT9cQ0aLr7ZkP2nYw8BsD5hJf1GuE", ""),
        ("composed letters (NFC)", unicodedata.normalize("NFC", word), "UnicodeForm"),
        ("decomposed letters (NFD)", unicodedata.normalize("NFD", word), "UnicodeForm"),
        ("signs for Ångström, Kelvin and Ohm", "\u212b \u212a \u2126", "UnicodeForm"),
        ("ligature, full-width letters, superscript", _WIDE, "CompatibilityForm"),
        ("the same in NFKC", unicodedata.normalize("NFKC", _WIDE), "CompatibilityForm"),
        ("half-width kana", "\uff76\uff9e\uff77\uff9e \u3231", "CompatibilityForm"),
        ("beyond the basic plane", "密码🔑пароль", ""),
        ("a family with zero width joiners", _JOINED, "Invisible"),
        ("the same without joiners", _JOINED.replace("\u200d", ""), "Invisible"),
        (
            "soft hyphen, word joiner, zero width space, variation selector",
            "a\u00adb\u2060c\u200bd\u2764\ufe0f",
            "Invisible",
        ),
        ("byte order mark in front", f"\ufeff{SECRET}", "ByteOrderMark"),
        ("byte order mark inside", SECRET.replace(" ", "\ufeff"), "ByteOrderMark"),
        ("byte order mark at the end", f"{SECRET}\ufeff", "ByteOrderMark"),
        (
            "right to left, override and isolates",
            "שלום \u202eabc\u202c \u2066x\u2069\u200f",
            "Bidi",
        ),
        ("leading space", f" {SECRET}", "BlankSignificant"),
        ("trailing space", f"{SECRET} ", "BlankSignificant"),
        ("trailing line end", f"{SECRET}\n", "BlankSignificant"),
        ("CR and LF at the end", f"{SECRET}\r\n", "BlankSignificant"),
        ("other blanks around", f"\t\u00a0{SECRET}\u3000\u2028", "BlankSignificant"),
        ("two spaces inside", SECRET.replace(" ", "  "), "BlankSignificant"),
        ("nothing but spaces", "   ", "BlankSignificant"),
        ("letters that case folding changes", "Straße İstanbul ſ Ω", "CaseSignificant"),
        ("percent and HTML escapes", "a%20b+c&amp;d", "LooksEncoded"),
        ("hex digits", "00c0ffee00c0ffee00c0ffee00c0ffee", "LooksEncoded"),
        ("base64", "Y29ycmVjdCBob3JzZQ==", "LooksEncoded"),
        ("JSON in quotes", '"\\u0063orrect\\n"', "LooksEncoded"),
        ("noncharacters", "\uffff\U0010ffff", ""),
        ("NUL in front", f"\0{SECRET}", "LeadingNul"),
        ("NUL inside", SECRET.replace(" ", "\0"), ""),
        ("NUL at the end", f"{SECRET}\0", "HmacZeroPadding"),
        ("64 bytes, the block of HMAC", "0123456789abcdef" * 4, ""),
        ("65 bytes", "0123456789abcdef" * 4 + "0", "HmacLongKey"),
        ("1000 characters, 3000 bytes", "長" * 1000, "HmacLongKey"),
    ]
    for comment, text, flag in texts:
        yield Text(comment, text.encode(), flags=(flag,) if flag else ())
    yield Text("empty", b"", "acceptable", ("EmptySecret",))
    yield Text("not UTF-8", bytes.fromhex("ff00fec080"), "acceptable", ("NotText",))
    yield Text("a surrogate's three bytes", b"key \xed\xa0\xbd", "acceptable", ("NotText",))
    yield _of_units("lone high surrogate", "key ", 0xD83D, " end")
    yield _of_units("lone low surrogate at the end", "key", 0xDD11)
    yield _of_units("a pair in the wrong order", 0xDD11, 0xD83D, "key")


SPELLINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "in capitals": (SESSION.upper(), ("CaseSignificant",)),
    "with a space behind": (f"{SESSION} ", ("BlankSignificant",)),
    "with a line end behind": (f"{SESSION}\n", ("BlankSignificant",)),
    "with a byte order mark in front": (f"\ufeff{SESSION}", ("ByteOrderMark",)),
    "with a NUL in front": (f"\0{SESSION}", ("LeadingNul",)),
    "with a zero width joiner inside": (SESSION.replace("-", "-\u200d", 1), ("Invisible",)),
    "with a left-to-right mark behind": (f"{SESSION}\u200e", ("Bidi",)),
    "in full-width digits": (
        "".join(chr(ord(sign) + 0xFEE0) for sign in SESSION),
        ("CompatibilityForm",),
    ),
}
"""Other spellings of SESSION, each another session: the id and the flags."""


def sessions() -> Iterator[Text]:
    """All session ids but the first, in the order of the file."""
    yield Text("same secret, another session", OTHER_SESSION.encode(), flags=("OtherSession",))
    for comment, (text, flags) in SPELLINGS.items():
        yield Text(f"session id {comment}", text.encode(), flags=("SessionSpelling", *flags))
    yield Text("a LiveKit session id", b"RM_hB7wKq2ZcVtN", flags=("OtherSession",))
    for form in ("NFC", "NFD"):
        word = unicodedata.normalize(form, "séance-1").encode()
        yield Text(f"session id with letters beyond ASCII ({form})", word, flags=("UnicodeForm",))
    yield Text("session id of 300 characters", b"0123456789" * 30, flags=("OtherSession",))
    yield Text("no session id", b"", "acceptable", ("EmptySession",))
    yield _of_units("session id with a lone surrogate", "session ", 0xD800)
