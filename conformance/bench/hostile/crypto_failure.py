"""Clients whose encryption fails through a script that the harness injects into their pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.room import Room, RoomFactory, unique
from conformance.bench.hostile.rooms import ObservedClient, bus_tap, something_to_say
from conformance.clients.crypto_failure import FailurePoint, InjectedCryptoFailure
from conformance.observers.bus import BusTap
from conformance.stacks.base import RoomKind
from conformance.verdicts import InsufficientEvidence


@dataclass
class BrokenCryptoClient(ObservedClient):
    """A participant whose client cannot encrypt, in a room with others like it."""

    failure: InjectedCryptoFailure

    def failure_occurred(self) -> Claim:
        """The control: the client tried to encrypt and could not."""

        async def look() -> Observation:
            hits = self.failure.hits
            return Observation(hits > 0, f"{hits} times")

        text = f"{self.person.name}'s client meets the failure: {self.failure.words}"
        return Claim(text, look, [self.failure])


@dataclass
class CannotEncrypt:
    """A room of participants whose clients cannot encrypt; the SFU tap keeps what they send."""

    room: Room
    tap: BusTap
    secret: str | None

    @asynccontextmanager
    async def with_crypto_failure(self, point: FailurePoint) -> AsyncIterator[BrokenCryptoClient]:
        """A participant whose client fails at `point`; they speak if they can, and leave."""
        failure = InjectedCryptoFailure(point)
        person = await self.room.join(
            "wendy", secret=self.secret, prepare=failure.attach, within=timeouts.HINDERED_JOIN
        )
        one = BrokenCryptoClient(self.room, person, self.tap, something_to_say(), failure)
        await one.speaks()
        try:
            yield one
        finally:
            await self.room.leave(person)


@asynccontextmanager
async def cannot_encrypt(rooms: RoomFactory, kind: RoomKind) -> AsyncIterator[CannotEncrypt]:
    """Create such a room.

    Raises:
        InsufficientEvidence: there is no tap for what they send.
    """
    secret = unique("typed") if kind is RoomKind.ZERO_KNOWLEDGE else None
    async with rooms.opened(kind) as room:
        await room.attach_sfu_tap()
        if room.sfu_tap is None:
            raise InsufficientEvidence(room.no_sfu_tap)
        async with bus_tap(rooms) as tap:
            yield CannotEncrypt(room, tap, secret)
