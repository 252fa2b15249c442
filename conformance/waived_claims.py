"""The claims that a waiver names: as text, as a pattern, or as a salted hash.

A claim is one sentence of a check, such as "alice sees bob". A waiver of a weakness that is not
public names it by a hash, so that the file does not say in words what fails. The hash only keeps
the words out of sight: the sentences are in this suite's code, and anybody can try them all.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

HASHED: Final = re.compile(r"sha256:([0-9a-f]{8,64}):([0-9a-f]{64})\Z")
PATTERN: Final = re.compile(r"/(.+)/\Z")

_RANDOM: Final = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4,})+|[0-9a-f]{10,}")
"""Parts of a claim that are new in each run: markers, ids of sessions and people."""


def steady(claim: str) -> str:
    """The claim's sentence with what is new in each run left out."""
    return " ".join(_RANDOM.sub("…", claim).split())


def hashed(claim: str, salt: str | None = None) -> str:
    """How a waiver names a claim without its words: `sha256:SALT:DIGEST`, in hex."""
    salt = salt or secrets.token_hex(8)
    digest = hashlib.sha256(bytes.fromhex(salt) + steady(claim).encode()).hexdigest()
    return f"sha256:{salt}:{digest}"


def check_name(name: str) -> str:
    """A claim as a waiver names it, unchanged.

    Raises:
        ValueError: it looks like a hash or a pattern and is none.
    """
    if name.startswith("sha256:") and not HASHED.match(name):
        raise ValueError(
            f"{name!r} is no sha256:SALT:DIGEST in hex, with at least 8 digits of salt"
        )
    if pattern := PATTERN.match(name):
        try:
            re.compile(pattern[1])
        except re.error as error:
            raise ValueError(f"{name!r} is no regular expression: {error}") from error
    return name


def is_hashed(name: str) -> bool:
    """Whether the name gives the claim by a hash."""
    return HASHED.match(name) is not None


def names(name: str, claim: str) -> bool:
    """Whether the name of a waiver means this claim.

    A text means the claim with exactly this sentence. `/PATTERN/` means every claim whose whole
    sentence matches the regular expression.
    """
    if found := HASHED.match(name):
        return hashed(claim, found[1]) == name
    if found := PATTERN.match(name):
        return re.fullmatch(found[1], steady(claim)) is not None
    return steady(name) == steady(claim)
