"""Known constructions over a secret: digests, double digests, HMACs, joins with public ids.

A program may take one of them for harmless. Each can be tried offline against guesses of a typed
secret, so each counts as the secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations, product
from typing import Final

_WANTED: Final = (
    "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha512_224", "sha512_256",
    "sha3_224", "sha3_256", "sha3_384", "sha3_512", "blake2b", "blake2s", "ripemd160",
)  # fmt: skip


def _available() -> Iterator[str]:
    for name in _WANTED:
        try:
            hashlib.new(name, b"", usedforsecurity=False)
        except ValueError:  # OpenSSL was built without it
            continue
        yield name


DIGESTS: Final = tuple(_available())
_COMMON: Final = ("md5", "sha1", "sha256", "sha384", "sha512", "sha3_256", "sha3_512")
_FEW: Final = ("md5", "sha1", "sha256", "sha512")
_MARKS: Final = (b"", b":", b"-", b".", b"|", b"_", b"/", b",", b" ", b";", b"+", b"#", b"@",
                 b"\n", b"\0")  # fmt: skip


def digest(name: str, data: bytes) -> bytes:
    """The digest `name` of `data`, in bytes."""
    return hashlib.new(name, data, usedforsecurity=False).digest()


def constructions(
    secret: bytes, forms: Iterable[bytes], contexts: Sequence[bytes]
) -> Iterator[tuple[str, bytes]]:
    """Each known construction, as (description, value).

    `forms` are other spellings of the secret: trimmed, in another case, in another Unicode form.
    `contexts` are the public ids that a program may join with it.
    """
    for name in DIGESTS:
        yield name, digest(name, secret)
    for spelling in forms:
        for name in _COMMON:
            yield f"{name} of another spelling", digest(name, spelling)
    yield from _twice(secret)
    for context in contexts:
        yield from _with(secret, context)
    for pair in permutations(contexts, 2):
        for order, mark in product(permutations((secret, *pair)), (b"", b":", b"-")):
            for name in _FEW:
                yield f"{name} with two ids", digest(name, mark.join(order))


def of_key(key: bytes) -> Iterator[tuple[str, bytes]]:
    """Digests of a key, as (description, value)."""
    for name in _COMMON:
        yield name, digest(name, key)


def _twice(secret: bytes) -> Iterator[tuple[str, bytes]]:
    for inner, outer in product(_COMMON, _COMMON):
        value = digest(inner, secret)
        for words, text in (
            ("", value),
            ("hex ", value.hex().encode()),
            ("base64 ", base64.b64encode(value)),
        ):
            yield f"{outer} of {words}{inner}", digest(outer, text)
    for name in _COMMON:
        yield f"HMAC {name} without message", hmac.digest(secret, b"", name)
        yield f"HMAC {name} without key", hmac.digest(b"", secret, name)


def _with(secret: bytes, context: bytes) -> Iterator[tuple[str, bytes]]:
    for mark in _MARKS:
        for order in ((secret, context), (context, secret)):
            for name in _COMMON:
                yield f"{name} with an id", digest(name, mark.join(order))
    for name in _COMMON:
        yield f"HMAC {name} of an id", hmac.digest(secret, context, name)
        yield f"HMAC {name} keyed with an id", hmac.digest(context, secret, name)
        for text in (digest(name, secret), digest(name, secret).hex().encode()):
            yield f"{name} of {name} and an id", digest(name, text + context)
            yield f"{name} of an id and {name}", digest(name, context + text)
            yield f"HMAC {name} of an id, key {name}", hmac.digest(text, context, name)
