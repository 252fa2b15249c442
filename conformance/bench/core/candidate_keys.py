"""Candidate keys: what every known formula makes of a person's secret and Session ID.

A key counts only where it opens real bytes: see `conformance.bench.crypto`.
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
    """One candidate: a formula applied to a secret and a session id.

    `role` is what the formula is published for, None where nobody can say; `published` is False
    for one that only careless programs apply (`conformance.keys.mistakes`).
    """

    profile: str
    session_bound: bool
    value: bytes
    role: Role | None = None
    published: bool = True

    def opens(self, blob: bytes) -> bytes | None:
        """The plaintext, or None."""
        try:
            return open_message(blob, self.value)
        except (MessageMalformed, MessageRefused):
            return None


def published_keys(
    secret: str, session_id: str, profiles: Iterable[Profile] = ()
) -> list[CandidateKey]:
    """The keys that every known formula makes of a secret and a session id."""
    return [
        CandidateKey(
            profile.id, profile.session_bound, profile.derive(secret, session_id), profile.role
        )
        for profile in profiles or PROFILES.values()
    ]


def mistaken_keys_of(person: Participant) -> list[CandidateKey]:
    """The keys that careless programs make of what this person's client combines."""
    made = mistaken_keys(secret_of(person), session_of(person), room_of(person))
    return [CandidateKey(key.name, False, key.value, key.role, published=False) for key in made]


@dataclass(frozen=True)
class WrongSecret:
    """A secret that is tried although it is a wrong one."""

    secret: str
    session_id: str
    words: str = "a wrong secret"


def observed_keys(person: Participant) -> list[CandidateKey]:
    """The keys that this person's own client made, where that was watched: no formula needed."""
    made = person.made_keys.keys if person.made_keys is not None else []
    return [
        CandidateKey(f"the client's own key {n}", False, value) for n, value in enumerate(made, 1)
    ]


def secret_of(person: Participant) -> str:
    """What this person's client combines: what was typed, else what the server supplied."""
    return person.secret or answers(person.traffic).secret or ""


def session_of(person: Participant) -> str:
    """The session id that the server told this person."""
    return answers(person.traffic).session_id or ""


def room_of(person: Participant) -> str:
    """The room's id, as the server told it to this person."""
    return str((answers(person.traffic).verify or {}).get("room_id") or "")
