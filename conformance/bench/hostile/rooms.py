"""Honest rooms beside lying ones, and claims about what a client lets out in clear.

HOSTILE judges a client among lies of the reference server and of others in the room. What is safe
is the client's choice (refuse, stop, or go on encrypted); unsafe is what left it readable, or what
it rendered. An absence counts only beside an honest room of the same server, in which people with
the same client do see each other meanwhile, and a plain one, in which what is clear is found.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation, all_of
from conformance.bench.core.evaluation import given, until_true
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room, RoomFactory, unique
from conformance.bench.core.sfu_media import Media
from conformance.bench.crypto.bus_ciphertext import BusTraffic, readable_on_the_bus, tapped
from conformance.bench.crypto.media_keys import readable_tracks
from conformance.bench.hostile.frame_injection import Injected, inject
from conformance.observers.bus import BusTap
from conformance.stacks.base import RoomKind, Stack
from conformance.verdicts import InsufficientEvidence, NotApplicable

CANNOT_LIE: Final = (
    "the server on trial is not ours to make lie; judge the client beside the reference server "
    "(--stack embedded)"
)


def need_lying_server(stack: Stack) -> None:
    """Insist on a server that can be told to lie.

    Raises:
        NotApplicable: this one cannot.
    """
    if not stack.can_lie:
        raise NotApplicable(CANNOT_LIE)


# -- the honest and the plain room -------------------------------------------------------------


@dataclass
class PlainRoomControl:
    """A plain room of the same server and client, where carol sees and says what is clear.

    `rendered`: what was seen of each person whose recorded frames an instrument published there.
    """

    room: Room
    carol: Participant
    rendered: dict[str, Observation]

    def renders(self, injected: Injected) -> Claim:
        """In a plain room these very pictures and sound were seen and heard."""

        async def look() -> Observation:
            name = injected.source.name
            return self.rendered.get(name, Observation(False, f"nothing of {name} was published"))

        return Claim(f"in a plain room the pictures and sound of {injected.what} are got", look, [])

    async def speaks(self, tap: BusTap) -> Claim:
        """Send a chat message as carol. The claim: the bus carries it as she wrote it.

        Raises:
            ControlFailed: carol cannot send.
        """
        marker = unique("clear")
        await given(self.carol.sends("chat", marker))
        return readable_on_the_bus(tap, {"chat": marker})


@asynccontextmanager
async def open_plain_room_control(rooms: RoomFactory) -> AsyncIterator[PlainRoomControl]:
    """Fill the plain room, and show that what instruments publish is rendered there.

    Raises:
        NotApplicable, Thin: see `need_liar`; there is nothing to publish.
    """
    need_lying_server(rooms.stack)
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
    """An honest encrypted room with alice and bob, into which an instrument can publish."""

    room: Room
    alice: Participant
    bob: Participant
    media: Media
    clear: Media
    """What was forwarded of a plain room's people: what the instrument has to publish."""

    def works(self) -> Claim:
        """The same client, with the right secret, sends and is seen and heard."""
        alice, bob = self.alice, self.bob
        return all_of(
            "alice and bob see and hear each other in an honest room",
            *(alice.sees(bob), bob.sees(alice), alice.hears(bob), bob.hears(alice)),
        )

    def goes_on(self) -> Claim:
        """They see more pictures of each other from the moment of this call."""
        frames = timeouts.HOSTILE_FRAMES
        return all_of(
            "alice and bob go on seeing each other in an honest room",
            self.alice.sees_next(self.bob, frames),
            self.bob.sees_next(self.alice, frames),
        )

    @asynccontextmanager
    async def with_unencrypted_track(self) -> AsyncIterator[Injected]:
        """Somebody's pictures and sound on tracks that say that they are not encrypted.

        Raises:
            Thin: they cannot be published.
        """
        async with AsyncExitStack() as parts:
            yield await inject(parts, self.room, self.clear, self.clear.people[0])

    @asynccontextmanager
    async def with_injected_frames(self) -> AsyncIterator[Injected]:
        """Another's on tracks that say that they are, each frame as if it came from the server.

        Raises:
            Thin: they cannot be published.
        """
        trailer = self.media.sfu_tap.forwarded.sif_trailer
        async with AsyncExitStack() as parts:
            yield await inject(parts, self.room, self.clear, self.clear.people[1], trailer=trailer)


@asynccontextmanager
async def open_honest_room(rooms: RoomFactory, kind: RoomKind) -> AsyncIterator[HonestRoom]:
    """Fill such a room.

    Raises:
        NotApplicable, Thin: see `need_liar`; nobody keeps what the SFU forwards.
    """
    need_lying_server(rooms.stack)
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
    """What the SFU forwarded of the sanity check's plain room.

    Raises:
        Thin: nobody kept it.
    """
    if rooms.plain is None:
        raise InsufficientEvidence(rooms.no_plain)
    return rooms.plain


# -- who is on trial ---------------------------------------------------------------------------


@dataclass
class ObservedClient:
    """Somebody in a room of their own, with somebody who keeps what the SFU forwards of them.

    `said` is a marker that they tried to say there; `tap` listens on the bus.
    """

    room: Room
    person: Participant
    tap: BusTap
    said: str

    async def speaks(self) -> None:
        """Say the marker, if the client let one in; one that refuses is right, too."""
        if self.person.join_failure is None:
            await self.person.tries_to_send("chat", self.said)

    def media(self) -> Media:
        """What the SFU forwarded of them.

        Raises:
            Thin: nobody could keep it.
        """
        if self.room.sfu_tap is None:
            raise InsufficientEvidence(self.room.no_sfu_tap)
        return Media("the lying room", self.room.sfu_tap, [self.person])

    def nothing_left_in_clear(self) -> Claim:
        """Neither picture nor sound nor what they said: nothing is readable as it left them."""

        async def look() -> Observation:
            media = self.media()
            said = BusTraffic(self.tap, [self.person], {"chat": self.said})
            heard = await said.markers_are_heard_in_clear().look()
            shown = await readable_tracks(media)
            ended = media.sfu_tap.forwarded.ended
            came = sum(track.seen for track in await media.tracks())
            where = " ".join((self.person.join_failure or "they are in").split())
            words = [f"{who}: {what}" for who, what in shown.items()]
            words += [f"what they said: {heard.words}"] if heard.true else []
            unread = [f"the outsider was put out: {ended}"] if ended else []
            unread += [] if heard.readable else [heard.words]
            return Observation(
                not words and not unread,
                "; ".join(words or unread)
                or f"nothing readable in {came} frames, nor in {len(self.tap.messages)} messages; "
                + where,
                {"shown": shown, "frames": came, "where": where},
                readable=bool(words) or not unread,
            )

        return Claim(f"nothing of {self.person.name} leaves in clear", look, [])


@asynccontextmanager
async def bus_tap(rooms: RoomFactory) -> AsyncIterator[BusTap]:
    """A tap on the message bus."""
    rooms.stack.need("nats")
    async with tapped(rooms.stack.endpoints) as tap:
        yield tap
