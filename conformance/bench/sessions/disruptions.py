"""What happens to people in a session: devices go off and on, connections are lost, pages reload.

Each of these is a place where a client may lose its encryption or its key. Nothing that the
subject does wrong is raised: it is kept as an observation, and each check says what it needs.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation, until_true
from conformance.bench.core.participant import Channel, Participant
from conformance.bench.core.room import Room, canary
from conformance.bench.core.sfu_media import Kind, Media
from conformance.bench.crypto.media_keys import forwarded_since
from conformance.clients.base import Device, Entry
from conformance.observers.sfu_tap import OutsiderFailed
from conformance.stacks.base import RoomKind
from conformance.verdicts import ClaimFailed, NotApplicable, Thin

Way = Literal["late", "reconnecting", "reloading"]
WAYS: Final[tuple[Way, ...]] = ("late", "reconnecting", "reloading")

CHANNELS: Final[tuple[Channel, ...]] = ("chat", "data")
DEVICES: Final[Mapping[Device, Kind]] = {"microphone": "audio", "camera": "camera"}


@dataclass
class Life:
    """What happened, by its sentence; `ways` has what somebody got who came in each way."""

    happened: dict[str, Observation] = field(default_factory=dict)
    ways: dict[Way, dict[str, Observation]] = field(default_factory=dict)

    def took_its_course(self) -> Claim:
        """The control: devices went off and on, and pictures and sound came after it."""

        async def look() -> Observation:
            wrong = [
                f"{what}: {seen.words}" for what, seen in self.happened.items() if not seen.true
            ]
            return Observation(
                bool(self.happened) and not wrong, "; ".join(wrong) or ", ".join(self.happened)
            )

        return Claim("devices went off and on, and others took their place", look, [])

    def was_tried(self, way: Way) -> Claim:
        """The control: somebody came in this way, whatever they got."""

        async def look() -> Observation:
            tried = [one for one in WAYS if one in self.ways]
            return Observation(way in self.ways, f"tried: {', '.join(tried) or 'nothing'}")

        return Claim(f"somebody was there, {way}", look, [])

    def gets_the_same(self, way: Way) -> list[Claim]:
        """Whoever came in this way got what the others get."""
        return [_kept(text, seen) for text, seen in self.ways.get(way, {}).items()]


def _kept(text: str, seen: Observation) -> Claim:
    async def look() -> Observation:
        return seen

    return Claim(text, look, [])


async def change_devices(life: Life, person: Participant, media: Media) -> None:
    """Turn microphone and camera off and on, then take others; each time wait for what follows."""

    async def off_and_on(device: Device) -> None:
        await person.turns_off(device)
        await person.turns_on(device)

    await _change(life, person, media, "goes off and on", off_and_on)
    await _change(life, person, media, "is another one", person.takes_another)


async def _change(
    life: Life,
    person: Participant,
    media: Media,
    words: str,
    change: Callable[[Device], Awaitable[None]],
) -> None:
    try:
        await media.outsider.attend()
    except OutsiderFailed as failure:
        raise Thin(str(failure)) from failure
    for device, kind in DEVICES.items():
        what = f"{person.name}'s {device} {words}"
        try:
            await change(device)
        except NotApplicable as missing:  # what a client does not have cannot go wrong
            life.happened[f"{what}: not tried, {missing}"] = Observation(True, str(missing))
            continue
        except ClaimFailed as failure:
            life.happened[what] = Observation(False, str(failure))
            continue
        since = time.time()
        life.happened[what] = await until_true(forwarded_since(media, person, kind, since))


async def come_late(
    life: Life, room: Room, name: str, other: Participant, secret: str | None
) -> Participant:
    """Somebody comes when `other` is there already; they mistype their secret at first."""
    mistyped = canary("mistyped") if secret is not None else None
    newcomer = await room.join(name, secret=secret, mistyped=mistyped)
    life.ways["late"] = await _gets_the_same(room, newcomer, other)
    return newcomer


async def reconnect(life: Life, room: Room, person: Participant, other: Participant) -> None:
    """The person's connections are lost, and the client finds them again."""
    try:
        await person.loses_the_connection()
    except ClaimFailed as failure:
        life.ways["reconnecting"] = {
            f"{person.name} comes back by themselves": Observation(False, str(failure))
        }
        return
    except NotApplicable:
        return
    # Its sockets are back; a client may be busy with the rest for a while, with its old key.
    messages = await _read_each_other(person, other)
    frames = timeouts.RECONNECTED_FRAMES
    life.ways["reconnecting"] = await _sees_the_same(room, person, other, frames) | messages


async def reload(life: Life, room: Room, person: Participant, other: Participant) -> None:
    """The person's page is loaded anew; they are asked again where one types a secret."""
    await room.reload(person)
    life.ways["reloading"] = await _gets_the_same(room, person, other)


async def _gets_the_same(
    room: Room, person: Participant, other: Participant
) -> dict[str, Observation]:
    """Whether they see and hear each other from now on, and read what the other writes."""
    got = await _sees_the_same(room, person, other)
    return got if person.join_failure is not None else got | await _read_each_other(person, other)


async def _sees_the_same(
    room: Room, person: Participant, other: Participant, frames: int = timeouts.AFTER_MESSAGE_FRAMES
) -> dict[str, Observation]:
    claims = [
        _asked_where_one_types(room, person),
        person.is_in(),
        # more than what may still be on its way from before a key was lost
        person.sees_next(other, frames),
        other.sees_next(person, frames),
        person.hears_next(other),
        other.hears_next(person),
    ]
    if person.join_failure is not None:
        claims = claims[:2]
    seen = await asyncio.gather(*(until_true(claim) for claim in claims))
    return {claim.text: one for claim, one in zip(claims, seen, strict=True)}


async def _read_each_other(person: Participant, other: Participant) -> dict[str, Observation]:
    read: dict[str, Observation] = {}
    for sender, reader in ((person, other), (other, person)):
        for channel in CHANNELS:
            read |= await _writes(sender, reader, channel)
    return read


async def _writes(
    sender: Participant, reader: Participant, channel: Channel
) -> dict[str, Observation]:
    text = canary(f"{channel}-{sender.name}")
    what = f"{reader.name} reads {sender.name}'s {channel} message"
    try:
        await sender.sends(channel, text)
    except NotApplicable:
        return {}
    except ClaimFailed as failure:
        return {what: Observation(False, str(failure))}
    return {what: await until_true(reader.reads(channel, text))}


def _asked_where_one_types(room: Room, person: Participant) -> Claim:
    expected = room.kind is RoomKind.ZERO_KNOWLEDGE

    async def look() -> Observation:
        entered = person.entered
        asked = entered is not None and entered.entry is Entry.PROMPT
        words = "no entry page" if entered is None else entered.entry.value
        return Observation(asked is expected, f"first page: {words}")

    verb = "is asked for the secret again" if expected else "is not asked for a secret"
    return Claim(f"{person.name} {verb}", look, [])
