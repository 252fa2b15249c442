"""Disruptions in a session: devices switch off and on, connections drop, pages reload.

At each of these a client may lose its encryption or its key. Failures of the subject do not raise:
they are kept as observations, and each check names what it needs.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from playwright.async_api import Error as PlaywrightError

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.evaluation import until_true
from conformance.bench.core.page_errors import page_error
from conformance.bench.core.participant import Channel, Participant
from conformance.bench.core.room import Room, unique
from conformance.bench.core.sfu_media import Media, MediaKind
from conformance.bench.crypto.media_keys import forwarded_since
from conformance.clients import network
from conformance.clients.base import Device, Entry
from conformance.observers.sfu_tap import SfuTapFailed
from conformance.stacks.base import RoomKind
from conformance.verdicts import ClaimFailed, InsufficientEvidence, NotApplicable

Arrival = Literal["late", "reconnecting", "reloading"]
ARRIVALS: Final[tuple[Arrival, ...]] = ("late", "reconnecting", "reloading")

CHANNELS: Final[tuple[Channel, ...]] = ("chat", "data")
DEVICES: Final[Mapping[Device, MediaKind]] = {"microphone": "audio", "camera": "camera"}


@dataclass
class Disruptions:
    """What happened, by description. `ways`: what a participant received after each arrival."""

    happened: dict[str, Observation] = field(default_factory=dict)
    ways: dict[Arrival, dict[str, Observation]] = field(default_factory=dict)

    def took_place(self) -> Claim:
        """The control: devices switched off and on, and pictures and sound followed."""

        async def look() -> Observation:
            wrong = [
                f"{what}: {seen.words}" for what, seen in self.happened.items() if not seen.true
            ]
            return Observation(
                bool(self.happened) and not wrong, "; ".join(wrong) or ", ".join(self.happened)
            )

        return Claim("devices switched off and on, and changed", look, [])

    def was_tried(self, way: Arrival) -> Claim:
        """The control: a participant arrived in this way, whatever they received."""

        async def look() -> Observation:
            tried = [one for one in ARRIVALS if one in self.ways]
            return Observation(way in self.ways, f"tried: {', '.join(tried) or 'nothing'}")

        return Claim(f"a participant arrived, {way}", look, [])

    def gets_the_same(self, way: Arrival) -> list[Claim]:
        """A participant who arrived in this way receives what the others receive."""
        return [_kept(text, seen) for text, seen in self.ways.get(way, {}).items()]


def _kept(text: str, seen: Observation) -> Claim:
    async def look() -> Observation:
        return seen

    return Claim(text, look, [])


async def change_devices(disruptions: Disruptions, person: Participant, media: Media) -> None:
    """Switch microphone and camera off and on, then choose others; wait for media each time."""

    async def off_and_on(device: Device) -> None:
        await person.turns_off(device)
        await person.turns_on(device)

    await _change(disruptions, person, media, "goes off and on", off_and_on)
    await _change(disruptions, person, media, "is another one", person.takes_another)


async def _change(
    disruptions: Disruptions,
    person: Participant,
    media: Media,
    words: str,
    change: Callable[[Device], Awaitable[None]],
) -> None:
    try:
        await media.sfu_tap.attend()
    except SfuTapFailed as failure:
        raise InsufficientEvidence(str(failure)) from failure
    for device, kind in DEVICES.items():
        what = f"{person.name}'s {device} {words}"
        try:
            await change(device)
        except NotApplicable as missing:  # a missing function cannot fail
            disruptions.happened[f"{what}: not tried, {missing}"] = Observation(True, str(missing))
            continue
        except ClaimFailed as failure:
            disruptions.happened[what] = Observation(False, str(failure))
            continue
        since = time.time()
        forwarded = forwarded_since(media, person, kind, since)
        disruptions.happened[what] = await until_true(forwarded, person.alarm)


async def come_late(
    disruptions: Disruptions, room: Room, name: str, other: Participant, secret: str | None
) -> Participant:
    """A participant joins after `other`, and mistypes the secret at first."""
    mistyped = unique("mistyped") if secret is not None else None
    newcomer = await room.join(name, secret=secret, mistyped=mistyped)
    disruptions.ways["late"] = await _gets_the_same(room, newcomer, other)
    return newcomer


async def reconnect(
    disruptions: Disruptions, room: Room, person: Participant, other: Participant
) -> None:
    """The participant's connections drop, and the client reconnects."""
    try:
        await person.loses_the_connection()
    except ClaimFailed as failure:
        lost = Observation(False, str(failure))
        ways = disruptions.ways.setdefault("reconnecting", {})
        ways[f"{person.name} comes back by themselves"] = lost
        return
    except NotApplicable:
        return
    # The sockets are open again; the client may still be reconnecting, with its old key.
    messages = await _read_each_other(person, other)
    frames = timeouts.RECONNECTED_FRAMES
    seen = await _sees_the_same(room, person, other, frames)
    disruptions.ways.setdefault("reconnecting", {}).update(seen | messages)


