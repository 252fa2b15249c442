"""Hosts that a participant's browser contacted and that nothing explains."""

from __future__ import annotations

from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room
from conformance.observers.page.exits.contacts import Explained, unexplained
from conformance.observers.page.outgoing_canary import PATH


def unexplained_of(room: Room, person: Participant) -> tuple[list[str], list[str]]:
    """The unexplained connections after the secret was typed: other data, and static files."""
    if person.outgoing is None:
        return [], []
    endpoints = room.factory.stack.endpoints
    known = [
        endpoints.server_url,
        endpoints.client_url,
        endpoints.livekit_url,
        endpoints.nats_url,
    ]
    told = [exchange.response_body for exchange in person.traffic.http]
    told += [f.data for f in person.traffic.websocket_frames if f.direction == "received"]
    contacts = [one for one in person.outgoing.contacts if PATH not in one.what]
    return unexplained(contacts, Explained(known, told), person.typed_at)
