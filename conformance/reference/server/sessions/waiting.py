"""The waiting room: a person who is not admitted yet is in the lobby account, without the secret.

Source: plugNmeet-server v2.4.0, pkg/models/room_waiting.go, for the approval. The lobby account is
this server's own design.
"""

from __future__ import annotations

import asyncio

from conformance.reference.server.bus.connection import Bus
from conformance.reference.server.messages.events import Events
from conformance.reference.server.refused import Refused
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User

EVERYBODY = "all"


class WaitingRoom:
    """Admits people from the waiting room."""

    def __init__(self, bus: Bus, events: Events) -> None:
        self._bus, self._events = bus, events

    async def approve(self, room: Room, user_id: str) -> None:
        """Admit one user, or all who wait (`user_id` is "all").

        Their connections are closed. A client connects again by itself, now to the room's account,
        and gets the full metadata there (presence.py).

        Raises:
            Refused: the room has no user with this id.
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
