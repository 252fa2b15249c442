"""Ways in which a program may write bytes, for tests of the leak reader."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import quopri
import zipfile
import zlib
from collections.abc import Callable

import brotli
import cbor2
import msgpack
import zstandard

Spelling = Callable[[bytes], bytes]


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", data + b"\n" * 40)
    return out.getvalue()


def grouped(data: bytes, size: int, mark: bytes) -> bytes:
    return mark.join(data[at : at + size] for at in range(0, len(data), size))


def each(form: str) -> Spelling:
    return lambda data: "".join(form.format(byte) for byte in data).encode()


OF_TEXT: dict[str, Spelling] = {
    "as it is": bytes,
    "upper case": bytes.upper,
    "reversed": lambda b: b[::-1],
    "UTF-7": lambda b: b"+" + base64.b64encode(b.decode().encode("utf-16-be")).rstrip(b"=") + b"-",
    "UTF-16LE": lambda b: b.decode().encode("utf-16-le"),
    "UTF-16BE": lambda b: b.decode().encode("utf-16-be"),
    "UTF-32LE": lambda b: b.decode().encode("utf-32-le"),
    "dashes": lambda b: grouped(b, 1, b"-"),
    "lines": lambda b: grouped(b, 3, b"\n"),
    "dots and spaces": lambda b: b[:3] + b". " + b[3:5] + b" " + b[5:],
    "list of characters": lambda b: json.dumps(list(b.decode())).encode(),
    "object of characters": lambda b: json.dumps(dict(enumerate(b.decode()))).encode(),
}
"""Spellings that apply to text only."""

OF_BYTES: dict[str, Spelling] = {
    "hex": lambda b: b.hex().encode(),
    "HEX": lambda b: b.hex().upper().encode(),
    "hex with colons": lambda b: b.hex(":").encode(),
    "hex in groups": lambda b: b.hex("-", 2).encode(),
    "base32": base64.b32encode,
    "base32, lower case": lambda b: base64.b32encode(b).lower(),
    "base32hex": base64.b32hexencode,
    "base64": base64.b64encode,
    "base64url": lambda b: base64.urlsafe_b64encode(b).rstrip(b"="),
    "base64 at another phase": lambda b: base64.b64encode(b"x" + b),
    "base64 in groups": lambda b: grouped(base64.b64encode(b), 4, b" "),
    "percent": each("%{:02x}"),
    "quoted-printable": lambda b: quopri.encodestring(b) if b.isascii() else each("={:02X}")(b),
    "\\u escapes": each("\\u{:04x}"),
    "\\x escapes": each("\\x{:02x}"),
    "octal escapes": each("\\{:03o}"),
    "HTML references": each("&#{};"),
    "HTML references, hex": each("&#x{:X};"),
    "list of numbers": lambda b: json.dumps(list(b)).encode(),
    "numbers with dashes": lambda b: "-".join(map(str, b)).encode(),
    "hex numbers": lambda b: (
        ", ".join(map(hex, b)).encode() if min(b) > 15 else b.hex(" ").encode()
    ),
    "object of numbers": lambda b: json.dumps(dict(enumerate(b))).encode(),
    "binary digits": each("{:08b}"),
    "binary digits in groups": lambda b: " ".join(f"{byte:08b}" for byte in b).encode(),
}
"""Spellings of any bytes as text."""

WRAPPED: dict[str, Spelling] = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "zstd": zstandard.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "ZIP": zipped,
    "JSON": lambda b: json.dumps({"a": b.decode("latin-1"), "n": 1}).encode(),
    "base64": base64.b64encode,
    "base64url": base64.urlsafe_b64encode,
    "hex": lambda b: b.hex().encode(),
    "percent": each("%{:02X}"),
    "base64 of deflate": lambda b: base64.b64encode(deflated(b)),
    "base64 of brotli": lambda b: base64.b64encode(brotli.compress(b)),
    "base64 of MessagePack": lambda b: base64.b64encode(msgpack.packb({"k": list(b)})),
    "base64 of CBOR": lambda b: base64.b64encode(cbor2.dumps({"k": list(b)})),
    "protobuf": lambda b: b"\x08\x01\x12" + _length(len(b)) + b + b"\x18\x05",
}
"""What may be around a value, with anything before and after it."""

DOCUMENTS: dict[str, Spelling] = {
    "deflate": deflated,
    "brotli": brotli.compress,
    "MessagePack": lambda b: msgpack.packb({"k": list(b)}),
    "MessagePack of characters": lambda b: msgpack.packb([[c] for c in b.decode("latin-1")]),
    "CBOR": lambda b: cbor2.dumps([list(b)]),
    "CBOR tag": lambda b: cbor2.dumps(cbor2.CBORTag(1000, {"k": list(b)})),
}
"""Formats that are recognised only as a whole item."""


def _length(size: int) -> bytes:
    """A length in more bytes than it needs, so that it is not a letter beside the value."""
    return bytes([size & 127 | 128, size >> 7 & 127 | 128, size >> 14])
