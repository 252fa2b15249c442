"""What is asked of a deployment before anything is judged: is it one, does it let us in, which.

Each question has one line for each way in which the answer can be wrong, with what to do.
"""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
import nats
from google.protobuf.message import DecodeError
from livekit import api as livekit

from conformance.stacks.base import Endpoints
from conformance.stacks.control_api import ControlApi, ServerRefused, ServerUnreachable, answer_of
from conformance.stacks.errors import StackError
from conformance.stacks.kinds import RoomKind
from conformance.wire import plugnmeet_pb2 as pb

ANSWER_S: Final = 10.0
"""A server that needs longer for a health check will not carry a meeting."""
SKEW_S: Final = 60.0
"""Tokens that are made here for the SFU are refused where the clocks differ by much more."""
_NO_ROOM: Final = ("ROOM_NOT_FOUND", "ROOM_NOT_ACTIVE")


async def is_healthy(http: httpx.AsyncClient, url: str) -> float:
    """Insist on a healthy Plug-N-Meet server; how many seconds its clock is ahead of ours.

    Raises:
        StackError: it is something else, or not healthy.
    """
    asked = f"{url}/healthCheck"
    answer = await answer_of(http, "GET", asked, ANSWER_S)
    said, status = " ".join(answer.text.split())[:100], answer.status_code
    if answer.is_redirect:
        where = answer.headers.get("location", "elsewhere")
        raise StackError(f"{asked} redirects to {where[:200]!r}: give the address of the server")
    if status in (502, 504):
        raise StackError(
            f"{asked} says HTTP {status}: a proxy answers, and the server behind it does not; "
            "start the server, or mend the proxy"
        )
    if status >= 500:
        raise StackError(f"{asked} says HTTP {status} {said!r}: mend the deployment first")
    if status in (401, 403, 429):
        raise StackError(
            f"{asked} says HTTP {status} {said!r}: something in front of the server keeps us out; "
            "let this machine through"
        )
    if "html" in answer.headers.get("content-type", "") and "Healthy" not in answer.text:
        raise StackError(
            f"{asked} answers with a web page (HTTP {status}): this is no Plug-N-Meet server's "
            "root, or a proxy answers for it; give the server's address"
        )
    if status != 200 or "Healthy" not in answer.text:
        raise StackError(
            f"{asked} says HTTP {status} {said!r}, and a Plug-N-Meet server says 'Healthy': give "
            "the server's root, and let its proxy pass /healthCheck on"
        )
    return _ahead(answer)


async def why_ill(http: httpx.AsyncClient, url: str) -> str | None:
    """Why a server that was healthy is no longer there, or None.

    A proxy that outlives its server answers for it: an HTTP 5xx is no sign of life.
    """
    try:
        answer = await answer_of(http, "GET", f"{url}/healthCheck", ANSWER_S)
    except ServerUnreachable as error:
        return error.why
    if answer.status_code < 500:
        return None
    return f"HTTP {answer.status_code} {' '.join(answer.text.split())[:100]!r}"


async def lets_us_in(api: ControlApi) -> None:
    """Insist that the server takes our signature; asks for a room that nobody has.

    Raises:
        StackError: it does not, or its answer is none of its own.
    """
    try:
        await api.is_room_active(f"conform-nobody-{secrets.token_hex(4)}")
    except ServerRefused as error:
        if error.status_code in _NO_ROOM:
            return
        if "Invalid API key" in error.msg:
            raise StackError(
                f"{api.url} does not know this API key: check PNM_CONFORM_API_KEY or api_key "
                "against client.api_key of the server's configuration"
            ) from None
        if "verify provided authentication" in error.msg:
            raise StackError(
                f"{api.url} knows the API key, and the secret is another one: check "
                "PNM_CONFORM_API_SECRET or api_secret against client.secret of the server's "
                "configuration"
            ) from None
        if error.http_status in (403, 429):
            raise StackError(
                f"{error.path} is refused with HTTP {error.http_status} {error.msg[:100]!r} by "
                "something in front of the server: let this machine's requests to /auth through"
            ) from None
        raise


async def version(http: httpx.AsyncClient, api: ControlApi) -> str:
    """The server's own word on its version, which it gives to whoever joins.

    Raises:
        StackError: nobody can be let into a room there.
    """
    room = f"conform-preflight-{secrets.token_hex(5)}"
    await api.create_room(room, RoomKind.PLAIN)
    token = await api.join_token(room, "preflight", "preflight")
    asked = f"{api.url}/api/verifyToken"
    answer = await answer_of(
        http,
        "POST",
        asked,
        ANSWER_S,
        headers={"Authorization": token, "Content-Type": "application/protobuf"},
        content=pb.VerifyTokenReq().SerializeToString(),
    )
    try:
        told = pb.VerifyTokenRes.FromString(answer.content)
    except DecodeError as error:
        raise StackError(
            f"{asked} answers no protobuf (HTTP {answer.status_code}): a proxy changes the "
            "answers, or it is another server"
        ) from error
    if not told.status:
        raise StackError(
            f"{asked} refuses a token that the server has just made (HTTP {answer.status_code}, "
            f"{told.msg[:100]!r}): do all of its nodes have one configuration?"
        )
    await api.end_room(room)
    return told.server_version or "unknown"


async def nats_lets_us_in(given: Endpoints) -> None:
    """Log in to the message bus, if its address is known; raises `StackError`."""
    if given.nats_url is None:
        return
    try:
        connection = await nats.connect(
            given.nats_url,
            user=given.nats_user,
            password=given.nats_password,
            allow_reconnect=False,
            connect_timeout=int(ANSWER_S),
            error_cb=_quiet,
        )
        await connection.close()
    except Exception as error:
        why = str(error)[:150] or f"{type(error).__name__} within {ANSWER_S:g} s"
        raise StackError(
            f"NATS at {given.nats_url} does not let us in ({why}): check the [nats] table"
        ) from error


async def sfu_lets_us_in(http: httpx.AsyncClient, given: Endpoints, skew: float) -> None:
    """Ask the SFU, if its address is known, for a room that nobody has; raises `StackError`."""
    if given.livekit_url is None:
        return
    token = livekit.AccessToken(given.livekit_api_key, given.livekit_api_secret)
    token.with_grants(livekit.VideoGrants(room_list=True))
    root = re.sub(r"^ws", "http", given.livekit_url).rstrip("/")
    answer = await answer_of(
        http,
        "POST",
        f"{root}/twirp/livekit.RoomService/ListRooms",
        ANSWER_S,
        headers={"Authorization": f"Bearer {token.to_jwt()}", "Content-Type": "application/json"},
        content=b'{"names": ["conform-nobody"]}',
    )
    if answer.status_code == 200:
        return
    said = " ".join(answer.text.split())[:100]
    clocks = f"; its clock differs from ours by {skew:.0f} s" if abs(skew) > SKEW_S else ""
    raise StackError(
        f"the SFU at {given.livekit_url} does not let us in (HTTP {answer.status_code} {said!r})"
        f"{clocks}: check the [livekit] table"
    )


def _ahead(answer: httpx.Response) -> float:
    """Seconds by which the sender's clock was ahead of ours; 0 where it does not tell."""
    try:
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return 0.0
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    return (theirs - datetime.now(UTC)).total_seconds()


async def _quiet(_: Exception) -> None:
    """What fails is raised, too; nats-py would print it besides."""
