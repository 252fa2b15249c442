"""Checks before the run: is this a deployment, does it accept our credentials, which version is it.

For each possible wrong answer there is one message that says what to do.
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
"""Seconds. A server that needs longer for a health check is too slow for a meeting."""
SKEW_S: Final = 60.0
"""Seconds of clock difference. With much more, the SFU refuses tokens that are made here."""
_NO_ROOM: Final = ("ROOM_NOT_FOUND", "ROOM_NOT_ACTIVE")


async def is_healthy(http: httpx.AsyncClient, url: str) -> float:
    """Require a healthy Plug-N-Meet server. Returns how many seconds its clock is ahead of ours.

    Raises:
        StackError: it is something else, or it is not healthy.
    """
    asked = f"{url}/healthCheck"
    answer = await answer_of(http, "GET", asked, ANSWER_S)
    said, status = " ".join(answer.text.split())[:100], answer.status_code
    if answer.is_redirect:
        where = answer.headers.get("location", "elsewhere")
        raise StackError(f"{asked} redirects to {where[:200]!r}: give the address of the server")
    if status in (502, 504):
        raise StackError(
            f"{asked} says HTTP {status}: a proxy answers, but not the server behind it; "
            "start the server, or fix the proxy"
        )
    if status >= 500:
        raise StackError(f"{asked} says HTTP {status} {said!r}: fix the deployment first")
    if status in (401, 403, 429):
        raise StackError(
            f"{asked} says HTTP {status} {said!r}: something in front of the server blocks this "
            "machine; allow its requests"
        )
    if "html" in answer.headers.get("content-type", "") and "Healthy" not in answer.text:
        raise StackError(
            f"{asked} answers with a web page (HTTP {status}): this is not a Plug-N-Meet server's "
            "root, or a proxy answers for it; give the server's address"
        )
    if status != 200 or "Healthy" not in answer.text:
        raise StackError(
            f"{asked} says HTTP {status} {said!r}; a Plug-N-Meet server says 'Healthy': give "
            "the server's root, and let its proxy forward /healthCheck"
        )
    return _ahead(answer)


async def why_ill(http: httpx.AsyncClient, url: str) -> str | None:
    """Why a server that was healthy no longer answers; None if it does.

    HTTP 5xx counts as no answer: a proxy sends it after its server has stopped.
    """
    try:
        answer = await answer_of(http, "GET", f"{url}/healthCheck", ANSWER_S)
    except ServerUnreachable as error:
        return error.why
    if answer.status_code < 500:
        return None
    return f"HTTP {answer.status_code} {' '.join(answer.text.split())[:100]!r}"


async def lets_us_in(api: ControlApi) -> None:
    """Require that the server accepts our signature, by asking about an unknown room.

    Raises:
        StackError: the server does not accept it, or something else than the server answers.
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
                f"{api.url} knows the API key, but the secret is wrong: check "
                "PNM_CONFORM_API_SECRET or api_secret against client.secret of the server's "
                "configuration"
            ) from None
        if error.http_status in (403, 429):
            raise StackError(
                f"{error.path} is refused with HTTP {error.http_status} {error.msg[:100]!r} by "
                "something in front of the server: allow this machine's requests to /auth"
            ) from None
        raise


async def version(http: httpx.AsyncClient, api: ControlApi) -> str:
    """The version that the server reports to a participant who joins.

    Raises:
        StackError: no participant can join a room there.
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
            f"{asked} does not answer with protobuf (HTTP {answer.status_code}): a proxy changes "
            "the answers, or it is another server"
        ) from error
    if not told.status:
        raise StackError(
            f"{asked} refuses a token that the server has just made (HTTP {answer.status_code}, "
            f"{told.msg[:100]!r}): do all of its nodes have the same configuration?"
        )
    await api.end_room(room)
    return told.server_version or "unknown"


async def nats_lets_us_in(given: Endpoints) -> None:
    """Log in to the message bus if its address is given; raises `StackError`."""
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
            f"NATS at {given.nats_url} refuses our login ({why}): check the [nats] table"
        ) from error


async def sfu_lets_us_in(http: httpx.AsyncClient, given: Endpoints, skew: float) -> None:
    """Ask the SFU, if its address is given, about an unused room name; raises `StackError`."""
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
        f"the SFU at {given.livekit_url} refuses our token (HTTP {answer.status_code} {said!r})"
        f"{clocks}: check the [livekit] table"
    )


def _ahead(answer: httpx.Response) -> float:
    """Seconds by which the sender's clock is ahead of ours; 0 without a Date header."""
    try:
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return 0.0
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    return (theirs - datetime.now(UTC)).total_seconds()


async def _quiet(_: Exception) -> None:
    """Ignore the error: it is raised as well, and nats-py would also print it."""
