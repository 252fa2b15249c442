"""Hosts that a participant's browser contacted and that nothing explains."""

from __future__ import annotations

from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room
from conformance.observers.page.exits.contacts import Explained, unexplained
from conformance.observers.page.outgoing import MOST_CONTACTS
from conformance.observers.page.outgoing_canary import PATH


def unexplained_of(room: Room, person: Participant) -> tuple[list[str], list[str]]:
    """The unexplained connections after the secret was typed: other data, and static files.

    Data includes what only the door saw.
    """
    if person.outgoing is None:
        return [], []
    contacts = [one for one in person.outgoing.contacts if PATH not in one.what]
    data, files = unexplained(contacts, _explained(room, person), person.typed_at)
    return [*data, *seen_by_the_door_only(room, person, person.typed_at)], files


def seen_by_the_door_only(room: Room, person: Participant, since: float = 0.0) -> list[str]:
    """Connections since then to hosts that no observer of this person's pages saw.

    Hosts that the server named are explained.
    """
    # A full list of contacts would make others look unseen. It is incomplete, and that is said.
    if person.outgoing is None or len(person.outgoing.contacts) >= MOST_CONTACTS:
        return []
    return person.outgoing.account().unexplained(_explained(room, person), since)


def door_problems(room: Room, person: Participant, canary: str) -> list[str]:
    """What shows that this person's browser has a way around its door, or that it is blind."""
    if person.outgoing is None or person.outgoing.door is None:
        return ["there is no door"]
    account = person.outgoing.account()
    problems = []
    if not account.carried(room.factory.stack.endpoints.page_url):
        problems.append("the client's page did not come through the door")
    if not account.reports(canary):
        problems.append("the canary is not reported")
    return problems


def _explained(room: Room, person: Participant) -> Explained:
    endpoints = room.factory.stack.endpoints
    known = [
        endpoints.server_url,
        endpoints.client_url,
        endpoints.livekit_url,
        endpoints.nats_url,
    ]
    told = [exchange.response_body for exchange in person.traffic.http]
    for exchange in person.traffic.http:
        told += [value.encode("utf-8", "replace") for value in exchange.response_headers.values()]
    told += [f.data for f in person.traffic.websocket_frames if f.direction == "received"]
    return Explained(known, told)
