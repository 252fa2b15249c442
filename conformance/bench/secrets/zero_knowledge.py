"""Claims that the server carries no secret of a zero-knowledge room (SECRET-4).

One reader searches everything of the server that this run can read: answers, messages, links,
stores and webhooks. What comes to a participant of the room is about this room, whether it names
the room or not. A store also holds other rooms, among them simple ones with keys of their own:
there a key counts only beside a name of this room.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import dropwhile

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Participant
from conformance.bench.rooms.shared_room import SharedRoom
from conformance.bench.secrets.named_keys import named_keys
from conformance.observers.leaks import LeakReader, Needle, Place, derived_from, marker
from conformance.observers.stores import read_nats_streams
from conformance.observers.webhooks import WebhookReceiver
from conformance.stacks.base import Stack

MARKED: tuple[str, ...] = ("answer", "message", "link", "store", "webhook")
"""The kinds of place in which the reader must find a marker."""


@dataclass(frozen=True)
class Carried:
    """Something of the server. `ours`: it is about this room, whatever it names."""

    place: Place
    data: bytes
    ours: bool


@dataclass
class CarrierReading:
    """What the reader found in everything of the server.

    Attributes:
        found: finds of secrets, in words without the secret.
        marked: the number of finds of a marker, by the kind of place.
    """

    items: int = 0
    found: list[str] = field(default_factory=list)
    marked: Counter[str] = field(default_factory=Counter)
    incomplete: list[str] = field(default_factory=list)

    def finds_the_markers(self) -> Claim:
        """The canary: the room's random title, and a name in each link, are found."""

        async def look() -> Observation:
            words = ", ".join(f"{kind}: {self.marked[kind]}" for kind in MARKED)
            return Observation(
                all(self.marked[kind] for kind in MARKED), words, {"found": dict(self.marked)}
            )

        text = "the planted marker is found in answers, messages, links, stores and webhooks"
        return Claim(text, look, [])

    def finds_no_secret(self) -> Claim:
        """Neither a typed secret nor a value derived from it, nor a key of the server, is there."""

        async def look() -> Observation:
            kinds = Counter(self.found)
            return Observation(
                not kinds,
                f"{self.items} items read, "
                + ("; ".join(f"{n} times {what}" for what, n in kinds.items()) or "none has one"),
                {"found": dict(kinds), "read": self.items, "incomplete": self.incomplete[:10]},
                readable=bool(kinds) or not self.incomplete,
            )

        return Claim("the server carries no secret", look, [])


async def read_carriers(
    shared_room: SharedRoom, stack: Stack, webhooks: WebhookReceiver
) -> CarrierReading:
    """Read everything of the server about this room.

    Raises:
        InsufficientEvidence: the stack gives no access to the message bus or to webhooks.
    """
    stack.need("nats", "webhooks")
    await webhooks.wait_for(shared_room.room.title, timeouts.WEBHOOK)
    info = await stack.api.active_room_info(shared_room.room.room_id)
    streams = await read_nats_streams(stack.endpoints)
    items = [*_answers(shared_room, info), *_stored(shared_room, streams)]
    items += _posted(shared_room, webhooks)
    for person in shared_room.people:
        items += _traffic(person)
    return await asyncio.to_thread(
        read_items, items, needles_of(shared_room), names_of(shared_room)
    )


def names_of(shared_room: SharedRoom) -> list[bytes]:
    """The names by which a store or a webhook can mean this room."""
    room = shared_room.room
    return [room.room_id.encode(), room.session_id.encode()]


def needles_of(shared_room: SharedRoom) -> list[Needle]:
    """Typed secrets and what is derived from them, and the markers."""
    room = shared_room.room
    found = [marker("the room's title", room.title)]
    found += [
        marker("a user id", person.user_id)
        for person in shared_room.people
        if len(person.user_id) >= 8
    ]
    for who, secret in (("right", shared_room.right_secret), ("wrong", shared_room.wrong_secret)):
        if secret:
            found += derived_from(f"the {who} secret that was typed", secret, [room.session_id])
    return found


def read_items(items: list[Carried], needles: list[Needle], names: list[bytes]) -> CarrierReading:
    """Search all items with one reader."""
    reader, reading = LeakReader(needles), CarrierReading(items=len(items))
    for item in items:
        for leak in reader.read(item.place, item.data):
            if leak.needle.role == "marker":
                reading.marked[item.place.kind] += 1
            else:
                reading.found.append(f"{leak.needle.what} in a {item.place.kind}")
        if item.ours or any(name in item.data for name in names):
            reading.found += [
                f"{name} in a {item.place.kind}" for name in dict.fromkeys(named_keys(item.data))
            ]
    reading.incomplete = list(reader.reading.incomplete)
    return reading


def _answers(shared_room: SharedRoom, info: dict[str, object]) -> Iterator[Carried]:
    for name, answer in (("createRoom", shared_room.room.created), ("getActiveRoomInfo", info)):
        yield Carried(Place("answer", name), json.dumps(answer).encode(), ours=True)


def _traffic(person: Participant) -> Iterator[Carried]:
    """The server's side of a participant's own traffic."""
    yield Carried(Place("link", person.name), person.token.encode(), ours=True)
    for exchange in person.traffic.http:
        if exchange.response_body:
            place = Place("answer", f"{exchange.method} {exchange.url.partition('?')[0]}")
            yield Carried(place, exchange.response_body, ours=True)
    for message in person.traffic.nats:
        if message.direction == "received":
            heads = json.dumps(message.headers).encode() if message.headers else b""
            place = Place("message", message.subject)
            yield Carried(place, heads + message.payload, ours=True)


def _stored(shared_room: SharedRoom, streams: dict[str, list[bytes]]) -> Iterator[Carried]:
    for name, messages in streams.items():
        ours = shared_room.room.room_id in name
        for message in messages:
            yield Carried(Place("store", name), message, ours)


def _posted(shared_room: SharedRoom, webhooks: WebhookReceiver) -> Iterator[Carried]:
    """The webhooks since the room's first: before it, nobody had typed the secret."""
    room_id = shared_room.room.room_id.encode()
    posted = zip(webhooks.heads, webhooks.bodies, strict=True)
    for head, body in dropwhile(lambda one: room_id not in one[1], posted):
        yield Carried(Place("webhook", "body"), body, room_id in body)
        yield Carried(Place("webhook", "headers"), head, room_id in body)
