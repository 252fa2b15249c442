"""The waiting room: whoever is not admitted yet is in the lobby account, without the secret.

Source: plugNmeet-server v2.4.0, pkg/models/room_waiting.go (what approval is; where those who wait
are on the bus is this server's own).
"""

from __future__ import annotations

import asyncio

from conformance.reference.server.bus import Bus
from conformance.reference.server.events import Events
from conformance.reference.server.rooms import Room, User
from conformance.reference.server.sessions import Refused

EVERYBODY = "all"


class WaitingRoom:
    """Lets people in."""

    def __init__(self, bus: Bus, events: Events) -> None:
        self._bus, self._events = bus, events

    async def approve(self, room: Room, user_id: str) -> None:
        """Admit one, or all who wait.

        Their connections are closed: they come back by themselves, into the room's account, and
        are told there what they could not know before (presence.py).

        Raises:
            Refused: nobody of this id.
        """
        if user_id == EVERYBODY:
            chosen = [user for user in room.users.values() if user.waits]
        elif user_id in room.users:
            chosen = [room.users[user_id]]
        else:
            raise Refused("user not found")
        await asyncio.gather(*(self._admit(room, user) for user in chosen if user.waits))

    async def _admit(self, room: Room, user: User) -> None:
        user.metadata.wait_for_approval = False
        await self._events.user_changed(room, user)
        if user.in_lobby:
            await self._bus.close_connections(user.connections)
