"""Candidate keys: what every known formula derives from a person's secret and Session ID.

A key counts only if it decrypts captured bytes: see `conformance.bench.crypto`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.bench.core.participant import Participant
from conformance.keys.messages import MessageMalformed, MessageRefused, open_message
from conformance.keys.mistakes import mistaken_keys
from conformance.keys.profiles import PROFILES, Profile, Role
from conformance.observers.answers import answers


@dataclass(frozen=True)
class CandidateKey:
    """One candidate: a formula applied to a secret and a Session ID.

    `role` is what the formula is published for, None where that is unknown. `published` is False
    for a formula that only a faulty program uses (`conformance.keys.mistakes`).
    """

    profile: str
    session_bound: bool
    value: bytes
    role: Role | None = None
    published: bool = True

    def opens(self, blob: bytes) -> bytes | None:
        """The plaintext of a message, or None if this key does not decrypt it."""
        try:
            return open_message(blob, self.value)
        except (MessageMalformed, MessageRefused):
            return None


def published_keys(
    secret: str, session_id: str, profiles: Iterable[Profile] = ()
) -> list[CandidateKey]:
    """The keys that every known formula derives from a secret and a Session ID."""
    return [
        CandidateKey(
            profile.id, profile.session_bound, profile.derive(secret, session_id), profile.role
        )
        for profile in profiles or PROFILES.values()
    ]


def mistaken_keys_of(person: Participant) -> list[CandidateKey]:
    """The keys that a faulty program would derive from this person's secret and Session ID."""
    made = mistaken_keys(secret_of(person), session_of(person), room_of(person))
    return [CandidateKey(key.name, False, key.value, key.role, published=False) for key in made]


@dataclass(frozen=True)
class WrongSecret:
    """A wrong secret that is tried on purpose. `words` names it in reports."""

    secret: str
    session_id: str
    words: str = "a wrong secret"


def observed_keys(person: Participant) -> list[CandidateKey]:
    """The keys that this person's client created, if they were watched; they need no formula."""
    made = person.made_keys.keys if person.made_keys is not None else []
    return [
        CandidateKey(f"the client's own key {n}", False, value) for n, value in enumerate(made, 1)
    ]


def secret_of(person: Participant) -> str:
    """The secret of this person's client: what was typed, else what the server supplied."""
    return person.secret or answers(person.traffic).secret or ""


def session_of(person: Participant) -> str:
    """The Session ID that the server sent to this person."""
    return answers(person.traffic).session_id or ""


def room_of(person: Participant) -> str:
    """The room id that the server sent to this person."""
    return str((answers(person.traffic).verify or {}).get("room_id") or "")
