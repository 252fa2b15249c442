"""The needles: secrets, all values derived from them, and the canaries' markers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from conformance.keys.profiles import PROFILES, Profile
from conformance.observers.leaks.constructions import DIGESTS, constructions, of_key

Role = Literal["secret", "content", "marker"]

SHORTEST: Final = 8
"""The shortest pattern, in bytes. By chance, 8 given bytes occur at one of 2**64 offsets."""


class NeedleTooShort(ValueError):
    """The value is so short that chance matches occur; choose one of at least 8 bytes."""


@dataclass(frozen=True)
class Needle:
    """One value to search for.

    Attributes:
        what: a description without the value itself ("alice's secret, SHA-256").
        value: its bytes, at least `SHORTEST`.
        role: a secret must not be found; content (what a test says, draws, types or uploads) must
            not be found outside the sealed channels; a marker must be found.
        is_text: the value is text, so that character encodings apply as well.
        is_digest: one of very many values. Its first and its last eight bytes are searched for;
            any eight bytes of all other values are.
    """

    what: str
    value: bytes
    role: Role = "secret"
    is_text: bool = False
    is_digest: bool = False

    def __post_init__(self) -> None:
        """Reject a value that would match by chance.

        Raises:
            NeedleTooShort: the value has less than `SHORTEST` bytes.
        """
        if len(self.value) < SHORTEST:
            raise NeedleTooShort(
                f"{self.what} has {len(self.value)} bytes; it needs at least {SHORTEST}"
            )


def marker(what: str, text: str) -> Needle:
    """A canary's marker, which the reader must find.

    Raises:
        NeedleTooShort: it has less than `SHORTEST` bytes of UTF-8.
    """
    return Needle(what, text.encode("utf-8", "surrogatepass"), "marker", is_text=True)


def content(what: str, text: str) -> Needle:
    """What a test says, draws, types or uploads; it must not be found outside sealed channels.

    Raises:
        NeedleTooShort: it has less than `SHORTEST` bytes of UTF-8.
    """
    return Needle(what, text.encode("utf-8", "surrogatepass"), "content", is_text=True)


def derived_from(
    what: str, secret: str, sessions: Iterable[str], profiles: Iterable[Profile] = ()
) -> list[Needle]:
    """A secret, the keys of every known formula, and every known construction over them.

    `sessions` are the ids that a program could take for the session id, or join with the secret.
    PBKDF2 with 100 000 iterations takes about 30 ms a value; its results are cached.

    Raises:
        NeedleTooShort: the secret has less than `SHORTEST` bytes.
    """
    typed = secret.encode("utf-8", "surrogatepass")
    found = {typed: Needle(what, typed, is_text=True)}

    def add(words: str, value: bytes, *, is_text: bool = False, is_digest: bool = False) -> None:
        if len(value) >= SHORTEST and value not in found:
            found[value] = Needle(f"{what}, {words}", value, "secret", is_text, is_digest)

    spellings = {f: unicodedata.normalize(f, secret) for f in ("NFC", "NFD", "NFKC", "NFKD")}
    spellings["trimmed"] = secret.strip()
    for words, spelling in spellings.items():
        add(words, spelling.encode("utf-8", "surrogatepass"), is_text=True)
    ids = list(dict.fromkeys(sessions))
    keys: dict[bytes, str] = {}
    for session in ids:
        for profile in profiles or PROFILES.values():
            value = typed
            for number, step in enumerate(profile.steps, 1):
                value = step.apply(value, session)
                last = number == len(profile.steps)
                # Two formulas may share their first steps; the name of the first one is kept.
                name = f"key of {profile.id}" if last else f"{profile.id}, step {number}"
                add(name, value, is_text=step.do in ("base64", "hex"))
                keys.setdefault(value, name)
    others = {
        text.encode("utf-8", "surrogatepass")
        for text in (*spellings.values(), secret.lower(), secret.upper())
    } - {typed}
    contexts = [one.encode("utf-8", "surrogatepass") for one in ids if one]
    for words, value in constructions(typed, sorted(others), contexts):
        add(words, value, is_digest=words not in DIGESTS)
    for key, name in keys.items():
        for words, value in of_key(key):
            add(f"{name}, {words}", value, is_digest=True)
    return list(found.values())
