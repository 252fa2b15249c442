"""The SFU's list of a room's participants, hidden ones included, read with the SFU's API key."""

from __future__ import annotations

from typing import Final

import aiohttp
from livekit import api

from conformance.stacks.base import Endpoints

FAILURES: Final = (api.TwirpError, aiohttp.ClientError, TimeoutError)
"""Errors of an SFU that does not answer."""
_SECONDS: Final = 10.0


async def list_participants(endpoints: Endpoints, room_id: str) -> dict[str, bool]:
    """Return each identity and whether the participant is hidden from the others.

    Raises:
        FAILURES: the SFU does not answer.
    """
    async with api.LiveKitAPI(
        endpoints.livekit_url,
        endpoints.livekit_api_key,
        endpoints.livekit_api_secret,
        timeout=aiohttp.ClientTimeout(total=_SECONDS),
    ) as asked:
        answer = await asked.room.list_participants(api.ListParticipantsRequest(room=room_id))
    return {one.identity: one.permission.hidden for one in answer.participants}
