"""Intruders: everyone who must not get a simple room's secret tries to get it.

One `AccessTrial` has a target room with two admitted participants, and intruders of one kind. While
these try, the secret crosses the bus. All bytes that an intruder received are searched. Controls:
an admitted participant with the same code finds the secret; each intruder finds its own mark.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

import httpx

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.room import unique
from conformance.bench.secrets.tracked_intruder import TrackedIntruder, attempts_in_words
from conformance.clients.headless import session
from conformance.clients.headless.bus_session import BusUnreachable
from conformance.clients.headless.intruder import Intruder, Target
from conformance.observers.leaks import Leak, LeakReader, Place, derived_from, marker
from conformance.observers.webhooks import WebhookReceiver, event_of
from conformance.stacks.base import RoomKind, Stack
from conformance.verdicts import InsufficientEvidence
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire import tokens

WAITING_ROOM = {"waiting_room_features": {"is_active": True}}
_LAST = ("room_finished",)
"""Events at a session's end (plugnmeet-protocol v1.5.0, webhook/notifier.go)."""
ASKED_AGAIN = 3
"""How often the admitted request the room's data again while an intruder may pull it."""


class IntruderKind(StrEnum):
    """The position from which an intruder tries."""

    NEIGHBOUR = "from another room"
    WAITING = "from the waiting room"
    STRANGER = "without a good token"
    WEBHOOK = "as a receiver of webhooks"


async def _nothing() -> None:
    """The end function if there is no room to end."""


@dataclass
class AccessTrial:
    """A target room, its intruders, and what they received."""

    kind: IntruderKind
    secret: str
    title: str
    admitted: TrackedIntruder
    intruders: list[TrackedIntruder] = field(default_factory=list)
    session_id: str = ""
    webhooks: list[bytes] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    """The headers of each webhook."""
    end: Callable[[], Awaitable[object]] = _nothing
    """Ends the target room."""
    before: int = 0
    """How often the admitted participant had received the secret before the others tried."""

    @cached_property
    def _reader(self) -> LeakReader:
        """The one reader of this trial, for the secret and every value derived from it."""
        needles = derived_from(
            "the secret", self.secret, [one for one in (self.session_id,) if one]
        )
        return LeakReader([*needles, marker("the title", self.title)])

    def _finds(self, kind: str, name: str, data: bytes) -> list[Leak]:
        """What the reader finds of the secret in some bytes."""
        found = self._reader.read(Place(kind, name), data)
        return [leak for leak in found if leak.needle.role == "secret"]

    def _unread(self) -> str | None:
        """What the reader could not read to the end; None if it read everything."""
        return next(iter(self._reader.reading.incomplete), None)

    def secret_went_over_the_bus(self) -> Claim:
        """The canary: the same code finds the secret where it is allowed, at the same time."""

        async def look() -> Observation:
            count = bytes(self.admitted.who.got).count(self.secret.encode())
            found = self._finds("traffic", self.admitted.who.name, bytes(self.admitted.who.got))
            return Observation(
                bool(found) and count > self.before,
                f"{self.admitted.who.name} got it {self.before} times before the others tried, "
                f"{count - self.before} times meanwhile",
            )

        return Claim("an admitted participant finds the secret with the same instrument", look, [])

    def intruders_are_connected_or_refused(self) -> list[Claim]:
        """Each intruder found its own mark, or was refused with a message."""
        return [
            intruder.finds_its_own_mark() if intruder.own else intruder.is_answered()
            for intruder in self.intruders
        ]

    def webhooks_tell_of_the_room(self) -> Claim:
        """Webhooks about this room arrived, and they contain its title."""

        async def look() -> Observation:
            reader = LeakReader([marker("the title", self.title)])
            place = Place("webhook", "the room")
            count = sum(bool(reader.read(place, body)) for body in self.webhooks)
            return Observation(
                count > 0, f"the title was found in {count} of {len(self.webhooks)} webhooks"
            )

        return Claim("the room's title is found in webhooks", look, [])

    def nobody_got_the_secret(self) -> list[Claim]:
        """One claim for each intruder."""
        if self.kind is IntruderKind.WEBHOOK:
            return [self._not_in_webhooks()]
        return [self._got_no_secret(intruder.who) for intruder in self.intruders]

    def _got_no_secret(self, who: Intruder) -> Claim:
        async def look() -> Observation:
            found = self._finds("traffic", who.name, bytes(who.got))
            everything = dict.fromkeys(f"{leak.needle.what}, {leak.encoding}" for leak in found)
            parts = [(message.subject, message.payload) for message in who.messages]
            parts += [(one.what, one.answer) for one in who.http_attempts]
            places = sorted({name for name, data in parts if self._finds("item", name, data)})
            attempts, unread = who.attempts, who.problem or self._unread()
            refused = sum("refused" in one.outcome for one in attempts)
            got = f"{len(who.got)} bytes, {len(who.messages)} messages"
            return Observation(
                not everything and not places and unread is None,
                f"{len(attempts)} attempts, {refused} refused; in {got} the secret was "
                + (f"found ({', '.join(everything)}) on {_few(places)}" if everything else "not")
                + (f"; {unread}" if unread else ""),
                {
                    "attempts": attempts_in_words(attempts),
                    "places": places[:50],
                    "bytes": len(who.got),
                },
                readable=unread is None or bool(everything or places),
            )

        return Claim(f"{who.name} does not get the secret", look, [])

    def _not_in_webhooks(self) -> Claim:
        async def look() -> Observation:
            heads = self.heads or [b""] * len(self.webhooks)
            events = sorted(
                {
                    event_of(body)
                    for body, head in zip(self.webhooks, heads, strict=True)
                    if self._finds("webhook", "body", body)
                    or self._finds("webhook", "headers", head)
                }
            )
            return Observation(
                not events,
                f"{len(self.webhooks)} webhooks read, the secret was "
                + (f"found in {', '.join(events)}" if events else "not found"),
                {"events": events},
                readable=bool(events) or self._unread() is None,
            )

        return Claim("a receiver of webhooks does not get the secret", look, [])


