"""Faults in the access to the bus: permissions, accounts, and the validity of a token."""

from __future__ import annotations

from dataclasses import replace

from conformance.reference.server.extension_points import BusAccess
from conformance.reference.server.faults.registry import Fault, fault
from conformance.reference.server.rooms.room import Room
from conformance.wire import subjects

DAY_S = 24 * 3600


@fault("bus-only-own-room")
class WholeBus(Fault):
    """A participant may publish and subscribe to every subject, in the server's own account."""

    def on_bus_access(self, access: BusAccess, room: Room) -> BusAccess:
        return BusAccess(False, subjects.Permissions(publish=(">",), subscribe=(">",)))


@fault("rooms-apart-on-the-bus")
class OneAccount(Fault):
    """Every participant is in one account, unless their session has its own account already."""

    def on_bus_access(self, access: BusAccess, room: Room) -> BusAccess:
        if self.server.rooms.accounts.has_borrowed(room.sid):
            return access
        return replace(access, own_account=False)


@fault("reject-expired-token")
class LongToken(Fault):
    """A token counts long past its end, over HTTP and on the bus."""

    def on_token(self, grace_s: int) -> int:
        return self.number("days") * DAY_S
