"""Leak claims fail on a find, and are inconclusive without a canary or with an unread body."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.bench.core.claims import Observation
from conformance.bench.core.evaluation import control, holds
from conformance.bench.leaks.browser import BrowserTrace, BrowserTraces
from conformance.observers.leaks import Place
from conformance.observers.page.browser_stores import KINDS, StoreContents
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
    person = cast(Any, SimpleNamespace(name="alice", user_id="alice-1", traffic=traffic))
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
