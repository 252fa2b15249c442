"""The leak reader finds a value in any encoding and at any place, and nothing in random bytes."""

from __future__ import annotations

import base64
import gzip
import html
import json
import random
import zlib
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.keys.profiles import PROFILES
from conformance.observers.leaks import (
    LeakReader,
    Limits,
    Needle,
    NeedleTooShort,
    Place,
    derived_from,
    marker,
)

PLACE = Place("HTTP body", "POST /x")
SECRET = 'räght "key" <&> \\ / 😀 4f1d'
NEEDLES = derived_from("the secret", SECRET, ["session-1", "room-1"])

settings.register_profile("busy", deadline=None)
settings.load_profile("busy")

WRITTEN: dict[str, Callable[[str], bytes]] = {
    "UTF-8": lambda t: t.encode(),
    "UTF-16LE": lambda t: t.encode("utf-16-le"),
    "UTF-16BE": lambda t: t.encode("utf-16-be"),
    "hex": lambda t: t.encode().hex().encode(),
    "HEX": lambda t: t.encode().hex().upper().encode(),
    "base64": lambda t: base64.b64encode(t.encode()),
    "base64url": lambda t: base64.urlsafe_b64encode(t.encode()),
    "MIME": lambda t: base64.encodebytes(("x" * 100 + t).encode()),
    "percent": lambda t: quote(t).encode(),
    "percent, lower": lambda t: "".join(f"%{b:02x}" for b in t.encode()).encode(),
    "form": lambda t: quote_plus(t).encode(),
    "JSON": lambda t: json.dumps({"a": t}).encode(),
    "JSON in UTF-8": lambda t: json.dumps({"a": t}, ensure_ascii=False).encode(),
    "JSON in JSON": lambda t: json.dumps(json.dumps({"a": t})).encode(),
    "\\u": lambda t: "".join(f"\\u{ord(c):04X}" for c in t if ord(c) < 0x10000).encode(),
    "HTML": lambda t: html.escape(t).encode(),
    "reversed": lambda t: t.encode()[::-1],
    "array": lambda t: json.dumps(list(t.encode())).encode(),
    "array, dense": lambda t: json.dumps(list(t.encode()), separators=(",", ":")).encode(),
    "object": lambda t: json.dumps(dict(enumerate(t.encode())), separators=(",", ":")).encode(),
}

WRAPPED: dict[str, Callable[[bytes], bytes]] = {
    "nothing": bytes,
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "deflate": lambda b: zlib.compressobj(wbits=-15).compress(b) + b"",
    "base64": lambda b: b"=" + base64.b64encode(b),
    "base64url": lambda b: b"path/" + base64.urlsafe_b64encode(b).rstrip(b"="),
    "base64(gzip)": lambda b: base64.b64encode(gzip.compress(b)),
    "hex(gzip)": lambda b: gzip.compress(b).hex().encode(),
    "percent(base64(gzip))": lambda b: quote(base64.b64encode(gzip.compress(b))).encode(),
    "JSON(base64(zlib))": lambda b: json.dumps(
        {"x": base64.b64encode(zlib.compress(b)).decode()}
    ).encode(),
    "binary string(gzip)": lambda b: json.dumps(gzip.compress(b).decode("latin-1")).encode(),
    "base64(base64)": lambda b: base64.b64encode(base64.b64encode(b)),
}


def _deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


WRAPPED["deflate"] = _deflate
WRAPPED["base64(deflate)"] = lambda b: b'{"x":"' + base64.b64encode(_deflate(b)) + b'"}'


@pytest.fixture(scope="module")
def reader() -> LeakReader:
    return LeakReader(NEEDLES)


@pytest.mark.parametrize("wrapped", WRAPPED)
@pytest.mark.parametrize("written", WRITTEN)
def test_a_secret_is_found_in_every_encoding_and_layer(
    reader: LeakReader, written: str, wrapped: str
) -> None:
    text = SECRET if written != "\\u" else "".join(c for c in SECRET if ord(c) < 0x10000)
    needle = reader if text == SECRET else LeakReader(derived_from("it", text, []))
    item = WRAPPED[wrapped](WRITTEN[written](text))
    assert needle.read(PLACE, item), (written, wrapped)


def test_one_escape_in_a_short_field_is_undone() -> None:
    assert LeakReader([marker("it", "00000123:456789A")]).read(PLACE, b"\0 00000123%3A456789A \0")


@settings(max_examples=150)
@given(
    secret=st.text(min_size=16, max_size=60).filter(
        lambda t: len(t.strip().encode("utf-8", "surrogatepass")) >= 16 and len(set(t)) >= 12
    ),
    written=st.sampled_from(["UTF-8", "UTF-16LE", "hex", "base64", "base64url", "percent", "JSON"]),
    wrapped=st.sampled_from(["nothing", "gzip", "zlib", "base64(gzip)", "base64(deflate)"]),
    before=st.binary(max_size=300),
    after=st.binary(max_size=300),
)
def test_any_secret_at_any_offset_is_found(
    secret: str, written: str, wrapped: str, before: bytes, after: bytes
) -> None:
    reader = LeakReader([marker("it", secret)])
    item = before + b" " + WRAPPED[wrapped](WRITTEN[written](secret)) + b" " + after
    assert reader.read(PLACE, item)


