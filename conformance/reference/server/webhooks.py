"""Webhooks: what LiveKit tells us, and what we tell the address that a room's creator gave.

Source: plugnmeet-protocol v1.5.0, webhook/notifier.go; plugNmeet-server v2.4.0, webhook_room.go.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import time
import uuid
from typing import Any

import httpx
import jwt

from conformance.reference.rules import Rules
from conformance.reference.server.config import ServerConfig
from conformance.reference.server.rooms import Room, Rooms, RoomStatus
from conformance.wire import answers, metadata
from conformance.wire import plugnmeet_pb2 as pb

DELIVERY_DEADLINE_S = 5.0
TOKEN_VALIDITY_S = 300
LAST = ("session_ended", "room_finished")
OF_PEOPLE = ("participant_joined", "participant_left")

log = logging.getLogger("plugnmeet.reference.webhooks")


class Webhooks:
    """Tells the address in a room's metadata what happens; never waits for it."""

    def __init__(self, config: ServerConfig, rules: Rules) -> None:
        self._config, self._rules = config, rules
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: httpx.AsyncClient | None = None

    def tell(self, room: Room, event: str, participant: pb.ParticipantInfo | None = None) -> None:
        """One event of one room, if its creator wants to know."""
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
        """What is told: never the room's secret."""
        told = room.metadata
        if not self._carries_the_secret(event):
            told = metadata.without_secret(told)
        if metadata.is_zero_knowledge(told) and not self._rules.keeps(
            "no-secret-in-zero-knowledge-webhooks"
        ):
            block = told.room_features.end_to_end_encryption_features
            block.encryption_key = metadata.new_secret()
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

    def _carries_the_secret(self, event: str) -> bool:
        return (
            not self._rules.keeps("secret-not-in-webhooks")
            or (event in LAST and not self._rules.keeps("secret-not-in-last-webhooks"))
            or (event in OF_PEOPLE and not self._rules.keeps("secret-not-in-peoples-webhooks"))
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
            log.warning("a webhook was not delivered: %s", type(error).__name__)

    async def close(self) -> None:
        """Deliver what is under way, then close."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
        if self._http is not None:
            await self._http.aclose()


async def livekit_event(rooms: Rooms, webhooks: Webhooks, event: Any) -> None:
    """Take in one event of LiveKit (livekit.WebhookEvent), and pass it on."""
    room = rooms.get(event.room.name)
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
    if event.event != "room_finished":  # our own end of session says that
        webhooks.tell(room, event.event, participant)
