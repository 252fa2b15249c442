"""One request of a participant's to the server's API, with the access token that the person has."""

from __future__ import annotations

from typing import Final, TypeVar

import httpx
from google.protobuf.message import DecodeError, Message

from conformance.stacks.base import Stack
from conformance.verdicts import Thin

Answer = TypeVar("Answer", bound=Message)

DEADLINE: Final = 15.0
"""Seconds for an answer; a server that has to ask a recorder or an agent takes up to five."""


async def post(
    stack: Stack,
    token: str,
    path: str,
    request: Message,
    answer: type[Answer],
    *,
    timeout: float = DEADLINE,
) -> Answer:
    """POST `request` to `path` (`/api/…`) and return what the server says, refusals included.

    Raises:
        Thin: no answer that can be read, which is no refusal either.
    """
    headers = {"Authorization": token, "Content-Type": "application/protobuf"}
    url = f"{stack.endpoints.server_url}{path}"
    try:
        async with httpx.AsyncClient(timeout=timeout, verify=stack.verify) as http:
            response = await http.post(url, headers=headers, content=request.SerializeToString())
        told = answer()
        told.ParseFromString(response.content)
    except httpx.HTTPError as error:
        raise Thin(f"{path} was not answered: {error!r}") from error
    except DecodeError as error:
        raise Thin(f"{path} answered no protobuf (HTTP {response.status_code})") from error
    if response.status_code >= 500:
        raise Thin(f"{path} answered with HTTP {response.status_code}")
    return told
