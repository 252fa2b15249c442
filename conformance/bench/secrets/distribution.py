"""Claims about who supplies the secret, and where it must not appear."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import unique
from conformance.bench.rooms.shared_room import SharedRoom
from conformance.clients.headless import session
from conformance.observers.answers import answers
from conformance.observers.leaks import LeakReader, Place, derived_from
from conformance.observers.webhooks import WebhookReceiver, event_of
from conformance.stacks.base import RoomKind, Stack
from conformance.stacks.control_api import ServerRefused
from conformance.verdicts import InsufficientEvidence

MANY: Final = 12
"""Joiners of one room: enough to see a fault that affects one joiner in ten."""


def one_secret_for_all(people: Sequence[Participant]) -> Claim:
    """Each joiner got a non-empty secret, and it is the same one for all."""

    async def look() -> Observation:
        given = {person.name: answers(person.traffic).secret for person in people}
        later = [key for person in people for key in answers(person.traffic).later_secrets]
        without = [name for name, secret in given.items() if not secret]
        different = {secret for secret in (*given.values(), *later) if secret}
        return Observation(
            not without and len(different) == 1,
            f"{len(given) - len(without)} of {len(given)} got a secret, "
            f"{len(different)} different ones",
            {"without": without, "different": len(different)},
        )

    return Claim("every joiner gets the same, non-empty secret", look, [])


@dataclass(frozen=True)
class Joiners:
    """The data that each of many joiners of one room got, by the joiner's name."""

    told: dict[str, session.InitialData]

    def are_in_one_session(self) -> Claim:
        """The control: everyone got the same session id."""

        async def look() -> Observation:
            ids = {told.session_id for told in self.told.values()}
            words = f"{len(self.told)} answers about {len(ids)} sessions"
            return Observation(len(ids) == 1 and all(ids), words, {"session_ids": sorted(ids)})

        return Claim("all of them are in one session", look, [])

    def have_one_secret(self) -> Claim:
        """Each got a non-empty secret, and it is the same one for all."""

        async def look() -> Observation:
            without = [name for name, told in self.told.items() if not told.secret]
            by_secret: dict[str, list[str]] = {}
            for name, told in self.told.items():
                by_secret.setdefault(told.secret or "", []).append(name)
            odd = sorted(by_secret.values(), key=len)[:-1]
            return Observation(
                not without and not odd,
                f"{len(self.told)} answers, {len(by_secret)} different secrets"
                + (f"; another one for {', '.join(odd[0])}" if odd else ""),
                {"without": without, "another": odd},
            )

        return Claim("each of many joiners gets the same, non-empty secret", look, [])


async def many_joiners(stack: Stack) -> Joiners:
    """Fetch the data of joiners of one simple room one by one, and of one who comes back."""
    room_id = f"conform-simple-{secrets.token_hex(5)}"
    await stack.api.create_room(room_id, RoomKind.SIMPLE)
    told: dict[str, session.InitialData] = {}
    token = ""
    for number in range(1, MANY + 1):
        user_id = f"joiner-{number}-{secrets.token_hex(3)}"
        token = await stack.api.join_token(room_id, user_id, user_id)
        told[f"joiner {number}"] = await session.fetch_initial_data(
            stack, room_id, user_id, token=token
        )
    told[f"joiner {MANY} after coming back"] = await _come_back(stack, room_id, user_id, token)
    await stack.api.end_room(room_id)
    return Joiners(told)


async def _come_back(stack: Stack, room_id: str, user_id: str, token: str) -> session.InitialData:
    """`fetch_initial_data` for a user who has just left: a server notices that with a delay.

    plugNmeet-server v2.4.0 refuses a user who still counts as present (pkg/controllers/auth.go).
    """
    attempts = AsyncRetrying(
        retry=retry_if_exception_type(session.TokenRefused),
        stop=stop_after_delay(timeouts.GONE),
        wait=wait_fixed(0.1),
        reraise=True,
    )
    return await attempts(session.fetch_initial_data, stack, room_id, user_id, token=token)


@dataclass(frozen=True)
class Sessions:
    """A joiner's data in several sessions, by the session's name, in the order of their creation.

    `made`: when the request that created a session began and ended, in nanoseconds since 1970.
    """

    told: dict[str, session.InitialData]
    made: dict[str, tuple[int, int]] = field(default_factory=dict)

    def all_different_session_ids(self) -> Claim:
        """All session ids differ."""

        async def look() -> Observation:
            ids = [told.session_id for told in self.told.values()]
            return Observation(
                all(ids) and len(set(ids)) == len(ids),
                f"{len(set(ids))} different session ids of {len(ids)} sessions",
                {"session_ids": ids},
            )

        return Claim("the sessions have different ids", look, [])

    def all_have_secrets(self) -> Claim:
        """The server supplied a secret in each session."""

        async def look() -> Observation:
            without = [name for name, told in self.told.items() if not told.secret]
            return Observation(not without, f"without a secret: {without or 'none'}", {})

        return Claim("each session has a secret", look, [])

    def all_different_secrets(self) -> Claim:
        """No two sessions share a secret."""

        async def look() -> Observation:
            by_secret: dict[str | None, list[str]] = {}
            for name, told in self.told.items():
                by_secret.setdefault(told.secret, []).append(name)
            shared = [names for names in by_secret.values() if len(names) > 1]
            return Observation(
                not shared,
                "no secret is shared"
                if not shared
                else "shared by: " + "; ".join(", ".join(names) for names in shared),
                {"shared": shared},
            )

        return Claim("no two sessions share a secret", look, [])


