"""The values that a client computed and must not send, and the proof that they are right ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conformance.bench.core.participant import Participant
from conformance.keys.messages import MessageMalformed, MessageRefused, open_message
from conformance.observers.answers import answers
from conformance.observers.leaks import Needle
from conformance.observers.page.computed import Counted, counted
from conformance.observers.page.exits.livekit_packets import sealed_in

_CHANNELS: Final = ("chat", "whiteboard", "data_channel")
"""Keys of `nats_subjects` whose messages a client seals."""
_LENGTHS: Final = (16, 32)
_MOST: Final = 200
"""Messages of one person that are tried; a room's checks send some ten."""


def computed_by(person: Participant, secrets: Iterable[str]) -> list[Counted]:
    """What this person's client computed from a secret, and its AES keys (page/computed.py)."""
    if person.made_keys is None:
        return []
    return counted(person.made_keys.records, [secret for secret in secrets if secret])


def values_of(computed: Iterable[Needle], known: Iterable[Needle]) -> list[Needle]:
    """The computed values that are not known already, each once."""
    values = {needle.value for needle in known}
    found: dict[bytes, Needle] = {}
    for needle in computed:
        if needle.value not in values:
            found.setdefault(needle.value, needle)
    return list(found.values())


@dataclass(frozen=True)
class Opened:
    """How many sealed messages of a person a needle opens, and what there was to open."""

    messages: int
    opened: int
    keys: int

    @property
    def is_known(self) -> bool:
        """Whether the needles hold the key: it opens messages, or the client has only media."""
        return self.opened > 0 if self.messages else self.keys > 0

    @property
    def words(self) -> str:
        """The result as text."""
        if not self.messages:
            return f"no messages; {self.keys} keys of its client are searched for"
        return f"{self.opened} of {self.messages} messages opened"


def sealing_keys(person: Participant, needles: Sequence[Needle]) -> Opened:
    """Try the needles that may be keys on what this person's browser sent on sealed channels."""
    keys = keys_among(needles)
    verify = answers(person.traffic).verify or {}
    subjects = verify.get("nats_subjects") or {}
    wanted = tuple(f"{subjects[name]}." for name in _CHANNELS if subjects.get(name))
    sent = [
        message.payload
        for message in person.traffic.nats
        if message.direction == "sent" and wanted and message.subject.startswith(wanted)
    ][:_MOST]
    made = person.made_keys.keys if person.made_keys is not None else []
    return Opened(len(sent), sum(opens(data, keys) for data in sent), len(made))


def keys_among(needles: Iterable[Needle]) -> list[bytes]:
    """The needles of the length of an AES key."""
    return [
        needle.value
        for needle in needles
        if needle.role == "secret" and len(needle.value) in _LENGTHS
    ]


def opens(data: bytes, keys: Sequence[bytes]) -> bool:
    """Whether a key opens a message of Plug-N-Meet's form or a data packet of LiveKit's."""
    packet = sealed_in(data)
    for key in keys:
        try:
            open_message(data, key)
        except (MessageMalformed, MessageRefused):
            if packet is not None and _opens_packet(packet, key):
                return True
        else:
            return True
    return False


def _opens_packet(packet: tuple[bytes, bytes], key: bytes) -> bool:
    iv, sealed = packet
    try:
        AESGCM(key).decrypt(iv, sealed, None)
    except (InvalidTag, ValueError):
        return False
    return True
