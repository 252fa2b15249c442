"""Claims about what the message bus carries, as the server can read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from conformance.bench.core.candidate_keys import (
    CandidateKey,
    mistaken_keys_of,
    published_keys,
    secret_of,
    session_of,
)
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.evaluation import given_if_possible
from conformance.bench.core.participant import Channel, Participant
from conformance.bench.core.room import unique
from conformance.bench.crypto.message_keys import CHANNELS
from conformance.bench.leaks.search import LeakSearcher
from conformance.observers.answers import answers
from conformance.observers.bus import BusMessage, BusTap, tapped
from conformance.verdicts import NotApplicable

__all__ = ["BusTraffic", "readable_on_the_bus", "send_markers", "tapped"]

_FIELD: Mapping[Channel, str] = dict(zip(("chat", "whiteboard", "data"), CHANNELS, strict=True))


def readable_on_the_bus(tap: BusTap, markers: Mapping[Channel, str]) -> Claim:
    """The control, in a plain room: the tap received each marker as it was written."""

    async def look() -> Observation:
        heard = {channel: len(_hits(tap.messages, [text])) for channel, text in markers.items()}
        return Observation(
            all(heard.values()),
            ", ".join(f"{channel}: {count}" for channel, count in heard.items()),
            {"heard": heard, "messages": len(tap.messages)},
        )

    return Claim("the tap receives each message of a plain room unencrypted", look, [tap], 10.0)


async def send_markers(person: Participant, markers: dict[Channel, str]) -> dict[Channel, str]:
    """Send each marker; markers of channels that the client does not have are removed.

    Raises:
        ControlFailed: the client offers a channel that does not work.
        NotApplicable: the client has none of these channels, in plain rooms neither.
    """
    missing = await send_possible_markers(person, markers)
    if not markers:
        raise no_channel(missing)
    return markers


async def send_possible_markers(
    person: Participant, markers: dict[Channel, str]
) -> list[NotApplicable]:
    """Send each marker; return why the client lacks channels, whose markers are removed.

    Raises:
        ControlFailed: the client offers a channel that does not work.
    """
    missing: list[NotApplicable] = []
    for channel, marker in list(markers.items()):
        lacking = await given_if_possible(person.sends(channel, marker))
        if lacking is not None:
            missing.append(lacking)
            del markers[channel]
    return missing


async def send_some_marker(person: Participant) -> str | None:
    """Send a marker on one channel; None if the client has no channel, in plain rooms neither.

    Raises:
        ControlFailed: the client offers a channel that does not work.
    """
    for channel in _FIELD:
        marker = {channel: unique("sealed")}
        if not await send_possible_markers(person, marker):
            return marker[channel]
    return None


def no_channel(missing: Sequence[NotApplicable]) -> NotApplicable:
    """That the client lacks all of these channels: confirmed if each of them is."""
    confirmed = all(one.confirmed for one in missing)
    return NotApplicable(
        "; ".join(map(str, missing)), confirmed="in plain rooms neither" if confirmed else ""
    )


@lru_cache(maxsize=16)
def _searcher(markers: tuple[str, ...]) -> LeakSearcher:
    return LeakSearcher({marker: marker.encode() for marker in markers})


def _hits(messages: Iterable[BusMessage], markers: Iterable[str]) -> list[str]:
    searcher = _searcher(tuple(markers))
    return [
        f"{hit.encoding} on {message.subject[:120]}"
        for message in messages
        for hit in searcher.search(message.subject, message.data)[:1]
    ]


@dataclass(frozen=True)
class BusTraffic:
    """What the bus carried of one encrypted room while `tap` was subscribed.

    `people` are all possible senders; the secret of each is tried.
    """

    tap: BusTap
    people: Sequence[Participant]
    markers: Mapping[Channel, str]

    def _subject(self, channel: Channel) -> str:
        verify = answers(self.people[0].traffic).verify or {}
        name = (verify.get("nats_subjects") or {}).get(_FIELD[channel], "")
        return f"{name}.{verify.get('room_id', '')}"

    def _payloads(self, channel: Channel) -> list[bytes]:
        return [message.payload for message in self.tap.on(self._subject(channel))]

    def _keys(self) -> list[CandidateKey]:
        session = session_of(self.people[0])
        tried = {secret: person for person in self.people if (secret := secret_of(person))}
        known = [key for secret in tried for key in published_keys(secret, session)]
        return [*known, *(key for person in tried.values() for key in mistaken_keys_of(person))]

    def markers_are_heard_in_clear(self) -> Claim:
        """A payload on any subject contains a marker as it was written; for negatives."""

        async def look() -> Observation:
            found = _hits(self.tap.messages, self.markers.values())
            unfinished = _searcher(tuple(self.markers.values())).unfinished()
            problems = [*self.tap.problems, *unfinished]
            return Observation(
                bool(found),
                f"{len(found)} of {len(self.tap.messages)} messages on the bus"
                + (f", first: {found[0]}" if found else "")
                + (f"; the capture is incomplete: {problems[0]}" if problems else ""),
                {"found": found[:20], "problems": problems[:5]},
                readable=not problems,
            )

        return Claim("a message of the room is unencrypted on the bus", look, [self.tap])

    def keys_open_the_markers(self) -> Claim:
        """On each channel a derived key decrypts a payload that contains the marker."""

        async def look() -> Observation:
            keys = self._keys()
            opened = {
                channel: sum(
                    any(marker.encode() in (key.opens(blob) or b"") for key in keys)
                    for blob in self._payloads(channel)
                )
                for channel, marker in self.markers.items()
            }
            return Observation(
                all(opened.values()),
                ", ".join(f"{channel}: {count} opened" for channel, count in opened.items()),
                {"opened": opened},
            )

        text = "the bus carries encrypted messages of each channel"
        return Claim(text, look, [self.tap], 10.0)

    def every_payload_is_sealed(self) -> Claim:
        """Every payload of the room's channels decrypts with a key of one of the people.

        A payload that no key decrypts does not count as ciphertext: it could be anything.
        """

        async def look() -> Observation:
            keys = self._keys()
            counts = {}
            for channel in self.markers:
                blobs = self._payloads(channel)
                sealed = sum(any(key.opens(blob) is not None for key in keys) for blob in blobs)
                counts[channel] = (sealed, len(blobs))
            return Observation(
                all(sealed == total > 0 for sealed, total in counts.values()),
                ", ".join(f"{channel}: {s} of {n} open" for channel, (s, n) in counts.items()),
                {"sealed_of": {channel: list(both) for channel, both in counts.items()}},
                readable=not self.tap.problems,
            )

        return Claim("every payload of chat, whiteboard and data is ciphertext", look, [])
