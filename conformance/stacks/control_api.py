"""The operator's side of the product: signed requests to `/auth/*`.

Answers are protobuf-JSON as the server wrote it (snake_case, enums as names). Each request is
signed with HMAC-SHA256 over its exact body (plugNmeet-server v2.4.0, pkg/controllers/auth.go).
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
"""Creating a room waits up to 15 s for the room's lock in the product."""

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
    """Nobody answers at the server's address; `why` may say what to do already."""

    def __init__(self, url: str, why: str) -> None:
        mend = "" if ": " in why else ": check the address and that the server runs"
        super().__init__(f"no server answers at {url} ({why}){mend}")
        self.url, self.why = url, why


class ServerRefused(StackError):
    """The server answered, and the answer is no.

    `msg` and `status_code` are the server's own; `http_status` is the HTTP status.
    """

    def __init__(self, path: str, http_status: int, msg: str, status_code: str) -> None:
        self.path, self.http_status = path, http_status
        self.msg, self.status_code = msg, status_code
        mend = "check the request"
        if http_status == 401:
            mend = "check the API key and secret: they must be those of the server's configuration"
        elif http_status in (404, 405):
            mend = "check the address: this is not a Plug-N-Meet server's root"
        super().__init__(
            f"{path} was refused with HTTP {http_status} {status_code or '-'}: {msg!r}; {mend}"
        )


class ControlApi:
    """The control API of one server. Closed with `aclose`, or used as a context.

    `verify` is httpx's: whom to trust. `created` are the ids of all rooms that were asked for,
    `ended` of those that the server agreed to end.
    """

    def __init__(
        self, url: str, api_key: str, api_secret: str, *, verify: ssl.SSLContext | bool = True
    ) -> None:
        self.url = url.rstrip("/")
        self.created: set[str] = set()
        self.ended: set[str] = set()
        self._key, self._secret = api_key, api_secret
        # trust_env: a proxy of the environment must not see, nor break, a loopback stack.
        # No connection is kept: a server may close an idle one in the moment it is used again,
        # and a POST must not be sent twice to find out.
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
        """Create a room with the article's request; `features` adds to or replaces room features.

        Returns the server's answer; `room_info.metadata` in it is a JSON string.
        """
        room_features: dict[str, Any] = {}
        if kind.encryption:
            room_features["end_to_end_encryption_features"] = kind.encryption
        room_features.update(features or {})
        metadata: dict[str, Any] = {
            "room_title": title or room_id,
            "room_features": room_features,
            # The product locks these for all but admins unless it is told otherwise.
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
        """A token with which this user can enter the room; also registers the user there."""
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
        """End the room's session; the server cleans up after it has answered."""
        answer = await self.call("/auth/room/endRoom", {"room_id": room_id})
        self.ended.add(room_id)
        return answer

    async def see_room_ended(self, room_id: str) -> None:
        """End the room's session unless the server has done so itself; an empty room ends."""
        try:
            await self.end_room(room_id)
        except ServerRefused as refusal:
            if refusal.status_code not in ("ROOM_NOT_FOUND", "ROOM_NOT_ACTIVE"):
                raise
            self.ended.add(room_id)

    async def is_room_active(self, room_id: str) -> bool:
        """Is there a session of this room?"""
        answer = await self.call("/auth/room/isRoomActive", {"room_id": room_id})
        return bool(answer.get("is_active", False))

    async def active_room_info(self, room_id: str) -> dict[str, Any]:
        """The server's answer about a room in session: `room.room_info`, `participants_info`."""
        return await self.call("/auth/room/getActiveRoomInfo", {"room_id": room_id})

    def join_url(self, token: str) -> str:
        """The address a person opens with this token."""
        return f"{self.url}/?access_token={token}"

    async def call(self, path: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """One signed request; raises `ServerUnreachable` or `ServerRefused`."""
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
        """POST a JSON body, signed; whatever the answer is, it is returned.

        `headers` replaces the computed ones, and leaves out those whose value is None: so that a
        wrong or a missing signature can be tried.
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
    """One request's answer, read to its end `within` seconds.

    The deadline is for all of it: httpx's own begins anew with each byte that a slow server sends.

    Raises:
        ServerUnreachable: there was none.
    """
    root = str(httpx.URL(url).copy_with(raw_path=b"/")).rstrip("/")
    try:
        async with asyncio.timeout(within):
            return await http.request(method, url, content=content, headers=headers)
    except (TimeoutError, httpx.TimeoutException) as error:
        raise ServerUnreachable(
            root,
            f"no whole answer within {within:g} s: is it overloaded, or does a firewall "
            "swallow the packets?",
        ) from error
    except httpx.RequestError as error:
        raise ServerUnreachable(root, why_unreachable(error)) from error


def why_unreachable(error: httpx.RequestError) -> str:
    """A failed request in words that say what to do."""
    text = " ".join(str(error).split()) or type(error).__name__
    for telling, words in _TLS:
        if telling in text:
            return f"{words}, or pass --insecure"
    if "WRONG_VERSION_NUMBER" in text or "record layer failure" in text:
        return "it does not speak TLS there: is it http, or another port?"
    if "name resolution" in text:
        return "its name cannot be looked up now: check this machine's network and DNS"
    if any(words in text for words in _NO_NAME):
        return "its name is not known: check the spelling, or the DNS"
    if "[SSL" in text:
        return (
            f"TLS fails with it, {text[:150]}: check its port, its certificate and its TLS version"
        )
    if isinstance(error, httpx.RemoteProtocolError | httpx.DecodingError | httpx.ReadError):
        return (
            f"its answer breaks off or is no HTTP, {text[:150]}: look at its log, and its proxy's"
        )
    if text == "All connection attempts failed":
        return "the connection is refused"
    return text[:200]


def _is_loopback(url: str) -> bool:
    return httpx.URL(url).host in ("localhost", "127.0.0.1", "::1")
