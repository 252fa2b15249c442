"""Clients whose encryption cannot start, by an instrument in their pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from conformance.bench import budgets
from conformance.bench.claims import Claim, Observation
from conformance.bench.hostile import OnTrial, listening, need_liar
from conformance.bench.room import RoomFactory, canary
from conformance.clients.hindrance import WAYS, Hindrance
from conformance.stacks.base import RoomKind
from conformance.verdicts import Thin


@dataclass
class Hindered(OnTrial):
    """Somebody whose client cannot encrypt, in a room with others like them."""

    hindrance: Hindrance

    def is_hindered(self) -> Claim:
        """The control: the client did try, and could not."""

        async def look() -> Observation:
            hits = self.hindrance.hits
            return Observation(hits > 0, f"{hits} times")

        text = f"{self.person.name}'s client ran into this: {self.hindrance.words}"
        return Claim(text, look, [self.hindrance])


@asynccontextmanager
async def hindered(rooms: RoomFactory, kind: RoomKind) -> AsyncIterator[list[Hindered]]:
    """Somebody for each way in which encryption cannot start; they speak where they can.

    Raises:
        NotApplicable: see `need_liar`.
        Thin: nobody keeps what leaves them.
    """
    need_liar(rooms.stack)
    room = await rooms.create(kind)
    secret = canary("typed") if kind is RoomKind.ZERO_KNOWLEDGE else None
    hindrances = [Hindrance(way) for way in WAYS]
    names = ("walter", "paula", "wendy")
    try:
        await room.let_outsider_in()
        if room.outsider is None:
            raise Thin(room.no_outsider)
        async with listening(rooms) as tap:
            people = await asyncio.gather(
                *(
                    room.join(name, secret=secret, prepare=one.attach, within=budgets.HINDERED_JOIN)
                    for name, one in zip(names, hindrances, strict=True)
                )
            )
            everybody = [
                Hindered(room, person, tap, canary("said"), one)
                for person, one in zip(people, hindrances, strict=True)
            ]
            await asyncio.gather(*(one.speaks() for one in everybody))
            yield everybody
    finally:
        await room.close()
