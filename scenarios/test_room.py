"""ROOM: creating the room (article, step 2)."""

import pytest

from conformance.bench import control, holds
from conformance.bench.rooms.recreation import recreate_weaker
from conformance.bench.rooms.server_responses import (
    Attempt,
    create_once,
    room_is,
    told_encryption,
    told_of_room,
)
from conformance.bench.rooms.shared_room import ENCRYPTED, Settled, in_rooms
from conformance.catalogue import requirement
from conformance.stacks.base import RoomKind, Stack


@requirement("ROOM-1")
@in_rooms(RoomKind.SIMPLE)
async def test_simple_room_tells_every_joiner_that_the_server_supplies_the_secret(
    settled: Settled,
) -> None:
    """Every joiner of a simple room is told: encryption is on, the server supplies the secret."""
    await control(told_of_room(settled.alice), told_of_room(settled.bob))
    await holds(*(told_encryption(p, is_enabled=True, asks_for_secret=False) for p in settled.told))


@requirement("ROOM-2")
@in_rooms(RoomKind.ZERO_KNOWLEDGE)
async def test_zero_knowledge_room_tells_every_joiner_to_supply_the_secret(
    settled: Settled,
) -> None:
    """Every joiner of a zero-knowledge room is told: encryption is on, the user has the secret."""
    await control(told_of_room(settled.alice), told_of_room(settled.bob))
    await holds(*(told_encryption(p, is_enabled=True, asks_for_secret=True) for p in settled.told))


@requirement("ROOM-3")
@in_rooms(RoomKind.PLAIN)
async def test_room_without_the_block_is_plain(settled: Settled) -> None:
    """Every joiner of a room created without the encryption block is told that it is off."""
    await control(told_of_room(settled.alice), told_of_room(settled.bob))
    await holds(
        *(told_encryption(p, is_enabled=False, asks_for_secret=False) for p in settled.told)
    )
    await control(settled.alice.is_in(), settled.bob.is_in(), settled.alice.sees(settled.bob))


BAD_REQUESTS = [
    Attempt(
        "own encryption key",
        ["encryption_key should not contain any value", "encryption_key"],
        encryption={"encryption_key": "conform-own-key"},
    ),
    Attempt("no title", ["room_title"], metadata={"room_title": ""}),
    Attempt("no features", ["room_features"], metadata={"room_features": None}),
    Attempt(
        "wrong signature",
        ["Failed to verify provided authentication details"],
        headers={"HASH-SIGNATURE": "0" * 64},
    ),
    Attempt("no signature", ["Missing HASH-SIGNATURE header"], headers={"HASH-SIGNATURE": None}),
    Attempt("wrong key", ["Invalid API key provided"], headers={"API-KEY": "nobody"}),
    Attempt("no key", ["Missing API-KEY header"], headers={"API-KEY": None}),
    # the product's parser (Go, protojson) says "syntax error", the reference "cannot be read"
    Attempt("not JSON", ["cannot be read", "syntax error"], body=lambda body: body[:-7]),
]


@requirement("ROOM-4")
@pytest.mark.parametrize("attempt", BAD_REQUESTS, ids=lambda a: a.name.replace(" ", "-"))
async def test_bad_request_gets_its_error_and_creates_nothing(
    stack: Stack, attempt: Attempt
) -> None:
    """A bad createRoom request gets its own error and creates nothing."""
    good = await create_once(stack, RoomKind.SIMPLE)
    await control(room_is(stack, good, active=True))
    bad = attempt.anew()
    try:
        await holds(bad.refused(stack))
        await holds(bad.created_nothing(stack))  # not beside it: before it there is no room either
    finally:
        for room in (bad.room_id, good):
            await stack.api.see_room_ended(room)


@requirement("ROOM-5")
@pytest.mark.parametrize("kind", ENCRYPTED, ids=str)
async def test_creating_an_active_room_again_does_not_weaken_it(
    stack: Stack, kind: RoomKind
) -> None:
    """An active room that is created again with weaker settings stays as it was, and is said to."""
    recreated = await recreate_weaker(stack, kind)
    await control(recreated.was_encrypted())
    await holds(*recreated.is_not_weakened(), *recreated.nobody_claims_otherwise())
