"""The SFU (LiveKit): tokens for it, requests to it, and the check of its webhooks."""

from __future__ import annotations

import datetime
import logging
from typing import Any

import aiohttp
from livekit import api

from conformance.reference.server.config import LiveKitConfig
from conformance.reference.server.rooms.user import User

log = logging.getLogger("plugnmeet.reference.media")

REQUEST_DEADLINE_S = 5.0


class WebhookRefused(Exception):
    """LiveKit did not sign this webhook with our key."""


class MediaServer:
    """One LiveKit server."""

    def __init__(self, config: LiveKitConfig, validity_s: int) -> None:
        self.url = config.url
        self._key, self._secret = config.api_key, config.api_secret.get_secret_value()
        self._validity = datetime.timedelta(seconds=validity_s)
        self._receiver = api.WebhookReceiver(api.TokenVerifier(self._key, self._secret))
        self._client: api.LiveKitAPI | None = None

    def token(self, user: User, metadata: str = "") -> str:
        """A token for the SFU: it allows to publish and to subscribe in the user's own room.

        `metadata`: free text in the token that LiveKit shows to the other participants.
        """
        grants = api.VideoGrants(
            room_join=True,
            room=user.room_id,
            room_admin=user.is_admin,
            can_publish=True,
            can_subscribe=True,
        )
        token = api.AccessToken(self._key, self._secret).with_identity(user.user_id)
        token = token.with_name(user.name).with_grants(grants).with_ttl(self._validity)
        return (token.with_metadata(metadata) if metadata else token).to_jwt()

    def native_token(self, user: User) -> str:
        """A token for a native app around the user's page: it allows to publish only.

        Source: plugNmeet-server v2.4.0, pkg/models/nats_user_event.go (HYBRID_WEB).
        """
        grants = api.VideoGrants(
            room_join=True, room=user.room_id, can_publish=True, can_subscribe=False
        )
        token = api.AccessToken(self._key, self._secret).with_identity(f"{user.user_id}-native")
        return token.with_name(user.name).with_grants(grants).with_ttl(self._validity).to_jwt()

    def agent_token(self, room_id: str, identity: str) -> str:
        """A token for an agent: it is hidden, and it allows to subscribe only."""
        grants = api.VideoGrants(
            room_join=True, room=room_id, can_publish=False, can_subscribe=True, hidden=True
        )
        token = api.AccessToken(self._key, self._secret).with_identity(identity)
        return token.with_grants(grants).with_ttl(self._validity).to_jwt()

    async def delete_room(self, room_id: str) -> None:
        """End the room on the SFU; this disconnects everyone in it."""
        await self._try("delete", lambda c: c.room.delete_room(api.DeleteRoomRequest(room=room_id)))

    async def remove(self, room_id: str, identity: str) -> None:
        """Disconnect one participant."""
        await self._try(
            "remove",
            lambda c: c.room.remove_participant(
                api.RoomParticipantIdentity(room=room_id, identity=identity)
            ),
        )

    async def participants(self, room_id: str) -> list[Any]:
        """The participants of the room on the SFU; empty if the SFU does not know the room."""
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
            log.warning("LiveKit could not be reached to %s: %s", what, type(error).__name__)
        return None

    def webhook(self, body: str, authorization: str) -> Any:
        """Check a webhook, and return its event (livekit.WebhookEvent).

        Raises:
            WebhookRefused: the signature is not valid.
        """
        try:
            return self._receiver.receive(body, authorization)
        except Exception as error:  # The receiver passes on the errors of its JWT and JSON readers.
            raise WebhookRefused(f"a LiveKit webhook is refused: {type(error).__name__}") from error

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
