"""FLOW: the right key sees, hears and interacts (article, option B, first bullet)."""

import pytest

from conformance.bench import (
    ARRIVALS,
    ENCRYPTED,
    Arrival,
    Channel,
    MixedCodecRoom,
    RoomFactory,
    RoomKind,
    SharedRoom,
    TwoSessions,
    all_of,
    control,
    holds,
    in_mixed_codec_rooms,
    in_shared_rooms,
    in_two_sessions,
    never,
    requirement,
    unique,
)
from conformance.bench.crypto import (
    every_forwarded_frame_was_seen_leaving,
    every_track_is_ciphertext,
    everything_sent_is_sealed,
    forwarded_enough,
    hears_shared_sound,
    plain_av1,
    plain_room_is_readable,
)


@requirement("FLOW-1")
@in_shared_rooms(*ENCRYPTED)
async def test_right_key_sees_every_other(shared_room: SharedRoom) -> None:
    """Two participants with the right key see each other's own moving picture."""
    alice, bob = shared_room.alice, shared_room.bob
    await control(alice.got_packets("video"), bob.got_packets("video"))
    await holds(alice.is_in(), bob.is_in(), alice.sees(bob), bob.sees(alice))


@requirement("FLOW-2")
@in_shared_rooms(*ENCRYPTED)
async def test_right_key_hears_every_other(shared_room: SharedRoom) -> None:
    """Two participants with the right key hear each other's own tones."""
    alice, bob = shared_room.alice, shared_room.bob
    await control(alice.got_packets("audio"), bob.got_packets("audio"))
    await holds(alice.is_in(), bob.is_in(), alice.hears(bob), bob.hears(alice))


@requirement("FLOW-3")
@in_shared_rooms(*ENCRYPTED)
@pytest.mark.parametrize("channel", ["chat", "whiteboard", "data"])
async def test_right_key_exchanges_messages(shared_room: SharedRoom, channel: Channel) -> None:
    """Messages between two participants with the right key arrive in both directions."""
    alice, bob = shared_room.alice, shared_room.bob
    await control(alice.is_in(), bob.is_in())
    there, back = unique(f"{channel}-there"), unique(f"{channel}-back")
    await alice.sends(channel, there)
    await holds(bob.reads(channel, there))
    await bob.sends(channel, back)
    await holds(alice.reads(channel, back))


@requirement("FLOW-3")
@in_shared_rooms(*ENCRYPTED)
async def test_right_key_sees_the_shared_screen(shared_room: SharedRoom) -> None:
    """A participant with the right key sees and hears the sharer's own screen."""
    alice, bob = shared_room.alice, shared_room.bob
    await control(alice.is_in(), bob.is_in(), bob.sees(alice))
    await alice.shares_screen()
    await holds(bob.sees(alice, source="screen"))
    await holds(*await hears_shared_sound(bob, alice))
    await alice.stops_sharing()


@requirement("FLOW-4")
@in_two_sessions(*ENCRYPTED)
@pytest.mark.parametrize("way", ARRIVALS)
async def test_right_key_gets_the_same_whenever_one_comes(
    two_sessions: TwoSessions, way: Arrival
) -> None:
    """The right key works after a late join, after a reconnect, and after a reload and prompt."""
    session = two_sessions.first
    await control(session.took_place(), session.disruptions.was_tried(way))
    await holds(*session.disruptions.gets_the_same(way))


@requirement("FLOW-5")
@in_mixed_codec_rooms(RoomKind.ZERO_KNOWLEDGE)
async def test_every_codec_works_or_is_not_sent(
    mixed_codec_room: MixedCodecRoom, rooms: RoomFactory
) -> None:
    """VP8, VP9 and H.264 are rendered and are ciphertext; AV1 never leaves a client in clear."""
    await control(mixed_codec_room.hear_each_other(), plain_room_is_readable(rooms))
    await holds(*mixed_codec_room.see_each_other())
    media = mixed_codec_room.media()
    await control(forwarded_enough(media, ("audio", "camera")))
    await mixed_codec_room.need_choice(media)
    async with plain_av1(rooms) as plain:
        await control(plain.is_read())
    everybody = await mixed_codec_room.everybody()
    had_the_chance = everybody.had_the_chance()
    await control(had_the_chance)
    progress = all_of(
        "they continue, and AV1 could have been sent", mixed_codec_room.go_on(), had_the_chance
    )
    await never(everybody.av1_in_clear(), while_=progress)
    await everybody.need_no_sealed_av1()
    await holds(
        every_track_is_ciphertext(everybody.media),
        everything_sent_is_sealed(everybody.people),
        every_forwarded_frame_was_seen_leaving(everybody.media, everybody.people),
    )
