"""FLOW: the right key sees, hears and interacts (article, option B, first bullet)."""

import pytest

from conformance.bench import control, holds, never
from conformance.bench.core.claims import all_of
from conformance.bench.core.participant import Channel
from conformance.bench.core.room import RoomFactory, canary
from conformance.bench.crypto.media_keys import forwarded_enough
from conformance.bench.crypto.mixed_codecs import Coded, in_coded_rooms
from conformance.bench.crypto.sfu_ciphertext import (
    every_track_is_ciphertext,
    reader_reads_what_is_clear,
)
from conformance.bench.rooms.shared_room import ENCRYPTED, Settled, in_rooms
from conformance.bench.sessions.disruptions import WAYS, Way
from conformance.bench.sessions.two_sessions import Crossed, in_sessions
from conformance.catalogue import requirement
from conformance.stacks.base import RoomKind


@requirement("FLOW-1")
@in_rooms(*ENCRYPTED)
async def test_right_key_sees_every_other(settled: Settled) -> None:
    """With the right key each sees the other's own picture, moving."""
    alice, bob = settled.alice, settled.bob
    await control(alice.got_packets("video"), bob.got_packets("video"))
    await holds(alice.is_in(), bob.is_in(), alice.sees(bob), bob.sees(alice))


@requirement("FLOW-2")
@in_rooms(*ENCRYPTED)
async def test_right_key_hears_every_other(settled: Settled) -> None:
    """With the right key each hears the other's own tones."""
    alice, bob = settled.alice, settled.bob
    await control(alice.got_packets("audio"), bob.got_packets("audio"))
    await holds(alice.is_in(), bob.is_in(), alice.hears(bob), bob.hears(alice))


@requirement("FLOW-3")
@in_rooms(*ENCRYPTED)
@pytest.mark.parametrize("channel", ["chat", "whiteboard", "data"])
async def test_right_key_exchanges_messages(settled: Settled, channel: Channel) -> None:
    """With the right key messages arrive both ways."""
    alice, bob = settled.alice, settled.bob
    await control(alice.is_in(), bob.is_in())
    there, back = canary(f"{channel}-there"), canary(f"{channel}-back")
    await alice.sends(channel, there)
    await holds(bob.reads(channel, there))
    await bob.sends(channel, back)
    await holds(alice.reads(channel, back))


@requirement("FLOW-3")
@in_rooms(*ENCRYPTED)
async def test_right_key_sees_the_shared_screen(settled: Settled) -> None:
    """With the right key a shared screen is seen, and it is the sharer's own."""
    alice, bob = settled.alice, settled.bob
    await control(alice.is_in(), bob.is_in(), bob.sees(alice))
    await alice.shares_screen()
    await holds(bob.sees(alice, source="screen"))
    await alice.stops_sharing()


@requirement("FLOW-4")
@in_sessions(*ENCRYPTED)
@pytest.mark.parametrize("way", WAYS)
async def test_right_key_gets_the_same_whenever_one_comes(crossed: Crossed, way: Way) -> None:
    """Late, after a lost connection, after a reload with a new prompt: one gets the same."""
    session = crossed.first
    await control(session.took_place(), session.life.was_tried(way))
    await holds(*session.life.gets_the_same(way))


@requirement("FLOW-5")
@in_coded_rooms(RoomKind.ZERO_KNOWLEDGE)
async def test_every_codec_works_or_is_not_sent(coded: Coded, rooms: RoomFactory) -> None:
    """VP8, VP9 and H.264 are seen and are ciphertext; AV1 does not leave in clear."""
    await control(coded.hear_each_other(), reader_reads_what_is_clear(rooms))
    await holds(*coded.see_each_other())
    media = coded.media()
    await control(forwarded_enough(media, ("audio", "camera")))
    await coded.need_choice(media)
    everybody = await coded.everybody()
    had_the_chance = everybody.had_the_chance()
    await control(had_the_chance)
    progress = all_of("they go on, and AV1 could have come", coded.go_on(), had_the_chance)
    await never(everybody.av1_in_clear(), while_=progress)
    await everybody.need_no_sealed_av1()
    await holds(every_track_is_ciphertext(everybody.media))