async def change_devices_before(
    disruptions: Disruptions, person: Participant, other: Participant
) -> None:
    """The same while `other`, who came late, watches: both must still get everything."""

    async def off_and_on(device: Device) -> None:
        await person.turns_off(device)
        await person.turns_on(device)

    seen = disruptions.ways.setdefault("late", {})
    changes = (("off and on", off_and_on), ("to another device", person.takes_another))
    for words, change in changes:
        done = False
        for device in DEVICES:
            what = f"{person.name} can switch the {device} {words}"
            try:
                await change(device)
                done = True
            except NotApplicable:
                continue
            except ClaimFailed as failure:
                seen[what] = Observation(False, str(failure))
        if done:
            still = [other.sees_next(person), other.hears_next(person)]
            got = await asyncio.gather(*(until_true(claim, person.alarm) for claim in still))
            for claim, one in zip(still, got, strict=True):
                seen[f"{claim.text}, after {person.name} switched {words}"] = one


async def share_again(disruptions: Disruptions, person: Participant, other: Participant) -> bool:
    """The participant stops sharing the screen, and shares it again, while `other` watches.

    Returns whether the screen is shared now.
    """
    seen = disruptions.ways.setdefault("late", {})
    try:
        await person.stops_sharing()
        await person.shares_screen()
    except NotApplicable:
        return False
    except ClaimFailed as failure:
        seen[f"{person.name} can share the screen again"] = Observation(False, str(failure))
        return False
    again = other.sees_next(person, source="screen")
    seen[f"{again.text}, shared again"] = await until_true(again, person.alarm)
    return True


async def restart_media(
    disruptions: Disruptions, room: Room, person: Participant, other: Participant
) -> None:
    """The participant's peer connections close, and their tracks are published again."""
    before = set(person.sender_tap.senders)
    try:
        if not await network.restart_media(person.page):
            return
    except PlaywrightError as error:
        words = page_error(error)
        disruptions.happened[f"{person.name}'s media restarts"] = Observation(False, words)
        return
    again = await until_true(_sends_anew(person, before), person.alarm)
    if not again.true:
        disruptions.happened[f"{person.name} publishes again"] = again
        return
    frames = timeouts.RECONNECTED_FRAMES
    seen = await _sees_the_same(room, person, other, frames)
    ways = disruptions.ways.setdefault("reconnecting", {})
    ways.update({f"{text}, over new peer connections": one for text, one in seen.items()})


def _sends_anew(person: Participant, before: set[str]) -> Claim:
    """The page has new senders of sound and of pictures."""

    async def look() -> Observation:
        new = [one for name, one in person.sender_tap.senders.items() if name not in before]
        kinds = {one.kind for one in new}
        return Observation(
            kinds >= {"audio", "video"}, f"{len(new)} new senders: {', '.join(sorted(kinds))}"
        )

    return Claim(f"{person.name} publishes again", look, [person.sender_tap])


async def reload(
    disruptions: Disruptions,
    room: Room,
    person: Participant,
    other: Participant,
    *,
    shares: bool = False,
) -> None:
    """The participant's page reloads; the client asks again where users type the secret.

    `shares`: whether `other` shares the screen.
    """
    await room.reload(person)
    screen = person.sees_next(other, source="screen")
    got = await _gets_the_same(room, person, other)
    if shares and person.join_failure is None:
        got[screen.text] = await until_true(screen, person.alarm)
    disruptions.ways["reloading"] = got


async def _gets_the_same(
    room: Room, person: Participant, other: Participant
) -> dict[str, Observation]:
    """Do they see and hear each other from now on, and read each other's messages?"""
    got = await _sees_the_same(room, person, other)
    return got if person.join_failure is not None else got | await _read_each_other(person, other)


async def _sees_the_same(
    room: Room, person: Participant, other: Participant, frames: int = timeouts.AFTER_MESSAGE_FRAMES
) -> dict[str, Observation]:
    claims = [
        _asked_where_one_types(room, person),
        person.is_in(),
        # more frames than may still be in transit from before a key was lost
        person.sees_next(other, frames),
        other.sees_next(person, frames),
        person.hears_next(other),
        other.hears_next(person),
    ]
    if person.join_failure is not None:
        claims = claims[:2]
    seen = await asyncio.gather(*(until_true(claim, person.alarm) for claim in claims))
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
    text = unique(f"{channel}-{sender.name}")
    what = f"{reader.name} reads {sender.name}'s {channel} message"
    try:
        await sender.sends(channel, text)
    except NotApplicable:
        return {}
    except ClaimFailed as failure:
        return {what: Observation(False, str(failure))}
    return {what: await until_true(reader.reads(channel, text), reader.alarm)}


def _asked_where_one_types(room: Room, person: Participant) -> Claim:
    expected = room.kind is RoomKind.ZERO_KNOWLEDGE

    async def look() -> Observation:
        entered = person.entered
        asked = entered is not None and entered.entry is Entry.PROMPT
        words = "no entry page" if entered is None else entered.entry.value
        return Observation(asked is expected, f"first page: {words}")

    verb = "is asked for the secret again" if expected else "is not asked for a secret"
    return Claim(f"{person.name} {verb}", look, [])