FIRST, SECOND = "first session", "second session of the same room"
OTHER, BREAKOUT = "another room", "its breakout room"


async def sessions_of_simple_rooms(stack: Stack) -> Sessions:
    """A room's first and second session, another room, and that room's breakout room."""
    first_room = f"conform-simple-{secrets.token_hex(5)}"
    other_room = f"conform-simple-{secrets.token_hex(5)}"
    told: dict[str, session.InitialData] = {}
    made: dict[str, tuple[int, int]] = {}
    made[FIRST] = await _create(stack, first_room)
    told[FIRST] = await _fetch(stack, first_room)
    await stack.api.end_room(first_room)
    told[SECOND], made[SECOND] = await _new_session(stack, first_room, told[FIRST].session_id)
    made[OTHER] = await _create(stack, other_room)
    told[OTHER] = await _fetch(stack, other_room)
    began = time.time_ns()
    breakout, token = await session.open_breakout(stack, other_room)
    made[BREAKOUT] = began, time.time_ns()
    told[BREAKOUT] = await session.fetch_initial_data(stack, breakout, "", token=token)
    for room in (breakout, other_room, first_room):
        await stack.api.end_room(room)
    return Sessions(told, made)


async def _create(stack: Stack, room_id: str) -> tuple[int, int]:
    began = time.time_ns()
    await stack.api.create_room(room_id, RoomKind.SIMPLE, title=unique("A simple room, title"))
    return began, time.time_ns()


async def _fetch(stack: Stack, room_id: str) -> session.InitialData:
    return await session.fetch_initial_data(stack, room_id, f"fetcher-{secrets.token_hex(3)}")


async def _new_session(
    stack: Stack, room_id: str, old: str
) -> tuple[session.InitialData, tuple[int, int]]:
    """Create the room again; gives a server that is still cleaning up the time to finish."""
    attempts = AsyncRetrying(
        retry=retry_if_exception_type((InsufficientEvidence, ServerRefused)),
        stop=stop_after_delay(timeouts.NEW_SESSION),
        wait=wait_fixed(0.25),
        reraise=True,
    )
    async for attempt in attempts:
        with attempt:
            made = await _create(stack, room_id)
            told = await _fetch(stack, room_id)
            if told.session_id == old:
                raise InsufficientEvidence(f"the first session of {room_id} did not end")
            return told, made
    raise InsufficientEvidence("unreachable")


def secret_in_no_webhook(shared_room: SharedRoom, webhooks: WebhookReceiver) -> Claim:
    """The webhooks about this room and its participants do not contain the secret."""

    async def look() -> Observation:
        told, room = answers(shared_room.alice.traffic), shared_room.room
        if not told.secret:
            return Observation(False, "the room has no secret to look for", readable=False)
        sessions = [told.session_id or room.session_id, room.room_id]
        needles = await asyncio.to_thread(derived_from, "the secret", told.secret, sessions)
        reader, found = LeakReader(needles), set[str]()
        pairs = list(zip(webhooks.bodies, webhooks.heads, strict=True))
        ours = [(body, head) for body, head in pairs if room.room_id.encode() in body]
        for body, head in ours:
            for part, data in (("body", body), ("headers", head)):
                place = Place(f"webhook {part}", event_of(body))
                found |= {f"{event_of(body)} ({leak.needle.what}, {leak.encoding})"
                          for leak in reader.read(place, data)}  # fmt: skip
        return Observation(
            not found,
            f"{len(ours)} webhooks read, the secret was "
            + (f"found in {', '.join(sorted(found))}" if found else "not found"),
            {"events": sorted(found), "incomplete": reader.reading.incomplete[:5]},
            readable=bool(found) or not reader.reading.incomplete,
        )

    return Claim("no webhook of the room and its people carries the secret", look, [])


def webhooks_tell_of_people(shared_room: SharedRoom, webhooks: WebhookReceiver) -> Claim:
    """The control: the webhooks reported who joined this room."""

    async def look() -> Observation:
        events = [event_of(body) for body in webhooks.containing(shared_room.room.room_id)]
        joined = events.count("participant_joined")
        return Observation(joined > 0, f"{joined} of {len(events)} webhooks report a join")

    return Claim("webhooks report who joined the room", look, [webhooks.notifier], timeouts.WEBHOOK)
