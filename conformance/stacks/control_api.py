"""The operator's API of the product: signed requests to `/auth/*`.

Responses are protobuf-JSON as the server wrote it (snake_case, enums as names). HMAC-SHA256 over
the exact body signs each request (plugNmeet-server v2.4.0, pkg/controllers/auth.go).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpx

from conformance.stacks.errors import StackError
from conformance.stacks.kinds import RoomKind
from conformance.wire.signatures import sign

CREATE = "/auth/room/create"
REQUEST_DEADLINE_S = 20.0
"""Seconds. In the product, creating a room waits up to 15 s for the room's lock."""

_TLS: Final = (
    ("certificate has expired", "its certificate has expired: renew it"),
    ("not yet valid", "its certificate is not valid yet: check this machine's clock and its dates"),
    ("self-signed", "its certificate is self-signed: name its authority with ca_file"),
    ("self signed", "its certificate is self-signed: name its authority with ca_file"),
    ("mismatch", "its certificate is for another name: use the name that it was made for"),
    ("local issuer", "its certificate's authority is not known here: name it with ca_file"),
)
_NO_NAME: Final = ("Name or service not known", "nodename", "getaddrinfo", "No address associated")


class ServerUnreachable(StackError):
    """No server answers at this address. `why` may already say how to fix it."""

    def __init__(self, url: str, why: str) -> None:
        advice = "" if ": " in why else ": check the address and that the server runs"
        super().__init__(f"no server answers at {url} ({why}){advice}")
        self.url, self.why = url, why


class ServerRefused(StackError):
    """The server answered with a refusal.

    `msg` and `status_code` come from the server's response; `http_status` is the HTTP status.
    """

    def __init__(self, path: str, http_status: int, msg: str, status_code: str) -> None:
        self.path, self.http_status = path, http_status
        self.msg, self.status_code = msg, status_code
        advice = "check the request"
        if http_status == 401:
            advice = "check the API key and secret: they must match the server's configuration"
        elif http_status in (404, 405):
            advice = "check the address: this is not a Plug-N-Meet server's root"
        super().__init__(
            f"{path} was refused with HTTP {http_status} {status_code or '-'}: {msg!r}; {advice}"
        )