@contextlib.asynccontextmanager
async def access_trial(
    kind: IntruderKind, stack: Stack, webhooks: WebhookReceiver
) -> AsyncIterator[AccessTrial]:
    """All attempts of one kind of intruder against a fresh room, up to the room's end.

    Raises:
        InsufficientEvidence: someone admissible was refused, or a part of the stack is unreachable.
    """
    if kind is IntruderKind.WEBHOOK:
        stack.need("webhooks")
    room_id, title = f"conform-simple-{secrets.token_hex(5)}", unique("A target, title")
    url = None if "webhooks" in stack.lacks else webhooks.url
    created = await stack.api.create_room(
        room_id, RoomKind.SIMPLE, title=title, webhook_url=url, features=WAITING_ROOM
    )
    rooms = [room_id]
    try:
        async with contextlib.AsyncExitStack() as people:
            participants = _Participants(stack, people, rooms)
            admitted = await participants.joiner(room_id, "someone admitted", is_admin=True)
            victim = await participants.joiner(room_id, "someone else admitted", is_admin=True)
            secret = _secret(created) or await _told(stack, room_id)
            if not await admitted.who.receives(secret.encode(), timeouts.MESSAGE):
                raise InsufficientEvidence(
                    "an admitted participant got no secret: covered by SECRET-1"
                )
            if victim.who.verify is None:
                raise InsufficientEvidence("unreachable")
            target = Target(room_id, victim.who.verify.user_id, victim.who.verify)
            trial = AccessTrial(kind, secret, title, admitted)
            trial.session_id = str((created.get("room_info") or {}).get("sid") or "")
            trial.end = lambda: stack.api.see_room_ended(room_id)
            trial.intruders = await participants.intruders(kind, target)
            for intruder in trial.intruders:
                await intruder.who.try_bus(target)
            trial.before = bytes(admitted.who.got).count(secret.encode())
            await _send_secret_over_bus(stack, trial, victim, room_id)
            for intruder in trial.intruders:
                await intruder.who.try_http(target)
                await intruder.who.drain()
            yield trial
    finally:
        for one in rooms:
            await stack.api.see_room_ended(one)


async def webhooks_after_the_end(trial: AccessTrial, webhooks: WebhookReceiver) -> None:
    """End the room, wait for the webhooks of its start and end (if any), and keep them all."""
    await webhooks.wait_for(trial.title, timeouts.WEBHOOK)
    await trial.end()
    await webhooks.notifier.wait_for(
        lambda: any(event_of(body) in _LAST for body in webhooks.containing(trial.title)),
        timeouts.WEBHOOK,
    )
    pairs = list(zip(webhooks.bodies, webhooks.heads, strict=True))
    ours = [(body, head) for body, head in pairs if trial.title.encode() in body]
    trial.webhooks = [body for body, _ in ours]
    trial.heads = [head for _, head in ours]


