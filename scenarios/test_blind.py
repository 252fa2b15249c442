"""BLIND: the server knows nothing (article, introduction, option B and conclusion)."""

from conformance.bench import control, holds, never
from conformance.bench.blind import (
    anything_in_clear,
    every_track_is_ciphertext,
    reader_reads_what_is_clear,
)
from conformance.bench.forwarded import media_of
from conformance.bench.leaks import Left, in_left_rooms
from conformance.bench.media_keys import forwarded_enough, with_screen
from conformance.bench.room import RoomFactory
from conformance.bench.settled import ENCRYPTED, Settled, in_rooms
from conformance.catalogue import requirement
from conformance.stacks.base import RoomKind


@requirement("BLIND-1")
@in_left_rooms(RoomKind.ZERO_KNOWLEDGE)
async def test_neither_secret_nor_key_leaves_the_browser(left: Left) -> None:
    """Neither the typed secret nor a key derived from it leaves a browser, in any encoding."""
    await control(left.was_used(), left.marker_seen_on_every_way())
    await holds(left.nothing_left_the_browsers())


@requirement("BLIND-3")
@in_rooms(*ENCRYPTED)
async def test_sfu_forwards_only_ciphertext(settled: Settled, rooms: RoomFactory) -> None:
    """Every track of every participant, screens too, is ciphertext; a plain room's are not."""
    media = media_of("the session", settled.room, settled.people)
    right = media_of("the session", settled.room, [settled.alice, settled.bob])
    await control(reader_reads_what_is_clear(rooms))
    kinds = await with_screen(right, settled.alice)
    await never(anything_in_clear(media), while_=forwarded_enough(right, kinds, least=200))
    await holds(every_track_is_ciphertext(media))


@requirement("BLIND-6")
@in_left_rooms(*ENCRYPTED)
async def test_neither_secret_nor_key_stays_in_the_browser(left: Left) -> None:
    """After leaving, neither the secret nor a key derived from it is in any browser storage."""
    await control(left.was_used(), left.marker_kept_in_every_store())
    await holds(left.nothing_stayed_in_the_browsers())
