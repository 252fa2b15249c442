"""Honest rooms next to lying ones, and claims about what a client sends unencrypted.

HOSTILE checks a client against lies of the reference server and of other participants. The safe
reaction is the client's choice (refuse, stop, or continue encrypted). Unsafe is readable media that
leaves it, and anything false that it renders. An absence needs two controls: an honest room of the
same server, where participants with the same client see each other meanwhile, and a plain room, in
which the readers find unencrypted media.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation, all_of
from conformance.bench.core.evaluation import until_true
from conformance.bench.core.participant import Channel, Participant
from conformance.bench.core.room import Room, RoomFactory, unique
from conformance.bench.core.sfu_media import Media
from conformance.bench.crypto.bus_ciphertext import (
    BusTraffic,
    readable_on_the_bus,
    send_possible_markers,
    tapped,
)
from conformance.bench.crypto.media_keys import readable_tracks
from conformance.bench.hostile.frame_injection import Injected, inject
from conformance.bench.sessions.replay import MEDIA
from conformance.clients.base import Device
from conformance.observers.bus import BusTap
from conformance.observers.sfu_tap.replay import Replayed
from conformance.stacks.base import RoomKind, Stack
from conformance.verdicts import ClaimFailed, InsufficientEvidence, NotApplicable, NotThisStack

CHANNELS: Final[tuple[Channel, ...]] = ("chat", "whiteboard", "data")
DEVICES: Final[tuple[Device, ...]] = ("microphone", "camera")

CANNOT_LIE: Final = (
    "we cannot make the server under test lie; test the client with the reference server "
    "(--stack embedded)"
)


def need_lying_server(stack: Stack) -> None:
    """Require a server that can be made to lie.

    Raises:
        NotThisStack: this one cannot.
    """
    if not stack.can_lie:
        raise NotThisStack(CANNOT_LIE, confirmed="the stack declares it")


# -- the honest and the plain room -------------------------------------------------------------


@dataclass
class PlainRoomControl:
    """A plain room of the same server and client, where carol reads what is unencrypted.

    `rendered`: for each participant whose recorded frames were injected, what carol's page showed.
    """

    room: Room
    carol: Participant
    rendered: dict[str, Observation]

    def renders(self, injected: Injected) -> Claim:
        """In a plain room, exactly these pictures and sound were seen and heard."""

        async def look() -> Observation:
            name = injected.source.name
            return self.rendered.get(name, Observation(False, f"nothing of {name} was published"))

        return Claim(f"{injected.what} is seen and heard in a plain room", look, [])

    async def speaks(self, tap: BusTap, channels: Sequence[Channel] = ("chat",)) -> Claim:
        """Send messages as carol. The claim: the bus tap finds each text as she wrote it.

        A client that has no chat in a plain room sends no chat that could be readable.

        Raises:
            ControlFailed: carol cannot send on a channel that her client has.
            NotApplicable: her client has none of these channels.
        """
        markers = {channel: unique("clear") for channel in channels}
        await send_possible_markers(self.carol, markers)
        return readable_on_the_bus(tap, markers)


@asynccontextmanager
async def open_plain_room_control(rooms: RoomFactory) -> AsyncIterator[PlainRoomControl]:
    """Fill the plain room, and prove that injected frames are rendered there.

    Raises:
        InsufficientEvidence: there are no frames to inject.
    """
    async with rooms.opened(RoomKind.PLAIN) as room:
        carol = await room.join("carol")
        rendered: dict[str, Observation] = {}
        for source in plain_media(rooms).people:
            async with AsyncExitStack() as parts:
                await inject(parts, room, plain_media(rooms), source)
                gets = all_of(f"carol gets {source.name}", carol.sees(source), carol.hears(source))
                rendered[source.name] = await until_true(gets, rooms.alarm)
        yield PlainRoomControl(room, carol, rendered)


@dataclass
class HonestRoom:
    """An honest encrypted room with alice and bob, into which frames can be injected."""

    room: Room
    alice: Participant
    bob: Participant
    media: Media
    clear: Media
    """The forwarded media of a plain room: the frames to inject."""

    def works(self) -> Claim:
        """With the same client and the right secret, alice and bob see and hear each other."""
        alice, bob = self.alice, self.bob
        return all_of(
            "alice and bob see and hear each other in an honest room",
            *(alice.sees(bob), bob.sees(alice), alice.hears(bob), bob.hears(alice)),
        )

    def goes_on(self) -> Claim:
        """Progress: they see more pictures of each other, counted from this call."""
        frames = timeouts.HOSTILE_FRAMES
        return all_of(
            "alice and bob go on seeing each other in an honest room",
            self.alice.sees_next(self.bob, frames),
            self.bob.sees_next(self.alice, frames),
        )

    @asynccontextmanager
    async def with_unencrypted_track(self) -> AsyncIterator[Injected]:
        """A participant's pictures and sound on tracks that are announced as not encrypted.

        Raises:
            InsufficientEvidence: they cannot be published.
        """
        async with AsyncExitStack() as parts:
            yield await inject(parts, self.room, self.clear, self.clear.people[0])

    @asynccontextmanager
    async def with_mixed_tracks(self) -> AsyncIterator[Injected]:
        """The same, but the pictures are announced as encrypted, and then the sound as not.

        Raises:
            InsufficientEvidence: they cannot be published.
        """
        source = self.clear.people[0]
        pictures: tuple[Replayed, ...] = ("camera",)
        async with AsyncExitStack() as parts:
            yield await inject(parts, self.room, self.clear, source, encrypted=pictures)

    @asynccontextmanager
    async def with_injected_frames(self) -> AsyncIterator[Injected]:
        """A participant's media on tracks announced as encrypted, each frame as if from the server.

        Raises:
            InsufficientEvidence: they cannot be published.
        """
        trailer = self.media.sfu_tap.forwarded.sif_trailer
        async with AsyncExitStack() as parts:
            source = self.clear.people[1]
            yield await inject(
                parts, self.room, self.clear, source, trailer=trailer, encrypted=MEDIA
            )


@asynccontextmanager
async def open_honest_room(rooms: RoomFactory, kind: RoomKind) -> AsyncIterator[HonestRoom]:
    """Fill such a room.

    Raises:
        InsufficientEvidence: there is no tap at the SFU.
    """
    clear = plain_media(rooms)
    secret = unique("right") if kind is RoomKind.ZERO_KNOWLEDGE else None
    async with rooms.opened(kind) as room:
        (alice, bob), _ = await asyncio.gather(
            room.join_all("alice", "bob", secret=secret, admin="alice"), room.attach_sfu_tap()
        )
        if room.sfu_tap is None:
            raise InsufficientEvidence(room.no_sfu_tap)
        media = Media("the honest room", room.sfu_tap, [alice, bob])
        yield HonestRoom(room, alice, bob, media, clear)


def plain_media(rooms: RoomFactory) -> Media:
    """The media that the SFU forwarded in the sanity check's plain room.

    Raises:
        InsufficientEvidence: there was no tap.
    """
    if rooms.plain is None:
        raise InsufficientEvidence(rooms.no_plain)
    return rooms.plain


# -- the client under test ---------------------------------------------------------------------


@dataclass
class ObservedClient:
    """A participant alone in a room with an SFU tap.

    `said`: a marker for each channel, which they tried to send; `tap` listens on the bus.
    """

    room: Room
    person: Participant
    tap: BusTap
    said: Mapping[Channel, str]

    async def speaks(self) -> None:
        """Send each marker if the client joined; a client that refuses to join is right too."""
        if self.person.join_failure is None:
            for channel, marker in self.said.items():
                await self.person.tries_to_send(channel, marker)

    async def changes_everything(self) -> None:
        """Mute, change devices, share the screen and reconnect, as far as the client allows."""
        person = self.person
        if person.join_failure is not None:
            return
        changes: list[Callable[[], Awaitable[None]]] = [
            person.loses_the_connection,
            *(partial(person.turns_off, device) for device in DEVICES),
            *(partial(person.turns_on, device) for device in DEVICES),
            partial(person.takes_another, "camera"),
            person.shares_screen,
        ]
        for change in changes:
            with suppress(ClaimFailed, NotApplicable, InsufficientEvidence):
                await change()

    def media(self) -> Media:
        """The media that the SFU forwarded from this participant.

        Raises:
            InsufficientEvidence: there was no tap.
        """
        if self.room.sfu_tap is None:
            raise InsufficientEvidence(self.room.no_sfu_tap)
        return Media("the lying room", self.room.sfu_tap, [self.person])

    def nothing_left_in_clear(self) -> Claim:
        """Neither pictures nor sound nor messages left this client in readable form."""

        async def look() -> Observation:
            media = self.media()
            said = BusTraffic(self.tap, [self.person], self.said)
            heard = await said.markers_are_heard_in_clear().look()
            shown = await readable_tracks(media)
            ended = media.sfu_tap.forwarded.ended
            came = sum(track.seen for track in await media.tracks())
            where = " ".join((self.person.join_failure or "they are in").split())
            words = [f"{who}: {what}" for who, what in shown.items()]
            words += [f"what they said: {heard.words}"] if heard.true else []
            unread = [f"the SFU tap was removed: {ended}"] if ended else []
            unread += [] if heard.readable else [heard.words]
            return Observation(
                not words and not unread,
                "; ".join(words or unread)
                or f"nothing readable in {came} frames, nor in {len(self.tap.messages)} messages; "
                + where,
                {"shown": shown, "frames": came, "where": where},
                readable=bool(words) or not unread,
            )

        return Claim(f"nothing of {self.person.name} leaves unencrypted", look, [])


def something_to_say() -> dict[Channel, str]:
    """A new marker for each channel."""
    return {channel: unique(f"said-{channel}") for channel in CHANNELS}


@asynccontextmanager
async def bus_tap(rooms: RoomFactory) -> AsyncIterator[BusTap]:
    """A tap on the message bus."""
    rooms.stack.need("nats")
    async with tapped(rooms.stack.endpoints) as tap:
        yield tap