@dataclass
class _Participants:
    """Creates participants; those in a room leave when `people` closes."""

    stack: Stack
    people: contextlib.AsyncExitStack
    rooms: list[str]

    async def joiner(self, room_id: str, name: str, *, is_admin: bool) -> TrackedIntruder:
        """A person with a valid token, as far inside the room as the server lets them."""
        own, user_id = unique("own"), f"user-{secrets.token_hex(5)}"
        token = await self.stack.api.join_token(room_id, user_id, own, is_admin=is_admin)
        intruder = TrackedIntruder(await self._enter(name, token), own)
        try:
            await intruder.who.join()
        except BusUnreachable as error:
            raise InsufficientEvidence(str(error)) from error
        await intruder.who.receives(own.encode(), timeouts.MESSAGE)
        return intruder

    async def intruders(self, kind: IntruderKind, target: Target) -> list[TrackedIntruder]:
        """The intruders of this kind."""
        if kind is IntruderKind.WEBHOOK:
            return []
        if kind is IntruderKind.WAITING:
            return [await self.joiner(target.room_id, "someone waiting", is_admin=False)]
        other = f"conform-simple-{secrets.token_hex(5)}"
        self.rooms.append(other)
        await self.stack.api.create_room(other, RoomKind.SIMPLE)
        if kind is IntruderKind.NEIGHBOUR:
            return [await self.joiner(other, "someone of another room", is_admin=True)]
        return [
            await self._stranger(name, token, target)
            for name, token in (await self._bad_tokens(target, other)).items()
        ]

    async def _bad_tokens(self, target: Target, other: str) -> dict[str, str | None]:
        at = self.stack.endpoints
        victim = tokens.Claims(
            name="x", user_id=target.user_id, room_id=target.room_id, is_admin=True
        )
        hour = 3600
        ended = await self.stack.api.join_token(other, "late", "late", is_admin=True)
        await self.stack.api.end_room(other)
        self.rooms.remove(other)
        return {
            "someone without a token": None,
            "someone with a forged token": tokens.mint_access_token(
                victim, api_key=at.api_key, api_secret=secrets.token_urlsafe(32), validity=hour
            ),
            "someone with an expired token": tokens.mint_access_token(
                victim,
                api_key=at.api_key,
                api_secret=at.api_secret,
                validity=hour,
                now=time.time() - 2 * hour,
            ),
            "someone with the token of an ended room": ended,
        }

    async def _stranger(self, name: str, token: str | None, target: Target) -> TrackedIntruder:
        who = await self._enter(name, token)
        await who.request_entry()
        try:
            await who.connect(target.urls)
        except BusUnreachable as error:
            raise InsufficientEvidence(str(error)) from error
        return TrackedIntruder(who)

    async def _enter(self, name: str, token: str | None) -> Intruder:
        return await self.people.enter_async_context(Intruder(self.stack, name, token))


async def _send_secret_over_bus(
    stack: Stack, trial: AccessTrial, victim: TrackedIntruder, room_id: str
) -> None:
    """Make the secret cross the bus: for a joiner, for repeated requests, for a metadata change."""
    user_id = f"late-{secrets.token_hex(5)}"
    token = await stack.api.join_token(room_id, user_id, user_id, is_admin=True)
    # An intruder that pulls another's messages may take them away; the intruders report that.
    with contextlib.suppress(InsufficientEvidence):
        await session.fetch_initial_data(stack, room_id, user_id, token=token)
    for _ in range(ASKED_AGAIN):
        await victim.who.send_request(pb.REQ_INITIAL_DATA)
    admitted, wanted = trial.admitted.who, trial.before
    for shown in (True, False):
        await _change_metadata(stack, admitted, room_id, shown)
        wanted += 1
        await admitted.receives(trial.secret.encode(), timeouts.MESSAGE, wanted)
    # Everything sent before the answer to a later request has been delivered by then.
    for intruder in (trial.admitted, victim, *trial.intruders):
        pongs = intruder.who.pongs
        await intruder.who.send_request(pb.PING)
        await intruder.who.answered(pongs, timeouts.MESSAGE)


async def _change_metadata(stack: Stack, admin: Intruder, room_id: str, shown: bool) -> None:
    """As an admin, show or hide the whiteboard: the server sends the metadata to everyone."""
    request = pb.ChangeVisibilityRes(room_id=room_id, visible_white_board=shown)
    async with httpx.AsyncClient(timeout=session.DEADLINE, verify=stack.verify) as http:
        await http.post(
            f"{stack.endpoints.server_url}/api/changeVisibility",
            content=request.SerializeToString(),
            headers={
                "Authorization": admin.token or "",
                "Content-Type": "application/protobuf",
            },
        )


def _secret(created: dict[str, Any]) -> str | None:
    """The secret in createRoom's answer, which only the operator gets."""
    try:
        metadata = json.loads(created["room_info"]["metadata"])
        block = metadata["room_features"]["end_to_end_encryption_features"]
        return str(block["encryption_key"]) or None
    except (KeyError, TypeError, ValueError):
        return None


async def _told(stack: Stack, room_id: str) -> str:
    user_id = f"fetcher-{secrets.token_hex(5)}"
    token = await stack.api.join_token(room_id, user_id, user_id, is_admin=True)
    told = await session.fetch_initial_data(stack, room_id, user_id, token=token)
    if not told.secret:
        raise InsufficientEvidence("the room has no secret: covered by SECRET-1")
    return told.secret


def _few(places: Sequence[str]) -> str:
    return ", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")
