"""ROOM: creating the room (article, step 2)."""

import pytest

from conformance.bench import (
    ENCRYPTED,
    BadRequest,
    RoomKind,
    SharedRoom,
    Stack,
    control,
    create_once,
    holds,
    in_shared_rooms,
    recreate_weaker,
    requirement,
    room_is,
    told_encryption,
    told_of_room,
)


@requirement("ROOM-1")
@in_shared_rooms(RoomKind.SIMPLE)
async def test_simple_room_tells_every_joiner_that_the_server_supplies_the_secret(
    shared_room: SharedRoom,
) -> None:
    """Every joiner of a simple room is told that the server supplies the encryption secret."""
    await control(told_of_room(shared_room.alice), told_of_room(shared_room.bob))
    await holds(
        *(told_encryption(p, is_enabled=True, asks_for_secret=False) for p in shared_room.told)
    )


@requirement("ROOM-2")
@in_shared_rooms(RoomKind.ZERO_KNOWLEDGE)
async def test_zero_knowledge_room_tells_every_joiner_to_supply_the_secret(
    shared_room: SharedRoom,
) -> None:
    """Every joiner of a zero-knowledge room is told that the user supplies the secret."""
    await control(told_of_room(shared_room.alice), told_of_room(shared_room.bob))
    await holds(
        *(told_encryption(p, is_enabled=True, asks_for_secret=True) for p in shared_room.told)
    )


@requirement("ROOM-3")
@in_shared_rooms(RoomKind.PLAIN)
async def test_room_without_the_block_is_plain(shared_room: SharedRoom) -> None:
    """Every joiner of a room without the encryption block is told that encryption is off."""
    await control(told_of_room(shared_room.alice), told_of_room(shared_room.bob))
    await holds(
        *(told_encryption(p, is_enabled=False, asks_for_secret=False) for p in shared_room.told)
    )
    await control(
        shared_room.alice.is_in(), shared_room.bob.is_in(), shared_room.alice.sees(shared_room.bob)
    )


BAD_REQUESTS = [
    BadRequest(
        "own encryption key",
        ["encryption_key should not contain any value", "encryption_key"],
        encryption={"encryption_key": "conform-own-key"},
    ),
    BadRequest("no title", ["room_title"], metadata={"room_title": ""}),
    BadRequest("no features", ["room_features"], metadata={"room_features": None}),
    BadRequest(
        "wrong signature",
        ["Failed to verify provided authentication details"],
        headers={"HASH-SIGNATURE": "0" * 64},
    ),
    BadRequest("no signature", ["Missing HASH-SIGNATURE header"], headers={"HASH-SIGNATURE": None}),
    BadRequest("wrong key", ["Invalid API key provided"], headers={"API-KEY": "nobody"}),
    BadRequest("no key", ["Missing API-KEY header"], headers={"API-KEY": None}),
    # the product's parser (Go, protojson) says "syntax error"; the reference says "cannot be read"
    BadRequest("not JSON", ["cannot be read", "syntax error"], body=lambda body: body[:-7]),
]


@requirement("ROOM-4")
@pytest.mark.parametrize("attempt", BAD_REQUESTS, ids=lambda a: a.name.replace(" ", "-"))
async def test_bad_request_gets_its_error_and_creates_nothing(
    stack: Stack, attempt: BadRequest
) -> None:
    """A bad createRoom request gets its own error and creates nothing."""
    good = await create_once(stack, RoomKind.SIMPLE)
    await control(room_is(stack, good, active=True))
    bad = attempt.for_new_room()
    try:
        await holds(bad.refused(stack))
        # after the request: before it there is no room either
        await holds(bad.created_nothing(stack))
    finally:
        for room in (bad.room_id, good):
            await stack.api.see_room_ended(room)


@requirement("ROOM-5")
@pytest.mark.parametrize("kind", ENCRYPTED, ids=str)
async def test_creating_an_active_room_again_does_not_weaken_it(
    stack: Stack, kind: RoomKind
) -> None:
    """Creating an active room again with weaker settings changes neither it nor its description."""
    recreated = await recreate_weaker(stack, kind)
    await control(recreated.was_encrypted())
    await holds(*recreated.is_not_weakened(), *recreated.nobody_claims_otherwise())
