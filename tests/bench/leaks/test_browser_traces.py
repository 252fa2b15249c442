"""Leak claims fail on a find, and are inconclusive without a canary or with an unread body."""

from __future__ import annotations

from base64 import b64encode
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.bench.core.claims import Observation
from conformance.bench.core.evaluation import control, holds
from conformance.bench.leaks.browser import BrowserTrace, BrowserTraces
from conformance.bench.leaks.observations import LOCAL
from conformance.observers.door import Door
from conformance.observers.door.connection import Connection
from conformance.observers.leaks import Place
from conformance.observers.page.browser_stores import KINDS, StoreContents
from conformance.observers.page.exits.account import Account, Watched
from conformance.observers.page.exits.contacts import Contact, contact_of
from conformance.observers.page.made_keys import Computed, MadeKeys
from conformance.observers.page.outgoing_canary import PATH
from conformance.observers.sent_media.canary import jpeg, wav
from conformance.verdicts import ClaimFailed, ControlFailed, InsufficientEvidence

SECRET = "right-0123456789abcdef01234567"
MARKER = "kept-9c8b7a6f5e4d3c2b"


def left(
    extra: list[tuple[Place, bytes]] | None = None,
    unread: list[str] | None = None,
    without: str | None = None,
    secret: str = SECRET,
) -> BrowserTraces:
    traffic = SimpleNamespace(server_events=list, http=[])
    person = cast(
        Any,
        SimpleNamespace(
            name="alice", user_id="alice-123456", traffic=traffic, made_keys=None, outgoing=None
        ),
    )
    items = [(Place(kind, "x"), MARKER.encode()) for kind in KINDS if kind != without]
    trace = BrowserTrace(person, "sent-0123456789abcdef", MARKER)
    trace.stores = [StoreContents([*items, *(extra or [])], unread or [])]
    room = cast(Any, SimpleNamespace(session_id="session", room_id="room"))
    return BrowserTraces(room, [trace], {"the secret": secret}, {"used": Observation(True, "yes")})


async def test_clean_stores_with_every_canary_hold() -> None:
    room = left()
    await control(room.was_used(), room.marker_kept_in_every_store())
    await holds(room.nothing_stayed_in_the_browsers())


async def test_a_secret_in_a_store_fails_and_is_not_shown() -> None:
    with pytest.raises(ClaimFailed, match=r"the secret .*localStorage of alice, y") as failure:
        await holds(
            left([(Place("localStorage", "y"), SECRET.encode())]).nothing_stayed_in_the_browsers()
        )
    assert SECRET not in str(failure.value)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_missing_canary_is_inconclusive(kind: str) -> None:
    with pytest.raises(ControlFailed, match=f"alice: {kind}"):
        await control(left(without=kind).marker_kept_in_every_store())


async def test_unread_data_proves_no_absence() -> None:
    with pytest.raises(ControlFailed, match="a store that is too large"):
        await holds(left(unread=["a store that is too large"]).nothing_stayed_in_the_browsers())


async def test_a_key_that_stays_fails_although_nobody_can_read_it() -> None:
    room = left(unread=["a store that is too large"])
    room.traces[0].stores[0].keys = ["a CryptoKey AES-GCM, secret, for decrypt in the IndexedDB x"]
    with pytest.raises(
        ClaimFailed, match=r"a key that cannot be exported stays: alice: a CryptoKey"
    ):
        await holds(room.nothing_stayed_in_the_browsers())


@pytest.mark.parametrize("secret", ["", "short"])
async def test_an_unsearchable_secret_is_insufficient_evidence(secret: str) -> None:
    with pytest.raises(InsufficientEvidence):
        await holds(left(secret=secret).nothing_stayed_in_the_browsers())


async def test_a_room_that_was_not_used_is_inconclusive() -> None:
    room = left()
    room.did["bob gets a chat message"] = Observation(False, "not read")
    with pytest.raises(ControlFailed, match="bob gets a chat message"):
        await control(room.was_used())


class Sent:
    """What a fake browser sent."""

    def __init__(self, *items: tuple[Place, bytes], unread: list[str] | None = None) -> None:
        self._items, self._unread = list(items), unread or []
        self.console: list[str] = []
        self.contacts: list[Contact] = []
        self.door: Door | None = None

    def account(self) -> Account:
        watched = Watched.of(self.contacts, self._items)
        return Account(self.door.connections if self.door else [], watched)

    def items(self) -> list[tuple[Place, bytes]]:
        return self._items

    messages = items

    def incomplete(self) -> list[str]:
        return self._unread

    def fingerprints(self) -> list[str]:
        return []


TEXT = "chat-0123456789abcdef01234567"
BODY = Place("HTTP body", "POST /api/note")


