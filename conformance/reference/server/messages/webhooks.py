"""Webhooks: the server reports events to the address that the creator of a room gave.

Source: plugnmeet-protocol v1.5.0, webhook/notifier.go; plugNmeet-server v2.4.0, webhook_room.go.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import time
import uuid

import httpx
import jwt

from conformance.reference.server.config import ServerConfig
from conformance.reference.server.extension_points import ExtensionPoints
from conformance.reference.server.rooms.room import Room
from conformance.wire import answers, metadata
from conformance.wire import plugnmeet_pb2 as pb

DELIVERY_DEADLINE_S = 5.0
TOKEN_VALIDITY_S = 300

log = logging.getLogger("plugnmeet.reference.webhooks")


class Webhooks:
    """Sends webhooks in the background; the caller never waits for a delivery."""

    def __init__(self, config: ServerConfig, points: ExtensionPoints) -> None:
        self._config, self._points = config, points
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: httpx.AsyncClient | None = None

    def tell(self, room: Room, event: str, participant: pb.ParticipantInfo | None = None) -> None:
        """Report one event of a room, if the room has a webhook address."""
        url = room.metadata.webhook_url
        if not url:
            return
        body = answers.to_json(self.event(room, event, participant)).encode()
        task = asyncio.create_task(self._post(url, body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def event(
        self, room: Room, event: str, participant: pb.ParticipantInfo | None = None
    ) -> pb.CommonNotifyEvent:
        """The body of a webhook. It never holds the room's secret."""
        told = metadata.without_secret(room.metadata)
        self._points.on_webhook(told, room, event)
        return pb.CommonNotifyEvent(
            event=event,
            room=pb.NotifyEventRoom(
                sid=room.sid,
                room_id=room.room_id,
                empty_timeout=room.empty_timeout,
                max_participants=room.max_participants,
                creation_time=room.created_at,
                metadata=answers.to_json(told),
                num_participants=len(room.online()),
            ),
            participant=participant,
            id=str(uuid.uuid4()),
            created_at=int(time.time()),
        )

    async def _post(self, url: str, body: bytes) -> None:
        if self._http is None:
            self._http = httpx.AsyncClient(timeout=DELIVERY_DEADLINE_S, trust_env=False)
        now = int(time.time())
        claims = {
            "iss": self._config.api_key,
            "nbf": now,
            "exp": now + TOKEN_VALIDITY_S,
            "sha256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
        }
        token = jwt.encode(claims, self._config.api_secret.get_secret_value(), algorithm="HS256")
        headers = {
            "Content-Type": "application/webhook+json",
            "Authorization": token,
            "Hash-Token": token,
        }
        try:
            await self._http.post(url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.warning("a webhook could not be delivered: %s", type(error).__name__)

    async def close(self) -> None:
        """Give the running deliveries one second, then close the connections."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
        if self._http is not None:
            await self._http.aclose()
