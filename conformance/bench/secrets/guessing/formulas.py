"""Digests of public values: what a server computes that wants a secret and has no good idea."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import itertools
import uuid
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from conformance.bench.secrets.guessing.facts import SessionFacts, Value

SEPARATORS: Final = (b"", b"-", b":", b"_", b"|", b".", b"/", b" ", b",")
FEW: Final = (b"", b"-", b":", b"_")
"""The separators that are tried between three values."""
CONSTANTS: Final[tuple[Value, ...]] = tuple(
    (f'"{word}"', word.encode())
    for word in ("", "secret", "e2ee", "plugnmeet", "plug-n-meet", "encryption_key", "key", "salt")
)
ROUNDS: Final = (1, 1_000, 10_000, 100_000)
"""The rounds of PBKDF2 that are tried with every pair of values."""

MOST_SESSIONS: Final = 600
"""Counters of sessions that are tried alone: one run makes some 300."""

Digest = tuple[str, bytes]

_HASHES: Final[tuple[tuple[str, Callable[[bytes], bytes]], ...]] = (
    ("MD5", lambda b: hashlib.md5(b, usedforsecurity=False).digest()),
    ("SHA-1", lambda b: hashlib.sha1(b, usedforsecurity=False).digest()),
    ("SHA-224", lambda b: hashlib.sha224(b).digest()),
    ("SHA-256", lambda b: hashlib.sha256(b).digest()),
    ("SHA-384", lambda b: hashlib.sha384(b).digest()),
    ("SHA-512", lambda b: hashlib.sha512(b).digest()),
    ("SHA3-256", lambda b: hashlib.sha3_256(b).digest()),
    ("SHA3-512", lambda b: hashlib.sha3_512(b).digest()),
    ("BLAKE2b", lambda b: hashlib.blake2b(b).digest()),
    ("BLAKE2b-256", lambda b: hashlib.blake2b(b, digest_size=32).digest()),
    ("BLAKE2s", lambda b: hashlib.blake2s(b).digest()),
)
_KEYED: Final = ("sha256", "sha1", "sha512", "md5")
_NAMES: Final = {"sha256": "SHA-256", "sha1": "SHA-1", "sha512": "SHA-512", "md5": "MD5"}


def digests(facts: SessionFacts, *, each_microsecond: bool = True) -> Iterator[Digest]:
    """Every formula's name and result, the most likely ones first.

    `each_microsecond`: also of each microsecond in which the secret may have been drawn. These are
    most of all results, and a secret that one of them gives is no chance: one session is enough.
    """
    short = [*_singles(facts), *_pairs(facts)]
    for name, message in short:
        yield f"{name} itself", message
        yield from _hashed(name, message)
    for number in range(MOST_SESSIONS):
        yield from _hashed("a counter", str(number).encode())
    yield from _keyed(facts, short)
    yield from _again(facts)
    yield from _named_uuids(facts)
    yield from _stretched(facts)
    for name, message in _with_times(facts):
        yield from _hashed(name, message)
    for one in facts.microseconds() if each_microsecond else ():
        for form, text in (("us", str(one)), ("s with fraction", f"{one / 1e6:.6f}")):
            message = text.encode()
            yield f"SHA-256 of creation time in {form}", hashlib.sha256(message).digest()
            md5 = hashlib.md5(message, usedforsecurity=False).digest()
            yield f"MD5 of creation time in {form}", md5


def _hashed(name: str, message: bytes) -> Iterator[Digest]:
    for kind, digest in _HASHES:
        yield f"{kind} of {name}", digest(message)


def _singles(facts: SessionFacts) -> list[Value]:
    return [*facts.main(), *facts.others(), *facts.times()]


def _joined(parts: tuple[Value, ...], separator: bytes) -> Value:
    how = f' with "{separator.decode()}"' if separator else ""
    return " + ".join(name for name, _ in parts) + how, separator.join(data for _, data in parts)


def _pairs(facts: SessionFacts) -> Iterator[Value]:
    main, others = facts.main(), facts.others()
    words = [one for one in CONSTANTS if one[1]]
    for pair in (
        *itertools.permutations(main, 2),
        *itertools.product(main, others),
        *itertools.product(others, main),
        *itertools.product(main, words),
        *itertools.product(words, main),
    ):
        for separator in SEPARATORS:
            yield _joined(pair, separator)


def _with_times(facts: SessionFacts) -> Iterator[Value]:
    main, times = facts.main(), facts.times()
    for one, moment in itertools.product(main, times):
        for pair in ((one, moment), (moment, one)):
            for separator in SEPARATORS:
                yield _joined(pair, separator)
    usual = [moment for moment in times if "date" not in moment[0]]
    for one, other in itertools.permutations(main[:4], 2):
        for separator in FEW:
            for moment in usual:
                yield _joined((one, other, moment), separator)
                yield _joined((one, moment, other), separator)
                yield _joined((moment, one, other), separator)
    for three in itertools.permutations(main[:5], 3):
        for separator in FEW:
            yield _joined(three, separator)


def _keyed(facts: SessionFacts, messages: list[Value]) -> Iterator[Digest]:
    keys = list(dict.fromkeys([*facts.main(), *facts.others()[:2], *CONSTANTS]))
    several = [*messages]
    for moment in facts.times():
        several += [_joined((one, moment), b"") for one in facts.main()]
        several += [_joined((one, moment), b":") for one in facts.main()]
    for (key_name, key), (name, message) in itertools.product(keys, messages[:160]):
        for kind in _KEYED:
            yield f"HMAC-{_NAMES[kind]} of {name} under {key_name}", hmac.digest(key, message, kind)
    for (key_name, key), (name, message) in itertools.product(keys[:4], several[160:]):
        yield f"HMAC-SHA-256 of {name} under {key_name}", hmac.digest(key, message, "sha256")


def _again(facts: SessionFacts) -> Iterator[Digest]:
    """A hash of a hash, of its bytes and of its hex digits, and checksums."""
    for name, message in _singles(facts):
        for kind, first in _HASHES[:6]:
            once = first(message)
            for other, second in _HASHES[:6]:
                yield f"{other} of {kind} of {name}", second(once)
                yield f"{other} of hex {kind} of {name}", second(once.hex().encode())
        sums = zlib.crc32(message).to_bytes(4), zlib.adler32(message).to_bytes(4)
        yield f"checksums of {name}", b"".join(sums) * 2


def _named_uuids(facts: SessionFacts) -> Iterator[Digest]:
    spaces = [
        ("DNS", uuid.NAMESPACE_DNS), ("URL", uuid.NAMESPACE_URL), ("OID", uuid.NAMESPACE_OID),
        ("X.500", uuid.NAMESPACE_X500), ("nil", uuid.UUID(int=0)),
    ]  # fmt: skip
    with contextlib.suppress(ValueError):
        spaces.append(("Session ID", uuid.UUID(facts.session_id)))
    for (space_name, space), (name, message) in itertools.product(spaces, _singles(facts)):
        text = message.decode("utf-8", "replace")
        yield f"UUID 5 of {name} in {space_name}", uuid.uuid5(space, text).bytes
        yield f"UUID 3 of {name} in {space_name}", uuid.uuid3(space, text).bytes


def _stretched(facts: SessionFacts) -> Iterator[Digest]:
    """PBKDF2 and HKDF of two values."""
    main = facts.main()
    pairs = [*itertools.permutations(main, 2), *itertools.product(main, CONSTANTS)]
    for (name, value), (salt_name, salt) in pairs:
        for kind in ("sha256", "sha512", "sha1"):
            extracted = hmac.digest(salt or bytes(32), value, kind)
            for info_name, info in CONSTANTS:
                block = hmac.digest(extracted, info + b"\x01", kind)
                about = f"HKDF-{_NAMES[kind]} of {name}, salt {salt_name}, info {info_name}"
                yield about, block
        for rounds in ROUNDS if salt else ROUNDS[:2]:
            few = rounds < ROUNDS[-1] or (name, salt_name) in _SLOW
            for kind in ("sha256", "sha512", "sha1") if rounds < 10_000 else ("sha256",):
                if few:
                    stretched = hashlib.pbkdf2_hmac(kind, value, salt, rounds, 32)
                    about = f"PBKDF2-{_NAMES[kind]} of {name}, salt {salt_name}, {rounds} rounds"
                    yield about, stretched


_SLOW: Final = frozenset(itertools.permutations(("Session ID", "room id", "title"), 2))
"""The pairs (password, salt) that are tried with the highest number of rounds: 30 ms each."""
