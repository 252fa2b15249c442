"""BLIND: the server knows nothing (article, step 2)."""

from conformance.bench import control, holds
from conformance.bench.leaks import Left, in_left_rooms
from conformance.bench.settled import ENCRYPTED
from conformance.catalogue import requirement
from conformance.stacks.base import RoomKind


@requirement("BLIND-1")
@in_left_rooms(RoomKind.ZERO_KNOWLEDGE)
async def test_neither_secret_nor_key_leaves_the_browser(left: Left) -> None:
    """Neither the typed secret nor a key derived from it leaves a browser, in any encoding."""
    await control(left.was_used(), left.marker_seen_on_every_way())
    await holds(left.nothing_left_the_browsers())


@requirement("BLIND-6")
@in_left_rooms(*ENCRYPTED)
async def test_neither_secret_nor_key_stays_in_the_browser(left: Left) -> None:
    """After leaving, neither the secret nor a key derived from it is in any browser storage."""
    await control(left.was_used(), left.marker_kept_in_every_store())
    await holds(left.nothing_stayed_in_the_browsers())
