"""Recording from the start, in a room that was created with `enable_auto_cloud_recording`.

In the product a moderator's page requests it; here the server begins when the first moderator is
there. Encryption clears the option (wire/metadata.py), so an encrypted room is never recorded.
"""

from __future__ import annotations

import asyncio
import contextlib

from conformance.reference.server.features.recording import Recording
from conformance.reference.server.refused import Refused
from conformance.reference.server.rooms.room import Room
from conformance.reference.server.rooms.user import User
from conformance.reference.server.sessions.joining import BOTS
from conformance.wire import plugnmeet_pb2 as pb


class AutoRecording:
    """Begins the recordings that a room's settings ask for."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._begun: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def came(self, room: Room, user: User) -> None:
        """A user is online in a room."""
        wanted = room.metadata.room_features.recording_features.enable_auto_cloud_recording
        if not wanted or not user.is_admin or user.user_id in BOTS or room.sid in self._begun:
            return
        self._begun.add(room.sid)
        task = asyncio.create_task(self.begin(room))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def begin(self, room: Room) -> None:
        """Order a recorder to begin; without a recorder nothing happens."""
        request = pb.RecordingReq(task=pb.RecordingTasks.START_RECORDING, sid=room.sid)
        with contextlib.suppress(Refused):
            await self._recording.start(room, request)
