"""BLIND: the server knows nothing (article, introduction, option B and conclusion)."""

from conformance.bench import control, holds, never
from conformance.bench.core import timeouts
from conformance.bench.core.participant import Channel
from conformance.bench.core.room import RoomFactory, canary
from conformance.bench.crypto.bus_ciphertext import Carried, in_clear, tapped, that_can_be_sent
from conformance.bench.crypto.media_keys import forwarded_enough, with_screen
from conformance.bench.crypto.sfu_ciphertext import (
    anything_in_clear,
    every_track_is_ciphertext,
    nothing_opens_without_a_secret,
    reader_reads_what_is_clear,
)
from conformance.bench.leaks.browser import Left
from conformance.bench.leaks.full_session import in_left_rooms, of_ended_sessions
from conformance.bench.leaks.server_stores import Ended
from conformance.bench.rooms.shared_room import ENCRYPTED, Settled, in_rooms
from conformance.bench.sessions.two_sessions import Crossed, in_sessions
from conformance.catalogue import requirement
from conformance.stacks.base import RoomKind

CHANNELS: tuple[Channel, ...] = ("chat", "whiteboard", "data")


@requirement("BLIND-1")
@in_left_rooms(RoomKind.ZERO_KNOWLEDGE)
async def test_neither_secret_nor_key_leaves_the_browser(left: Left) -> None:
    """Neither the typed secret nor a key derived from it leaves a browser, in any encoding."""
    await control(left.was_used(), left.marker_seen_on_every_way())
    await holds(left.nothing_left_the_browsers())


@requirement("BLIND-2")
@of_ended_sessions(RoomKind.ZERO_KNOWLEDGE)
async def test_no_store_of_the_server_holds_the_secret(ended: Ended) -> None:
    """Neither the typed secret nor a key of it is in any store, log or file, during and after."""
    await control(ended.was_lived(), ended.witness_found())
    await holds(ended.secret_is_nowhere())


@requirement("BLIND-3")
@in_rooms(*ENCRYPTED)
async def test_sfu_forwards_only_ciphertext(settled: Settled, rooms: RoomFactory) -> None:
    """Every track of every participant, screens too, is ciphertext; a plain room's are not."""
    media = settled.room.media("the session", settled.people)
    right = settled.room.media("the session", [settled.alice, settled.bob])
    await control(reader_reads_what_is_clear(rooms))
    kinds = await with_screen(right, settled.alice)
    await control(forwarded_enough(right, kinds, least=timeouts.FRAMES_A_RUN))
    await never(
        anything_in_clear(media), while_=forwarded_enough(right, kinds, least=timeouts.FRAMES_A_RUN)
    )
    await holds(every_track_is_ciphertext(media), nothing_opens_without_a_secret(media))


@requirement("BLIND-3")
@in_sessions(*ENCRYPTED)
async def test_sfu_forwards_ciphertext_whatever_happens(
    crossed: Crossed, rooms: RoomFactory
) -> None:
    """Devices off and on, others, a late joiner, a lost connection, a reload: all is ciphertext."""
    session = crossed.first
    await control(session.took_place(), reader_reads_what_is_clear(rooms))
    await control(session.life.took_its_course(), forwarded_enough(session.media, ("audio",)))
    await holds(every_track_is_ciphertext(session.media))


@requirement("BLIND-4")
@in_rooms(*ENCRYPTED)
async def test_bus_carries_only_ciphertext(settled: Settled, rooms: RoomFactory) -> None:
    """What is said, drawn and signalled in an encrypted room passes on the bus as ciphertext."""
    alice, bob = settled.alice, settled.bob
    rooms.stack.need("nats")
    clear = {channel: canary("clear") for channel in CHANNELS}
    async with tapped(rooms.stack.endpoints) as tap:
        for _ in ("the first time", "and again"):
            sealed = {channel: canary("sealed") for channel in CHANNELS}
            for channel, marker in (await that_can_be_sent(alice, sealed)).items():
                await control(bob.reads(channel, marker))
        async with rooms.opened(RoomKind.PLAIN) as plain:
            carol = await plain.join("carol", secret=None, is_admin=True)
            await control(carol.is_in())
            heard = in_clear(tap, await that_can_be_sent(carol, clear))
            carried = Carried(tap, settled.joined, sealed)
            await never(carried.markers_are_heard_in_clear(), while_=heard)
    await control(carried.keys_open_the_markers())
    await holds(carried.every_payload_is_sealed())


@requirement("BLIND-5")
@of_ended_sessions(*ENCRYPTED)
async def test_server_keeps_nothing_of_an_ended_session(ended: Ended) -> None:
    """After the session the server holds no chat text, no media and no secret."""
    await control(ended.was_lived(), ended.witness_found())
    await holds(ended.nothing_said_is_kept(), ended.no_secret_is_kept(), ended.no_media_is_kept())


@requirement("BLIND-6")
@in_left_rooms(*ENCRYPTED)
async def test_neither_secret_nor_key_stays_in_the_browser(left: Left) -> None:
    """After leaving, neither the secret nor a key derived from it is in any browser storage."""
    await control(left.was_used(), left.marker_kept_in_every_store())
    await holds(left.nothing_stayed_in_the_browsers())
