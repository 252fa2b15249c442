"""Claims that no link, token, cookie, header or webhook carries a simple room's secret (SECRET-7).

The secret may be in the room's own data, for participants who are admitted, and in the operator's
answers about the room. Everything else of a session is read here: the answer to every request with
its headers, each token and what it says (a JWT can be read by anybody), the data about other people
and the webhooks. Two people join without a browser.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import jwt
from google.protobuf.message import DecodeError

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.room import unique
from conformance.bench.rooms.server_responses import secret_of_created
from conformance.clients.headless.bus_session import BusUnreachable
from conformance.clients.headless.intruder import Intruder
from conformance.observers.answers import decode_nested
from conformance.observers.leaks import LeakReader, Place, derived_from, marker
from conformance.observers.webhooks import WebhookReceiver, event_of
from conformance.stacks.base import RoomKind, Stack
from conformance.verdicts import InsufficientEvidence
from conformance.wire import plugnmeet_pb2 as pb

KINDS: Final = ("token", "link", "header", "answer", "data about people", "webhook")
"""The kinds of place in which a marker is planted."""
IN_EACH_HEADER: Final = "content-type"
"""What the headers of each answer contain: the marker in headers."""
_JWT: Final = re.compile(rb"eyJ[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*")
_OWN: Final = (pb.RES_INITIAL_DATA, pb.ROOM_METADATA_UPDATE)
"""The events with which the server tells an admitted participant the room's data."""
_ABOUT_PEOPLE: Final = (
    pb.RES_JOINED_USERS_LIST, pb.RESP_ONLINE_USERS_LIST, pb.USER_JOINED, pb.USER_METADATA_UPDATE,
    pb.USER_DISCONNECTED, pb.USER_OFFLINE,
)  # fmt: skip
_ABOUT_THE_ROOM: Final = ("create", "getActiveRoomInfo")
"""The operator's answers that may have the secret, in one field of their own."""
_DEADLINE: Final = 10.0


@dataclass
class Carriers:
    """What was read of one session. `items`: each place and its bytes."""

    secret: str
    markers: list[str]
    session_id: str
    room_id: str
    items: list[tuple[Place, bytes]] = field(default_factory=list)
    _read: tuple[Counter[str], list[str], list[str]] | None = None

    def add(self, kind: str, name: str, data: bytes) -> None:
        """Keep one item, and the content of each token in it."""
        self.items.append((Place(kind, name), data))
        for token in _JWT.finditer(data):
            told = token[0].decode()
            try:
                claims = jwt.decode(told, options={"verify_signature": False})
            except (jwt.PyJWTError, ValueError, RecursionError):
                continue
            text = json.dumps({"claims": claims, "header": jwt.get_unverified_header(told)})
            self.items.append((Place("token", f"a token in {name}"), text.encode()))

    async def _reading(self) -> tuple[Counter[str], list[str], list[str]]:
        """The finds of markers by kind of place, those of the secret, and what was not read."""
        if self._read is None:
            self._read = await asyncio.to_thread(self._search)
        return self._read

    def _search(self) -> tuple[Counter[str], list[str], list[str]]:
        needles = derived_from("the secret", self.secret, [self.session_id, self.room_id])
        needles += [marker(f"marker {n}", text) for n, text in enumerate(self.markers)]
        reader, marked, found = LeakReader(needles), Counter[str](), list[str]()
        for place, data in self.items:
            for leak in reader.read(place, data):
                if leak.needle.role == "marker":
                    marked[place.kind] += 1
                else:
                    what = f"{leak.needle.what} ({leak.encoding}) in {place.kind}: {place.name}"
                    found.append(what)
        return marked, list(dict.fromkeys(found)), reader.reading.incomplete

    def markers_are_found(self) -> Claim:
        """The canary: the same reader finds a planted marker in each kind of place."""

        async def look() -> Observation:
            marked, _, _ = await self._reading()
            there = {place.kind for place, _ in self.items}
            missing = [kind for kind in KINDS if not marked[kind] and kind in there]
            words = ", ".join(f"{kind}: {marked[kind]}" for kind in KINDS)
            return Observation(not missing and len(there) > 3, words, {"found": dict(marked)})

        return Claim("a marker is found in tokens, links, headers, answers and data", look, [])

    def carry_no_secret(self) -> Claim:
        """None of them carries the secret, or a value derived from it."""

        async def look() -> Observation:
            _, found, unread = await self._reading()
            return Observation(
                not found,
                f"{len(self.items)} items read, "
                + (f"found: {'; '.join(found[:4])}" if found else "none carries it"),
                {"found": found[:20], "unread": unread[:10]},
                readable=bool(found) or not unread,
            )

        text = "no link, token, cookie, header, webhook or data about others carries the secret"
        return Claim(text, look, [])


