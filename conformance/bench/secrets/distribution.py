"""Claims about who supplies the secret, and where it must not appear."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Participant
from conformance.bench.rooms.shared_room import SharedRoom
from conformance.clients.headless import session
from conformance.observers.answers import answers
from conformance.observers.stores import read_nats_streams
from conformance.observers.webhooks import WebhookReceiver, event_of
from conformance.stacks.base import RoomKind, Stack
from conformance.stacks.control_api import ServerRefused
from conformance.verdicts import InsufficientEvidence

_KEY_FIELD = re.compile(rb'encryption_?[kK]ey\\*"\s*:\s*\\*"([^"\\]+)')
"""A non-empty `encryption_key` in JSON, at any level of JSON inside strings."""

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
    """A joiner's data in several sessions, by the session's name."""

    told: dict[str, session.InitialData]

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


async def sessions_of_simple_rooms(stack: Stack) -> Sessions:
    """A room's first and second session, another room, and that room's breakout room."""
    first_room = f"conform-simple-{secrets.token_hex(5)}"
    other_room = f"conform-simple-{secrets.token_hex(5)}"
    told: dict[str, session.InitialData] = {}
    await stack.api.create_room(first_room, RoomKind.SIMPLE)
    told["first session"] = await _fetch(stack, first_room)
    await stack.api.end_room(first_room)
    told["second session of the same room"] = await _new_session(
        stack, first_room, told["first session"].session_id
    )
    await stack.api.create_room(other_room, RoomKind.SIMPLE)
    told["another room"] = await _fetch(stack, other_room)
    breakout, token = await session.open_breakout(stack, other_room)
    told["its breakout room"] = await session.fetch_initial_data(stack, breakout, "", token=token)
    for room in (breakout, other_room, first_room):
        await stack.api.end_room(room)
    return Sessions(told)


async def _fetch(stack: Stack, room_id: str) -> session.InitialData:
    return await session.fetch_initial_data(stack, room_id, f"fetcher-{secrets.token_hex(3)}")


async def _new_session(stack: Stack, room_id: str, old: str) -> session.InitialData:
    """Create the room again; gives a server that is still cleaning up the time to finish."""
    attempts = AsyncRetrying(
        retry=retry_if_exception_type((InsufficientEvidence, ServerRefused)),
        stop=stop_after_delay(timeouts.NEW_SESSION),
        wait=wait_fixed(0.25),
        reraise=True,
    )
    async for attempt in attempts:
        with attempt:
            await stack.api.create_room(room_id, RoomKind.SIMPLE)
            told = await _fetch(stack, room_id)
            if told.session_id == old:
                raise InsufficientEvidence(f"the first session of {room_id} did not end")
            return told
    raise InsufficientEvidence("unreachable")


def secret_in_no_webhook(shared_room: SharedRoom, webhooks: WebhookReceiver) -> Claim:
    """The webhooks about this room and its participants do not contain the secret."""

    async def look() -> Observation:
        secret = answers(shared_room.alice.traffic).secret or ""
        bodies = webhooks.containing(shared_room.room.room_id)
        found = sorted({event_of(body) for body in bodies if secret.encode() in body})
        return Observation(
            bool(secret) and not found,
            f"{len(bodies)} webhooks read, the secret was "
            + (f"found in {', '.join(found)}" if found else "not found"),
            {"events": found},
            readable=bool(secret),
        )

    return Claim("no webhook of the room and its people carries the secret", look, [])


def webhooks_tell_of_people(shared_room: SharedRoom, webhooks: WebhookReceiver) -> Claim:
    """The control: the webhooks reported who joined this room."""

    async def look() -> Observation:
        events = [event_of(body) for body in webhooks.containing(shared_room.room.room_id)]
        joined = events.count("participant_joined")
        return Observation(joined > 0, f"{joined} of {len(events)} webhooks report a join")

    return Claim("webhooks report who joined the room", look, [webhooks.notifier], timeouts.WEBHOOK)


# -- where a secret must not appear ------------------------------------------------------------


async def _places(
    shared_room: SharedRoom, stack: Stack, webhooks: WebhookReceiver
) -> dict[str, list[bytes]]:
    """All server data about the room that this run can read, by kind of place."""
    stack.need("nats", "webhooks")
    info = await stack.api.active_room_info(shared_room.room.room_id)
    places: dict[str, list[bytes]] = {
        "answers": [json.dumps(shared_room.room.created).encode(), json.dumps(info).encode()],
        "messages": [],
        "stores": [],
        "webhooks": webhooks.containing(shared_room.room.room_id),
    }
    for person in shared_room.people:
        places["answers"] += [e.response_body for e in person.traffic.http if e.response_body]
        places["messages"] += [m.payload for m in person.traffic.nats if m.direction == "received"]
    for messages in (await read_nats_streams(stack.endpoints)).values():
        places["stores"] += messages
    return places


def marker_found_everywhere(
    shared_room: SharedRoom, stack: Stack, webhooks: WebhookReceiver
) -> Claim:
    """The canary: the room's title, a random marker, appears in each kind of place."""

    async def look() -> Observation:
        marker = shared_room.room.title
        await webhooks.wait_for(marker, timeouts.WEBHOOK)
        found = {
            place: sum(marker.encode() in item for item in items)
            for place, items in (await _places(shared_room, stack, webhooks)).items()
        }
        return Observation(
            all(found.values()),
            ", ".join(f"{place}: {count}" for place, count in found.items()),
            {"found": found},
        )

    return Claim("the planted marker is found in answers, messages, stores, webhooks", look, [])


def secret_found_nowhere(shared_room: SharedRoom, stack: Stack, webhooks: WebhookReceiver) -> Claim:
    """The same reader finds neither an `encryption_key` nor a typed secret.

    A store also holds other rooms, among them simple ones with their own key. Therefore an
    `encryption_key` counts only if the item names this room or its session; a typed secret always.
    """
    typed = [s for s in (shared_room.right_secret, shared_room.wrong_secret) if s]
    names = [shared_room.room.room_id, shared_room.room.session_id]

    async def look() -> Observation:
        found: dict[str, int] = {}
        items_read = 0
        for place, items in (await _places(shared_room, stack, webhooks)).items():
            items_read += len(items)
            hits = sum(carries(item, names, typed) for item in items)
            if hits:
                found[place] = hits
        return Observation(
            not found,
            f"{items_read} items read, "
            + (", ".join(f"{n} with a secret in {p}" for p, n in found.items()) or "none has one"),
            {"found": found, "read": items_read},
        )

    return Claim("the server carries no secret", look, [])


def carries(item: bytes, names: Iterable[str], typed: Iterable[str]) -> bool:
    """Does the item contain a key of the room with these names, or a typed secret?"""
    ours = any(name.encode() in item for name in names)
    return (ours and bool(_KEY_FIELD.search(item))) or any(s.encode() in item for s in typed)
