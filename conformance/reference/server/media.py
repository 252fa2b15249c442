"""The SFU: tokens for participants, rooms and participants removed, webhooks checked."""

from __future__ import annotations

import datetime
import logging
from typing import Any

import aiohttp
from livekit import api

from conformance.reference.server.config import LiveKitConfig
from conformance.reference.server.rooms import User

log = logging.getLogger("plugnmeet.reference.media")

REQUEST_DEADLINE_S = 5.0


class WebhookRefused(Exception):
    """A webhook that LiveKit did not sign with our key."""


class MediaServer:
    """One LiveKit server."""

    def __init__(self, config: LiveKitConfig, validity_s: int) -> None:
        self.url = config.url
        self._key, self._secret = config.api_key, config.api_secret.get_secret_value()
        self._validity = datetime.timedelta(seconds=validity_s)
        self._receiver = api.WebhookReceiver(api.TokenVerifier(self._key, self._secret))
        self._client: api.LiveKitAPI | None = None

    def token(self, user: User, mark: str = "") -> str:
        """A token for the SFU: publish and subscribe in the user's own room."""
        grants = api.VideoGrants(
            room_join=True,
            room=user.room_id,
            room_admin=user.is_admin,
            can_publish=True,
            can_subscribe=True,
        )
        token = api.AccessToken(self._key, self._secret).with_identity(user.user_id)
        token = token.with_name(user.name).with_grants(grants).with_ttl(self._validity)
        return (token.with_metadata(mark) if mark else token).to_jwt()

    def native_token(self, user: User) -> str:
        """A token for an app around the user's page: publishes in their place, nothing else.

        Source: plugNmeet-server v2.4.0, pkg/models/nats_user_event.go (HYBRID_WEB).
        """
        grants = api.VideoGrants(
            room_join=True, room=user.room_id, can_publish=True, can_subscribe=False
        )
        token = api.AccessToken(self._key, self._secret).with_identity(f"{user.user_id}-native")
        return token.with_name(user.name).with_grants(grants).with_ttl(self._validity).to_jwt()

    def agent_token(self, room_id: str, identity: str) -> str:
        """A token for an agent: hidden, subscribes and publishes nothing."""
        grants = api.VideoGrants(
            room_join=True, room=room_id, can_publish=False, can_subscribe=True, hidden=True
        )
        token = api.AccessToken(self._key, self._secret).with_identity(identity)
        return token.with_grants(grants).with_ttl(self._validity).to_jwt()

    async def delete_room(self, room_id: str) -> None:
        """End the room on the SFU; everyone in it is put out."""
        await self._try("delete", lambda c: c.room.delete_room(api.DeleteRoomRequest(room=room_id)))

    async def remove(self, room_id: str, identity: str) -> None:
        """Put one participant out."""
        await self._try(
            "remove",
            lambda c: c.room.remove_participant(
                api.RoomParticipantIdentity(room=room_id, identity=identity)
            ),
        )

    async def participants(self, room_id: str) -> list[Any]:
        """Who is in the room on the SFU; empty when it does not know the room."""
        answer = await self._try(
            "list",
            lambda c: c.room.list_participants(api.ListParticipantsRequest(room=room_id)),
        )
        return list(answer.participants) if answer is not None else []

    async def _try(self, what: str, call: Any) -> Any:
        if self._client is None:
            self._client = api.LiveKitAPI(
                self.url,
                self._key,
                self._secret,
                timeout=aiohttp.ClientTimeout(total=REQUEST_DEADLINE_S),
            )
        try:
            return await call(self._client)
        except api.TwirpError as error:
            log.debug("LiveKit refused to %s: %s", what, error.code)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("LiveKit could not be asked to %s: %s", what, type(error).__name__)
        return None

    def webhook(self, body: str, authorization: str) -> Any:
        """The event of a webhook (livekit.WebhookEvent).

        Raises:
            WebhookRefused: the signature is not LiveKit's.
        """
        try:
            return self._receiver.receive(body, authorization)
        except Exception as error:  # the receiver raises what its JWT and JSON readers raise
            raise WebhookRefused(f"a webhook is refused: {type(error).__name__}") from error

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
