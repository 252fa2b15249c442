"""Faults that keep data: after the end of a session, or data that is not meant for the server."""

from __future__ import annotations

import logging
import uuid

from conformance.reference.server.faults.registry import Fault, fault
from conformance.reference.server.rooms.room import Room
from conformance.wire import subjects

KEPT_CHAT = "reference-chat"
"""The NATS bucket of `chat-not-kept`."""

log = logging.getLogger("plugnmeet.reference.worker")


@fault("room-data-deleted")
class BucketStays(Fault):
    """The bucket of a room stays after its session; in a simple room it holds the secret."""

    def on_session_end(self, delete: bool, room: Room) -> bool:
        return False


@fault("reports-not-logged")
class ReportsInTheLog(Fault):
    """The server writes a page's statistics report to its log, unchanged."""

    async def on_overheard(self, subject: str, data: bytes) -> None:
        if subject.startswith(f"{subjects.SYSTEM_CORE_WORKER}."):
            log.info("a report on %s: %s", subject, data.decode("utf-8", "replace"))


@fault("chat-not-kept")
class ChatInABucket(Fault):
    """The server stores every chat message in a bucket, unchanged."""

    async def on_overheard(self, subject: str, data: bytes) -> None:
        if subject.startswith(f"{subjects.CHAT}."):
            kept = await self.server.bus.js.create_key_value(bucket=KEPT_CHAT)
            await kept.put(uuid.uuid4().hex, data)
