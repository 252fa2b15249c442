"""One request of a participant to the server's API, with that participant's access token."""

from __future__ import annotations

from typing import Final, TypeVar

import httpx
from google.protobuf.message import DecodeError, Message

from conformance.stacks.base import Stack
from conformance.verdicts import InsufficientEvidence

Answer = TypeVar("Answer", bound=Message)

DEADLINE: Final = 15.0
"""Seconds for an answer. A server that must ask a recorder or an agent takes up to five."""


async def post(
    stack: Stack,
    token: str,
    path: str,
    request: Message,
    answer: type[Answer],
    *,
    timeout: float = DEADLINE,
) -> Answer:
    """POST `request` to `path` (`/api/…`) and return the server's answer, also a refusal.

    Raises:
        InsufficientEvidence: there is no readable answer, which is not a refusal either.
    """
    headers = {"Authorization": token, "Content-Type": "application/protobuf"}
    url = f"{stack.endpoints.server_url}{path}"
    try:
        async with httpx.AsyncClient(timeout=timeout, verify=stack.verify) as http:
            response = await http.post(url, headers=headers, content=request.SerializeToString())
        told = answer()
        told.ParseFromString(response.content)
    except httpx.HTTPError as error:
        raise InsufficientEvidence(f"{path} was not answered: {error!r}") from error
    except DecodeError as error:
        raise InsufficientEvidence(
            f"{path} did not answer with protobuf (HTTP {response.status_code})"
        ) from error
    if response.status_code >= 500:
        raise InsufficientEvidence(f"{path} answered with HTTP {response.status_code}")
    return told
