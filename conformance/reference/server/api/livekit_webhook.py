"""LiveKit's webhooks: the server checks them, takes them in and passes them on.

Source: plugNmeet-server v2.4.0, webhook_room.go.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from conformance.reference.server.media import MediaServer, WebhookRefused
from conformance.reference.server.messages.webhooks import Webhooks
from conformance.reference.server.rooms.registry import Rooms
from conformance.reference.server.rooms.room import RoomStatus
from conformance.wire import plugnmeet_pb2 as pb

log = logging.getLogger("plugnmeet.reference.media")


class LiveKitWebhook:
    """The route /webhook."""

    def __init__(self, rooms: Rooms, media: MediaServer, webhooks: Webhooks) -> None:
        self._rooms, self._media, self._webhooks = rooms, media, webhooks

    def route(self) -> Route:
        """The route; it answers with 401 to a webhook that LiveKit did not sign."""
        return Route("/webhook", self._receive, methods=["POST"])

    async def _receive(self, request: Request) -> Response:
        body = (await request.body()).decode("utf-8", "replace")
        try:
            event = self._media.webhook(body, request.headers.get("authorization", ""))
        except WebhookRefused as error:
            log.warning("%s", error)
            return PlainTextResponse("Unauthorized", 401)
        await self._take_in(event)
        return PlainTextResponse("OK")

    async def _take_in(self, event: Any) -> None:
        """Take in one livekit.WebhookEvent."""
        room = self._rooms.get(event.room.name)
        if room is None:
            return
        if event.event == "room_started" and room.status is RoomStatus.CREATED:
            room.status = RoomStatus.ACTIVE
            room.metadata.started_at = int(time.time())
            await room.save()
        participant = None
        if event.participant.identity:
            participant = pb.ParticipantInfo(
                sid=event.participant.sid,
                identity=event.participant.identity,
                name=event.participant.name,
                joined_at=event.participant.joined_at,
            )
        # The session's own end is reported as room_finished (sessions/lifecycle.py).
        if event.event != "room_finished":
            self._webhooks.tell(room, event.event, participant)
