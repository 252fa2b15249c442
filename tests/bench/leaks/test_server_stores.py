"""Claims about stores judge finds, absences, and items that could not be read."""

from __future__ import annotations

import pytest

from conformance.bench.core.claims import Observation
from conformance.bench.core.evaluation import control, holds
from conformance.bench.leaks.search import LeakSearcher
from conformance.bench.leaks.server_stores import (
    KEY,
    SAID,
    SECRET,
    StoreCanary,
    StoreSnapshots,
    StoreSweep,
    needles_of,
)
from conformance.observers.stores import Item, Store, Unread
from conformance.stacks.base import RoomKind
from conformance.verdicts import ClaimFailed, ControlFailed

SESSION = "0b2a8f8e-3b9e-4b0e-9d1a-000000000000"
CANARY = StoreCanary("canary-title-1", "conform-canary-1", "planted-1")
NEEDLES = needles_of("right-secret-1", SESSION, "said-0123456789")
SEARCHER = LeakSearcher(NEEDLES | CANARY.needles)
STORES = [Store.NATS, Store.JETSTREAM, Store.FILES, Store.LOGS]


def swept(*more: Item | Unread, without: Store | None = None) -> StoreSweep:
    sweep = StoreSweep(STORES)
    marked = {
        Store.NATS: b"{title: canary-title-1}",
        Store.JETSTREAM: b"canary-title-1",
        Store.FILES: b"\x1aE\xdf\xa3planted-1",
        Store.LOGS: b"conform-canary-1 is created",
    }
    items: list[Item | Unread] = [
        Item(store, "conform-canary-1", data) for store, data in marked.items() if store != without
    ]
    for item in [*items, *more]:
        hits = SEARCHER.search(item.name, item.data) if isinstance(item, Item) else ()
        sweep.take(item, hits)
    return sweep


def ended(kind: RoomKind, during: StoreSweep, after: StoreSweep) -> StoreSnapshots:
    return StoreSnapshots(kind, None, Observation(True, "read"), during, after, "")  # type: ignore[arg-type]


async def test_nothing_found_while_the_canary_is_holds() -> None:
    for kind in (RoomKind.SIMPLE, RoomKind.ZERO_KNOWLEDGE):
        session = ended(kind, swept(), swept())
        await control(session.took_place(), session.canary_found())
        await holds(
            session.secret_is_nowhere(),
            session.nothing_said_is_kept(),
            session.no_secret_is_kept(),
            session.no_media_is_kept(),
        )


@pytest.mark.parametrize("store", STORES)
async def test_a_store_without_the_canary_proves_no_absence(store: Store) -> None:
    session = ended(RoomKind.SIMPLE, swept(), swept(without=store))
    with pytest.raises(ControlFailed, match=f"canary not found in: {store}"):
        await control(session.canary_found())


@pytest.mark.parametrize("store", STORES)
async def test_a_typed_secret_in_any_store_fails(store: Store) -> None:
    for needle in (SECRET, *(name for name in NEEDLES if name.startswith(KEY))):
        leak = Item(store, "x", b"..." + NEEDLES[needle].hex().encode())
        session = ended(RoomKind.ZERO_KNOWLEDGE, swept(leak), swept())
        with pytest.raises(ClaimFailed):
            await holds(session.secret_is_nowhere())
        session = ended(RoomKind.ZERO_KNOWLEDGE, swept(), swept(leak))
        with pytest.raises(ClaimFailed):
            await holds(session.no_secret_is_kept())


async def test_unread_items_are_inconclusive_unless_something_was_found() -> None:
    closed = Unread(Store.LOGS, "server", "PermissionError")
    session = ended(RoomKind.ZERO_KNOWLEDGE, swept(), swept(closed))
    for claim in (
        session.secret_is_nowhere(),
        session.nothing_said_is_kept(),
        session.no_secret_is_kept(),
        session.no_media_is_kept(),
    ):
        with pytest.raises(ControlFailed, match="could not evaluate"):
            await holds(claim)
    leak = Item(Store.NATS, "x", NEEDLES[SECRET])
    session = ended(RoomKind.ZERO_KNOWLEDGE, swept(), swept(closed, leak))
    with pytest.raises(ClaimFailed):
        await holds(session.secret_is_nowhere())


@pytest.mark.parametrize("store", STORES)
async def test_a_servers_own_secret_may_be_in_freed_blocks_only(store: Store) -> None:
    session = ended(RoomKind.SIMPLE, swept(), swept(Item(store, "x", NEEDLES[SECRET])))
    if store is Store.JETSTREAM:
        await holds(session.no_secret_is_kept())
    else:
        with pytest.raises(ClaimFailed):
            await holds(session.no_secret_is_kept())
    derived = next(name for name in NEEDLES if name.startswith(KEY))
    session = ended(RoomKind.SIMPLE, swept(), swept(Item(store, "x", NEEDLES[derived])))
    with pytest.raises(ClaimFailed):
        await holds(session.no_secret_is_kept())


@pytest.mark.parametrize("store", STORES)
async def test_chat_text_may_be_nowhere(store: Store) -> None:
    session = ended(RoomKind.SIMPLE, swept(), swept(Item(store, "x", NEEDLES[SAID])))
    with pytest.raises(ClaimFailed):
        await holds(session.nothing_said_is_kept())


async def test_a_recording_among_the_servers_files_fails() -> None:
    recording = Item(Store.FILES, "recordings/room.webm", b"\x1aE\xdf\xa3...")
    session = ended(RoomKind.SIMPLE, swept(), swept(recording))
    with pytest.raises(ClaimFailed, match=r"room\.webm"):
        await holds(session.no_media_is_kept())


async def test_an_earlier_recording_of_another_room_is_no_failure() -> None:
    older = Item(Store.FILES, "recordings/older.webm", b"\x1aE\xdf\xa3...")
    session = ended(RoomKind.SIMPLE, swept(), swept(older))
    session.media_before = frozenset({older.name})
    await holds(session.no_media_is_kept())


async def test_a_recording_with_another_rooms_name_belongs_to_that_room() -> None:
    elsewhere = Item(Store.FILES, "artifacts/conform-plain-12/mixed.wav", b"\x1aE\xdf\xa3...")
    here = Item(Store.FILES, "artifacts/conform-simple-34/mixed.wav", b"\x1aE\xdf\xa3...")
    session = ended(RoomKind.SIMPLE, swept(), swept(elsewhere))
    session.others = frozenset({"conform-plain-12"})
    await holds(session.no_media_is_kept())
    session = ended(RoomKind.SIMPLE, swept(), swept(elsewhere, here))
    session.others = frozenset({"conform-plain-12"})
    with pytest.raises(ClaimFailed, match="conform-simple-34"):
        await holds(session.no_media_is_kept())


def test_a_secret_of_four_digits_is_not_searched() -> None:
    assert SECRET not in needles_of("1234", SESSION, "said-0123456789")
