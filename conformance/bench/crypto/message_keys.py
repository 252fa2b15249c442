"""Claims about the key of chat, whiteboard and data messages.

The suite derives candidate keys and tries them on the bytes that a participant's browser sent to
the message bus. A key counts only if it decrypts something. Messages that no known formula
decrypts make a check inconclusive; they never pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.bench.core.candidate_keys import (
    CandidateKey,
    WrongSecret,
    mistaken_keys_of,
    observed_keys,
    published_keys,
    secret_of,
    session_of,
)
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Participant
from conformance.keys.direct import direct_keys
from conformance.observers.answers import answers

CHANNELS = ("chat", "whiteboard", "data_channel")
"""Keys of `nats_subjects` whose messages are encrypted in a room with all options enabled."""


def sent_messages(people: Sequence[Participant]) -> list[bytes]:
    """What these people's browsers published as chat, whiteboard and data messages."""
    found = []
    for person in people:
        verify = answers(person.traffic).verify or {}
        room, subjects = verify.get("room_id", ""), verify.get("nats_subjects") or {}
        wanted = {f"{subjects[name]}.{room}" for name in CHANNELS if subjects.get(name)}
        found += [
            message.payload
            for message in person.traffic.nats
            if message.direction == "sent" and message.subject in wanted
        ]
    return found


def _has(text: bytes | None, markers: Sequence[str]) -> bool:
    return text is not None and any(marker.encode() in text for marker in markers)


@dataclass(frozen=True)
class CapturedMessages:
    """The messages that people with one secret sent in one session."""

    name: str
    people: Sequence[Participant]

    @property
    def keys(self) -> list[CandidateKey]:
        """The key of every known formula for the right secret.

        If none decrypts a message, the keys of faulty formulas are added.
        """
        one = self.people[0]
        keys = [*published_keys(secret_of(one), session_of(one)), *observed_keys(one)]
        blobs = sent_messages(self.people)
        if any(key.opens(blob) is not None for key in keys for blob in blobs):
            return keys
        return [*keys, *mistaken_keys_of(one)]

    def opening(self) -> list[CandidateKey]:
        """The keys that decrypt at least one message."""
        blobs = sent_messages(self.people)
        return [key for key in self.keys if any(key.opens(blob) is not None for blob in blobs)]

    def some_key_opens(self, *markers: str, also: CapturedMessages | None = None) -> Claim:
        """A known formula's key decrypts a message that contains one of `markers`: the control.

        The keys of the session `also` are tried, too: a claim judges that they decrypt nothing.
        """

        async def look() -> Observation:
            blobs = sent_messages(self.people)
            by = [
                key.profile
                for key in (*self.keys, *(also.keys if also else []))
                if any(_has(key.opens(blob), markers) for blob in blobs)
            ]
            return Observation(
                bool(by),
                f"of {len(blobs)} captured messages, one with the marker is opened by: "
                + (", ".join(by) or "no known formula"),
                {"profiles": by, "captured": len(blobs)},
            )

        watchers = [person.traffic for person in self.people]
        text = f"a derived key opens what was sent in {self.name}"
        material = [self] if also is None else [self, also]
        return Claim(text, look, watchers, 10.0, material)

    def one_key_opens_all(self) -> Claim:
        """One published formula decrypts every message; KEY-5 judges its session binding."""

        async def look() -> Observation:
            blobs = sent_messages(self.people)
            keys = self.keys
            counts = [sum(key.opens(blob) is not None for blob in blobs) for key in keys]
            most = max(counts)
            best = keys[counts.index(most)]
            right = best.published and best.role != "media"
            return Observation(
                bool(blobs) and most == len(blobs) and right,
                f"{most} of {len(blobs)} captured messages opened by {best.profile}"
                + ("" if right or not most else ", which is not published for data messages"),
                {
                    "opened": {key.profile: n for key, n in zip(keys, counts, strict=True)},
                    "captured": len(blobs),
                },
            )

        text = "one key of a published profile opens every message"
        return Claim(text, look, [], material=[self])

    def none_opened_with(self, secret: str) -> Claim:
        """No known formula decrypts a message with this wrong secret."""
        wrong = WrongSecret(secret, session_of(self.people[0]))

        async def look() -> Observation:
            blobs = sent_messages(self.people)
            keys = published_keys(secret, session_of(self.people[0]))
            opened = sum(key.opens(blob) is not None for key in keys for blob in blobs)
            return Observation(
                bool(blobs) and not opened,
                f"{len(keys)} keys of a wrong secret tried on {len(blobs)} messages, "
                f"{opened} opened",
                {"opened": opened},
            )

        return Claim("a wrong secret opens no message", look, [], material=[self, wrong])

    def opened_directly(self) -> Claim:
        """A message decrypts with the secret, or with a plain hash of it, as the key."""

        async def look() -> Observation:
            blobs = sent_messages(self.people)
            keys = direct_keys(secret_of(self.people[0]))
            by = [
                name
                for name, value in keys.items()
                if any(CandidateKey(name, False, value).opens(blob) is not None for blob in blobs)
            ]
            return Observation(
                bool(by),
                f"{len(keys)} ways to use the secret as a key tried on {len(blobs)} messages: "
                + (", ".join(by) or "none opens one"),
                {"tried": len(keys), "messages": len(blobs), "by": by},
                readable=bool(blobs),
            )

        text = f"the secret itself opens messages of {self.name}"
        return Claim(text, look, [], material=[self])

    def opened_by_none_of(self, other: CapturedMessages) -> Claim:
        """No key that decrypts a message of the other session decrypts one of this session."""

        async def look() -> Observation:
            blobs, keys = sent_messages(self.people), other.opening()
            both = [key.profile for key in keys if any(key.opens(b) is not None for b in blobs)]
            return Observation(
                bool(blobs) and bool(keys) and not both,
                f"{len(keys)} keys open {other.name}; on {len(blobs)} messages of {self.name}: "
                + (f"opened by {', '.join(both)}" if both else "none opens one"),
                {"opening_other": [key.profile for key in keys], "opening_both": both},
            )

        text = f"no key that opens {other.name} opens {self.name}"
        return Claim(text, look, [], material=[self, other])