def sending(*items: tuple[Place, bytes], records: list[Computed] | None = None) -> BrowserTraces:
    room = left()
    made = MadeKeys()
    made.records = records or []
    person = cast(Any, room.traces[0].person)
    person.outgoing, person.made_keys, person.typed_at = Sent(*items), made, 0.0
    person.traffic.nats, person.traffic.websocket_frames = [], []
    person.traffic.http = []
    person.mark = SimpleNamespace(identity=77)
    room.said = {"alice's chat message 1": TEXT}
    endpoints = SimpleNamespace(
        server_url="http://localhost:8080",
        page_url="http://localhost:8080",
        client_url=None,
        livekit_url=None,
        nats_url=None,
    )
    cast(Any, room.room).factory = SimpleNamespace(stack=SimpleNamespace(endpoints=endpoints))
    return room


async def test_a_text_beside_the_sealed_channels_fails() -> None:
    found = sending((BODY, b'{"source": "%s"}' % TEXT.encode()))
    with pytest.raises(ClaimFailed, match=r"alice's chat message 1 .*HTTP body of alice"):
        await holds(found.nothing_said_left_in_clear())


@pytest.mark.parametrize("kind", sorted(LOCAL))
async def test_a_text_inside_the_browser_does_not_count(kind: str) -> None:
    await holds(sending((Place(kind, "x"), TEXT.encode())).nothing_said_left_in_clear())


async def test_what_the_client_computed_from_the_secret_fails() -> None:
    key = bytes(range(60, 92))
    record = Computed("digest", "SHA-384", (SECRET.encode(),), key)
    room = sending((BODY, b"x=" + key.hex().encode()), records=[record])
    with pytest.raises(ClaimFailed, match="output of the client's digest with SHA-384"):
        await holds(room.nothing_left_the_browsers())


async def test_another_host_fails() -> None:
    room = sending()
    out = cast(Any, room.traces[0].person.outgoing)
    out.contacts = [contact_of("https://stats.example/v1?q=1", "POST", 1.0)]
    with pytest.raises(ClaimFailed, match=r"unexplained egress: alice: stats\.example:443"):
        await holds(room.nothing_left_the_browsers())


def carrying(*connections: Connection) -> BrowserTraces:
    """A browser whose pages saw nothing, and what its door carried."""
    room = sending()
    door = Door()
    door.connections += connections
    cast(Any, room.traces[0].person.outgoing).door = door
    return room


def tunnel_to(host: str, sent: bytes) -> Connection:
    made = Connection(host, 443, 1.0, is_tunnel=True)
    made.takes(sent, 1 << 20)
    return made


async def test_what_only_the_door_saw_fails_for_secrets_and_pictures() -> None:
    room = carrying(tunnel_to("stats.example", b"\x16\x03\x01" + b"x" * 45))
    words = r"unexplained egress: alice: 48 bytes to stats\.example:443"
    with pytest.raises(ClaimFailed, match=words):
        await holds(room.nothing_left_the_browsers())
    with pytest.raises(ClaimFailed, match=words):
        await holds(room.no_picture_or_sound_left())


async def test_a_door_must_carry_the_page_and_report_the_canary() -> None:
    page = Connection("localhost", 8080, 1.0, is_tunnel=False, url="http://localhost:8080/")
    page.takes(b"GET http://localhost:8080/ HTTP/1.1\r\n\r\n", 1 << 20)
    canary = tunnel_to(f"x.{PATH}.invalid", b"")
    room = carrying(page, canary)
    room.traces[0].door_canary = canary.host
    await control(room.doors_are_watched())
    await holds(room.no_picture_or_sound_left())
    without = carrying(page)
    without.traces[0].door_canary = canary.host
    with pytest.raises(ControlFailed, match="alice: the canary is not reported"):
        await control(without.doors_are_watched())
    around = carrying(canary)
    around.traces[0].door_canary = canary.host
    with pytest.raises(ControlFailed, match="page did not come through the door"):
        await control(around.doors_are_watched())
    with pytest.raises(ControlFailed, match="there is no door"):
        await control(sending().doors_are_watched())


async def test_a_key_must_open_what_was_sealed() -> None:
    room = sending()
    person = cast(Any, room.traces[0].person)
    with pytest.raises(ControlFailed, match="no messages; 0 keys"):
        await control(room.client_keys_open())
    person.made_keys.keys.append(b"k" * 16)
    await control(room.client_keys_open())


async def test_noise_is_not_explained() -> None:
    room = sending((BODY, bytes(range(256)) * 40))
    with pytest.raises(ControlFailed, match="cannot be decoded or explained"):
        await holds(room.no_picture_or_sound_left())


async def test_a_picture_of_a_person_fails() -> None:
    with pytest.raises(ClaimFailed, match=r"a picture with a mark: .* JPEG in the HTTP body"):
        await holds(sending((BODY, jpeg(77))).no_picture_or_sound_left())


async def test_planted_media_is_the_canary() -> None:
    place = Place("HTTP body", f"POST /{PATH}")
    url = b'{"picture": "data:image/jpeg;base64,%s"}' % b64encode(jpeg(5))
    room = sending((place, jpeg(5)), (place, url), (place, wav(5)))
    room.traces[0].planted = 5
    await control(room.planted_media_found())
    await holds(room.no_picture_or_sound_left())
    room = sending((place, jpeg(5)))
    room.traces[0].planted = 5
    with pytest.raises(ControlFailed, match="alice: a JPEG as a data URL, sound"):
        await control(room.planted_media_found())
