"""Clients whose encryption cannot start, by an instrument in their pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.room import Room, RoomFactory, unique
from conformance.bench.hostile.rooms import ObservedClient, bus_tap, need_lying_server
from conformance.clients.crypto_failure import FailurePoint, InjectedCryptoFailure
from conformance.observers.bus import BusTap
from conformance.stacks.base import RoomKind
from conformance.verdicts import InsufficientEvidence


@dataclass
class Hindered(ObservedClient):
    """Somebody whose client cannot encrypt, in a room with others like them."""

    hindrance: InjectedCryptoFailure

    def is_hindered(self) -> Claim:
        """The control: the client did try, and could not."""

        async def look() -> Observation:
            hits = self.hindrance.hits
            return Observation(hits > 0, f"{hits} times")

        text = f"{self.person.name}'s client ran into this: {self.hindrance.words}"
        return Claim(text, look, [self.hindrance])


@dataclass
class CannotEncrypt:
    """A room for people whose clients cannot encrypt, with somebody who keeps what they send."""

    room: Room
    tap: BusTap
    secret: str | None

    @asynccontextmanager
    async def hindered(self, way: FailurePoint) -> AsyncIterator[Hindered]:
        """Somebody hindered in this way, who speaks if they can, and leaves in the end."""
        hindrance = InjectedCryptoFailure(way)
        person = await self.room.join(
            "wendy", secret=self.secret, prepare=hindrance.attach, within=timeouts.HINDERED_JOIN
        )
        one = Hindered(self.room, person, self.tap, unique("said"), hindrance)
        await one.speaks()
        try:
            yield one
        finally:
            await self.room.leave(person)


@asynccontextmanager
async def cannot_encrypt(rooms: RoomFactory, kind: RoomKind) -> AsyncIterator[CannotEncrypt]:
    """Make such a room.

    Raises:
        NotApplicable: see `need_liar`.
        Thin: nobody keeps what leaves them.
    """
    need_lying_server(rooms.stack)
    secret = unique("typed") if kind is RoomKind.ZERO_KNOWLEDGE else None
    async with rooms.opened(kind) as room:
        await room.attach_sfu_tap()
        if room.sfu_tap is None:
            raise InsufficientEvidence(room.no_sfu_tap)
        async with bus_tap(rooms) as tap:
            yield CannotEncrypt(room, tap, secret)