class ControlApi:
    """The control API of one server. Close it with `aclose`, or use it as a context manager.

    `verify`: httpx's option for the trusted certificates. `created`: ids of all rooms whose
    creation was requested. `ended`: ids of the rooms that the server agreed to end.
    """

    def __init__(
        self, url: str, api_key: str, api_secret: str, *, verify: ssl.SSLContext | bool = True
    ) -> None:
        self.url = url.rstrip("/")
        self.created: set[str] = set()
        self.ended: set[str] = set()
        self._key, self._secret = api_key, api_secret
        # trust_env=False: a proxy from the environment must not see or break a loopback stack.
        # No connection is kept alive: a server may close an idle connection just when it is used
        # again, and a POST must not be sent twice.
        self._http = httpx.AsyncClient(
            base_url=self.url,
            timeout=REQUEST_DEADLINE_S,
            trust_env=not _is_loopback(self.url),
            limits=httpx.Limits(max_keepalive_connections=0),
            verify=verify,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def create_room(
        self,
        room_id: str,
        kind: RoomKind,
        *,
        features: Mapping[str, Any] | None = None,
        title: str | None = None,
        webhook_url: str | None = None,
    ) -> dict[str, Any]:
        """Create a room with the article's request; `features` adds or replaces room features.

        Returns the server's response; its `room_info.metadata` is a JSON string.
        """
        room_features: dict[str, Any] = {}
        if kind.encryption:
            room_features["end_to_end_encryption_features"] = kind.encryption
        room_features.update(features or {})
        metadata: dict[str, Any] = {
            "room_title": title or room_id,
            "room_features": room_features,
            # By default the product locks these for everyone but admins.
            "default_lock_settings": {"lock_whiteboard": False, "lock_screen_sharing": False},
        }
        if webhook_url is not None:
            metadata["webhook_url"] = webhook_url
        return await self.call(CREATE, {"room_id": room_id, "metadata": metadata})

    async def join_token(
        self,
        room_id: str,
        user_id: str,
        name: str,
        *,
        is_admin: bool = False,
        is_hidden: bool = False,
    ) -> str:
        """A token with which this user can join the room; also registers the user there."""
        user = {
            "user_id": user_id,
            "name": name,
            "is_admin": is_admin,
            "is_hidden": is_hidden,
        }
        path = "/auth/room/getJoinToken"
        answer = await self.call(path, {"room_id": room_id, "user_info": user})
        if not answer.get("token"):
            raise ServerRefused(path, 200, "success, and no token with it", "")
        return str(answer["token"])

    async def end_room(self, room_id: str) -> dict[str, Any]:
        """End the room's session. The server cleans up after it has responded."""
        answer = await self.call("/auth/room/endRoom", {"room_id": room_id})
        self.ended.add(room_id)
        return answer

    async def see_room_ended(self, room_id: str) -> None:
        """End the room's session, unless the server has ended it already (an empty room ends)."""
        try:
            await self.end_room(room_id)
        except ServerRefused as refusal:
            if refusal.status_code not in ("ROOM_NOT_FOUND", "ROOM_NOT_ACTIVE"):
                raise
            self.ended.add(room_id)

    async def is_room_active(self, room_id: str) -> bool:
        """Does this room have an active session?"""
        answer = await self.call("/auth/room/isRoomActive", {"room_id": room_id})
        return bool(answer.get("is_active", False))

    async def active_room_info(self, room_id: str) -> dict[str, Any]:
        """The server's response about an active room: `room.room_info`, `participants_info`."""
        return await self.call("/auth/room/getActiveRoomInfo", {"room_id": room_id})

    def join_url(self, token: str) -> str:
        """The address that a participant opens with this token."""
        return f"{self.url}/?access_token={token}"

    async def call(self, path: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send one signed request; raises `ServerUnreachable` or `ServerRefused`."""
        body = json.dumps(request).encode()
        response = await self.post_signed(path, body)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise ServerRefused(path, response.status_code, response.text[:200], "")
        if response.status_code != 200 or not answer.get("status", False):
            raise ServerRefused(
                path,
                response.status_code,
                str(answer.get("msg", "")),
                str(answer.get("status_code", "")),
            )
        return answer

    async def post_signed(
        self, path: str, body: bytes, *, headers: Mapping[str, str | None] | None = None
    ) -> httpx.Response:
        """POST a JSON body, signed. Returns every response, whatever its status.

        `headers` replaces computed headers; a value of None removes the header. Use it to send a
        wrong or a missing signature.
        """
        sent: dict[str, str | None] = {
            "API-KEY": self._key,
            "HASH-SIGNATURE": sign(body, self._secret),
            "Content-Type": "application/json",
        }
        sent.update(headers or {})
        kept = {name: value for name, value in sent.items() if value is not None}
        if path == CREATE:
            with contextlib.suppress(ValueError, TypeError, KeyError):
                self.created.add(str(json.loads(body)["room_id"]))
        return await answer_of(
            self._http, "POST", self.url + path, REQUEST_DEADLINE_S, content=body, headers=kept
        )


async def answer_of(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    within: float,
    *,
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Send one request and read the whole response within `within` seconds.

    The deadline covers everything: httpx's own timeout restarts with each byte that arrives.

    Raises:
        ServerUnreachable: no complete response arrived.
    """
    root = str(httpx.URL(url).copy_with(raw_path=b"/")).rstrip("/")
    try:
        async with asyncio.timeout(within):
            return await http.request(method, url, content=content, headers=headers)
    except (TimeoutError, httpx.TimeoutException) as error:
        raise ServerUnreachable(
            root,
            f"no complete answer within {within:g} s: is it overloaded, or does a firewall "
            "drop the packets?",
        ) from error
    except httpx.RequestError as error:
        raise ServerUnreachable(root, why_unreachable(error)) from error


def why_unreachable(error: httpx.RequestError) -> str:
    """Why a request failed, in words that say what to do."""
    text = " ".join(str(error).split()) or type(error).__name__
    for telling, words in _TLS:
        if telling in text:
            return f"{words}, or pass --insecure"
    if "WRONG_VERSION_NUMBER" in text or "record layer failure" in text:
        return "no TLS at this port: is it http, or another port?"
    if "name resolution" in text:
        return "the name lookup fails: check this machine's network and DNS"
    if any(words in text for words in _NO_NAME):
        return "the host name is unknown: check the spelling, or the DNS"
    if "[SSL" in text:
        return f"TLS fails, {text[:150]}: check the port, the certificate and the TLS version"
    if isinstance(error, httpx.RemoteProtocolError | httpx.DecodingError | httpx.ReadError):
        return (
            f"its answer breaks off or is not HTTP, {text[:150]}: read its log and its proxy's log"
        )
    if text == "All connection attempts failed":
        return "the connection is refused"
    return text[:200]


def _is_loopback(url: str) -> bool:
    return httpx.URL(url).host in ("localhost", "127.0.0.1", "::1")