async def carriers_of_a_session(stack: Stack, webhooks: WebhookReceiver) -> Carriers:
    """Hold a session of a simple room without a browser, and read everything about it.

    Raises:
        InsufficientEvidence: the room has no secret, or its people are not let in.
    """
    room_id, title = f"conform-simple-{secrets.token_hex(5)}", unique("A simple room, title")
    metadata: dict[str, Any] = {
        "room_title": title,
        "room_features": {"end_to_end_encryption_features": RoomKind.SIMPLE.encryption},
    }
    if "webhooks" not in stack.lacks:
        metadata["webhook_url"] = webhooks.url
    heads: list[tuple[str, bytes]] = []
    created = await _operator(stack, "create", {"room_id": room_id, "metadata": metadata}, heads)
    secret = secret_of_created(created)
    sid = str((created.get("room_info") or {}).get("sid") or "")
    try:
        async with AsyncExitStack() as people:
            names = [unique("someone"), unique("someone else")]
            joined = [
                await _join(stack, people, room_id, name, heads, is_admin=number == 0)
                for number, name in enumerate(names)
            ]
            secret = secret or _told(joined[0])
            if not secret:
                raise InsufficientEvidence("the room has no secret: covered by SECRET-1")
            markers = [title, *names, IN_EACH_HEADER]
            carriers = Carriers(secret, markers, sid or room_id, room_id)
            carriers.add("answer", "createRoom", _without_key(created))
            info = await _operator(stack, "getActiveRoomInfo", {"room_id": room_id}, heads)
            carriers.add("answer", "getActiveRoomInfo", _without_key(info))
            await _web(stack, carriers, joined[0].token or "")
            for who in joined:
                await who.drain()
                _add_traffic(carriers, who)
        for what in ("isRoomActive", "endRoom"):
            await _operator(stack, what, {"room_id": room_id}, heads)
    finally:
        await stack.api.see_room_ended(room_id)
    for name, data in heads:
        carriers.add("answer" if name.startswith("the answer") else "header", name, data)
    await _add_webhooks(carriers, stack, webhooks, title)
    return carriers


async def _operator(
    stack: Stack, what: str, request: dict[str, Any], heads: list[tuple[str, bytes]]
) -> dict[str, Any]:
    path = f"/auth/room/{what}"
    response = await stack.api.post_signed(path, json.dumps(request).encode())
    heads.append((path, _lines(response)))
    if what not in _ABOUT_THE_ROOM:
        heads.append((f"the answer of {path}", response.content))
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not answer.get("status"):
        raise InsufficientEvidence(f"{path} was refused: {response.text[:100]!r}")
    return answer


async def _join(
    stack: Stack,
    people: AsyncExitStack,
    room_id: str,
    name: str,
    heads: list[tuple[str, bytes]],
    *,
    is_admin: bool,
) -> Intruder:
    user = {"user_id": f"user-{secrets.token_hex(5)}", "name": name, "is_admin": is_admin}
    answer = await _operator(stack, "getJoinToken", {"room_id": room_id, "user_info": user}, heads)
    who = await people.enter_async_context(Intruder(stack, name, str(answer.get("token") or "")))
    try:
        await who.join()
    except BusUnreachable as error:
        raise InsufficientEvidence(str(error)) from error
    pongs = who.pongs
    await who.send_request(pb.REQ_ONLINE_USERS_LIST)
    await who.send_request(pb.PING)
    await who.answered(pongs, timeouts.MESSAGE)
    return who


