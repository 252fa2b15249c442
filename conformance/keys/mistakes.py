"""Published formulas with typical mistakes: weaker, or not bound to the session.

No client should match any of these. Trying them distinguishes a wrong key from an unknown one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from conformance.keys.profiles import PROFILES, Pbkdf2, Profile, Role

SALT_CUT: Final = 8
"""The length in characters of the first group of a UUID, which some programs take alone."""

FEW_ROUNDS: Final = 1_000
"""The iteration count that RFC 2898 (2000) calls modest; programs still copy it."""


@dataclass(frozen=True)
class Mistaken:
    """A key made by a mistake; `name` gives the formula and the mistake."""

    name: str
    role: Role
    value: bytes


def mistaken_keys(secret: str, session_id: str, room_id: str) -> Iterator[Mistaken]:
    """The keys of every session-bound formula with each mistake."""
    for profile in PROFILES.values():
        if not profile.session_bound:
            continue
        for words, how, salt in (
            ("bound to the room id", profile, room_id),
            (f"with a salt of {SALT_CUT} characters", profile, session_id[:SALT_CUT]),
            (f"with {FEW_ROUNDS:,} rounds", _with_few_rounds(profile), session_id),
        ):
            if salt:
                name = f"{profile.id} {words}"
                yield Mistaken(name, profile.role, how.derive(secret, salt))


def _with_few_rounds(profile: Profile) -> Profile:
    steps = tuple(
        step.model_copy(update={"iterations": FEW_ROUNDS})
        if isinstance(step, Pbkdf2) and step.salt.session
        else step
        for step in profile.steps
    )
    return profile.model_copy(update={"steps": steps})
