"""A fault in drawing the Session ID."""

from __future__ import annotations

import uuid

from conformance.reference.server.faults.registry import Fault, fault


@fault("session-id-fresh")
class SessionIdOfTheRoom(Fault):
    """All sessions of a room have the same Session ID, which is derived from the room id."""

    def on_session_id(self, session_id: str, room_id: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, room_id))