async def _web(stack: Stack, carriers: Carriers, token: str) -> None:
    """Open the link and the server's other addresses as a browser does."""
    link = stack.api.join_url(token)
    carriers.add("link", "the participant's link", link.encode())
    base = stack.endpoints.server_url
    asked = [
        ("GET", link, {}),
        ("GET", f"{base}/", {"Cookie": f"pnm_access_token={token}"}),
        ("GET", f"{base}/healthCheck", {}),
        ("GET", f"{base}/assets/config.js", {}),
        ("POST", f"{base}/api/verifyToken", {}),
        (
            "OPTIONS",
            f"{base}/api/verifyToken",
            {
                "Origin": "https://meet.example",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization",
            },
        ),
    ]
    async with httpx.AsyncClient(timeout=_DEADLINE, verify=stack.verify, trust_env=False) as http:
        for method, url, headers in asked:
            name = f"{method} {httpx.URL(url).path}"
            try:
                response = await http.request(method, url, headers=headers)
            except httpx.HTTPError as error:
                raise InsufficientEvidence(f"{name} was not answered: {error!r}") from error
            carriers.add("header", name, _lines(response))
            carriers.add("answer", name, response.content)


def _add_traffic(carriers: Carriers, who: Intruder) -> None:
    """The tokens and the data about people that one participant got; the room's data is theirs."""
    for head, attempt in ((one.head, one) for one in who.http_attempts):
        carriers.add("header", attempt.what, head)
    carriers.add("token", f"{who.name}'s access token", (who.token or "").encode())
    for message in who.messages:
        try:
            event = pb.NatsMsgServerToClient.FromString(message.payload)
        except DecodeError:
            continue
        if event.event in _ABOUT_PEOPLE:
            carriers.add("data about people", message.subject, message.payload)
        elif event.event not in _OWN:
            known = event.event in pb.NatsMsgServerToClientEvents.values()
            name = pb.NatsMsgServerToClientEvents.Name(event.event) if known else "an event"
            carriers.add("answer", name, message.payload)


async def _add_webhooks(
    carriers: Carriers, stack: Stack, webhooks: WebhookReceiver, title: str
) -> None:
    if "webhooks" in stack.lacks:
        return
    await webhooks.wait_for(title, timeouts.WEBHOOK)
    await webhooks.notifier.wait_for(
        lambda: any(event_of(body) == "room_finished" for body in webhooks.containing(title)),
        timeouts.WEBHOOK,
    )
    for body, head in zip(webhooks.bodies, webhooks.heads, strict=True):
        if title.encode() in body:
            carriers.add("webhook", f"{event_of(body)}, headers", head)
            told = json.dumps(_bare(decode_nested(json.loads(body))))
            carriers.add("webhook", event_of(body), told.encode())


def _told(who: Intruder) -> str | None:
    """The secret in the room's data that an admitted participant got."""
    for message in who.messages:
        try:
            event = pb.NatsMsgServerToClient.FromString(message.payload)
            room = decode_nested(json.loads(event.msg)).get("room") or {}
        except (DecodeError, ValueError, AttributeError):
            continue
        if event.event == pb.RES_INITIAL_DATA:
            return secret_of_created({"room_info": room})
    return None


def _lines(response: httpx.Response) -> bytes:
    return b"".join(b"%s: %s\n" % (k.lower(), v) for k, v in response.headers.raw)


def _without_key(answer: dict[str, Any]) -> bytes:
    """An operator's answer about the room, without the field that may hold the secret."""
    return json.dumps(_bare(decode_nested(answer))).encode()


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return dict(_fields(value))
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return value


def _fields(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((k, _bare(item)) for k, item in value.items() if k != "encryption_key")