@settings(max_examples=200)
@given(st.binary(max_size=4000))
def test_random_bytes_give_no_find_and_no_error(data: bytes) -> None:
    assert SHARED.read(PLACE, data) == []


SHARED = LeakReader(NEEDLES)


def test_a_mebibyte_of_random_bytes_gives_no_find(reader: LeakReader) -> None:
    source = random.Random(7)
    for _ in range(4):
        data = source.randbytes(1 << 20)
        assert reader.read(PLACE, data) == []
        assert reader.read(PLACE, base64.b64encode(data)) == []
    assert reader.reading.incomplete == []


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("session", ["session-1", "room-1"])
def test_every_known_key_is_found(reader: LeakReader, profile: str, session: str) -> None:
    key = PROFILES[profile].derive(SECRET, session)
    for item in (
        key,
        b"key=" + key.hex().encode(),
        b'{"k":"' + base64.b64encode(key) + b'"}',
        b"xx" + base64.urlsafe_b64encode(b"ab" + key),
        json.dumps(list(key)).encode(),
        json.dumps(base64.b64encode(gzip.compress(b"k" + key)).decode()).encode(),
        key[::-1],
    ):
        assert [leak for leak in reader.read(PLACE, item) if leak.needle.role == "secret"]


def test_a_find_names_value_encoding_and_place() -> None:
    reader = LeakReader([Needle("the secret", b"0123456789abcdef", is_text=True)])
    body = b"a=" + base64.b64encode(b"x" + b"0123456789abcdef")
    (leak, *_) = reader.read(PLACE, body)
    assert str(leak) == ("the secret (base64 at alignment 1) in the HTTP body of POST /x at 4")
    nested = base64.b64encode(gzip.compress(b"secret: 0123456789abcdef;"))
    (leak, *_) = reader.read(PLACE, b'{"x":"' + nested + b'"}')
    assert leak.path == ("base64 at 6", "gzip at 0") or leak.path[0] == "base64 at 6"
    assert leak.offset == 8
    assert leak.encoding == "UTF-8"


def test_the_context_does_not_show_the_secret(reader: LeakReader) -> None:
    item = b"before " + SECRET.encode() + b" after " + SECRET.encode().hex().encode()
    for leak in reader.read(PLACE, item):
        assert "key" not in leak.context
        assert SECRET.encode().hex()[:12] not in leak.context
        assert "█" in leak.context


def test_short_needles_are_refused() -> None:
    with pytest.raises(NeedleTooShort):
        marker("short", "1234567")
    with pytest.raises(NeedleTooShort):
        derived_from("short", "123", ["s"])


def test_a_value_split_over_pieces_is_found(reader: LeakReader) -> None:
    whole = b"x" * 1000 + SECRET.encode() + b"y" * 100
    pieces = [whole[i : i + 7] for i in range(0, len(whole), 7)]
    assert not [leak for piece in pieces for leak in reader.read(PLACE, piece)]
    assert reader.read_stream(PLACE, pieces)
    (leak, *_) = reader.read_large(PLACE, iter(pieces))
    assert leak.offset == 1000
    packed = gzip.compress(whole)
    assert reader.read_stream(PLACE, [packed[i : i + 9] for i in range(0, len(packed), 9)])


BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip": lambda: gzip.compress(bytes(50 << 20)),
    "gzip in gzip": lambda: gzip.compress(gzip.compress(bytes(50 << 20))),
    "zlib": lambda: zlib.compress(bytes(50 << 20)),
    "base64 of gzip": lambda: base64.b64encode(gzip.compress(bytes(50 << 20))),
    "gzip heads": lambda: b"\x1f\x8b\x08" * 100_000,
    "zlib heads": lambda: b"\x78\x9c" * 100_000,
    "endless names": lambda: b"\x1f\x8b\x08\x08" + b"aa" * 3000 + b"\x1f\x8b\x08\x18" * 9000,
    "base64 without end": lambda: b"A" * (2 << 20),
    "percent without end": lambda: b"%25" * 100_000,
    "backslashes": lambda: b"\\" * 500_000,
    "escapes": lambda: b"\\u0041" * 100_000,
    "surrogates": lambda: b"\\ud83d" * 50_000,
    "hex": lambda: b"1f8b08" * 100_000,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_hostile_input_is_bounded(bomb: str) -> None:
    reader = LeakReader([marker("it", "0123456789abcdef")], Limits(output=24 << 20, one=4 << 20))
    assert reader.read(PLACE, BOMBS[bomb]()) == []
    if "gzip" in bomb or "zlib" in bomb:
        assert reader.reading.incomplete, "what was not read to its end must be told"


def test_a_flood_of_finds_is_bounded() -> None:
    reader = LeakReader([marker("it", "0123456789abcdef")])
    assert reader.read(PLACE, b"0123456789abcdef" * 100_000)
    assert len(reader.reading.leaks) < 100


def test_a_broken_checksum_hides_nothing(reader: LeakReader) -> None:
    for packed in (gzip.compress(SECRET.encode()), zlib.compress(SECRET.encode())):
        assert reader.read(PLACE, packed[:-4] + b"\0\0\0\0")
        assert reader.read(PLACE, packed[:-4])
