"""HOSTILE: a client against a server that lies (follows from the article's introduction).

Every safe reaction is right: the client may refuse, stop, or continue encrypted. A check fails if
anything readable left the client, or if the client rendered media as if they were encrypted.
"""

import pytest

from conformance.bench import (
    ENCRYPTED,
    Channel,
    HonestRoom,
    PlainRoomControl,
    RoomFactory,
    RoomKind,
    Stack,
    beside_honest_rooms,
    control,
    holds,
    never,
    requirement,
)
from conformance.bench.hostile import (
    CHANNELS,
    FAILURE_POINTS,
    LURES,
    NOT_INCLUDED,
    PLAIN,
    PLAIN_ONCE_INSIDE,
    SECRET,
    SIMPLE,
    cannot_encrypt,
    deceived,
    end_meeting_and_read,
    need_sealed_channel,
    plain_room_is_readable,
    put_clear_messages,
    shown_in_plain_room,
    some_key_opens,
    tell,
    unable_to_encrypt,
)


@requirement("HOSTILE-1")
@beside_honest_rooms(RoomKind.ZERO_KNOWLEDGE)
async def test_nothing_leaves_in_clear_when_the_room_is_called_plain(
    lying_server: Stack,
    honest_room: HonestRoom,
    plain_room_control: PlainRoomControl,
    rooms: RoomFactory,
) -> None:
    """A client that prompted sends nothing in clear, even if told that the room is plain."""
    await control(honest_room.works(), plain_room_is_readable(rooms))
    for lie in (PLAIN, PLAIN_ONCE_INSIDE):
        async with deceived(rooms, lie) as dave:
            await control(dave.was_prompted(), dave.was_told())
            await control(await plain_room_control.speaks(dave.tap, CHANNELS))
            await control(honest_room.goes_on())
            await holds(dave.nothing_left_in_clear())


@requirement("HOSTILE-2")
@beside_honest_rooms(RoomKind.ZERO_KNOWLEDGE)
async def test_secret_of_the_server_is_not_used(
    lying_server: Stack,
    honest_room: HonestRoom,
    plain_room_control: PlainRoomControl,
    rooms: RoomFactory,
) -> None:
    """A client that prompted never uses a server-supplied secret, even in a room called simple."""
    await control(honest_room.works(), plain_room_is_readable(rooms))
    await control(some_key_opens(honest_room.media, "audio", "camera"))
    for lie in (SECRET, SIMPLE):
        async with deceived(rooms, lie) as dave:
            await control(dave.was_prompted(), dave.was_told())
            await control(await plain_room_control.speaks(dave.tap))
            await control(honest_room.goes_on())
            await holds(dave.servers_secret_opens_nothing(), dave.nothing_left_in_clear())


@requirement("HOSTILE-3")
@beside_honest_rooms(*ENCRYPTED)
async def test_unencrypted_track_is_not_rendered(
    honest_room: HonestRoom, plain_room_control: PlainRoomControl
) -> None:
    """In an encrypted room a client neither shows nor plays a track that arrives unencrypted."""
    alice, bob = honest_room.alice, honest_room.bob
    await control(honest_room.works())
    async with honest_room.with_unencrypted_track() as track:
        await control(plain_room_control.renders(track), track.is_forwarded_in_clear())
        await never(*track.is_rendered_by(alice, bob), while_=honest_room.goes_on())


@requirement("HOSTILE-3")
@beside_honest_rooms(*ENCRYPTED)
async def test_track_in_clear_beside_an_unencrypted_one_is_not_rendered(
    honest_room: HonestRoom, plain_room_control: PlainRoomControl
) -> None:
    """The same for pictures that claim to be encrypted, beside sound that does not claim it."""
    alice, bob = honest_room.alice, honest_room.bob
    await control(honest_room.works())
    async with honest_room.with_mixed_tracks() as track:
        await control(plain_room_control.renders(track), track.is_forwarded_in_clear())
        await never(*track.is_rendered_by(alice, bob), while_=honest_room.goes_on())


@requirement("HOSTILE-4")
@beside_honest_rooms(*ENCRYPTED)
async def test_injected_frame_is_not_rendered(
    honest_room: HonestRoom, plain_room_control: PlainRoomControl
) -> None:
    """A client neither shows nor plays injected media frames with the server's own trailer."""
    alice, bob = honest_room.alice, honest_room.bob
    await control(honest_room.works())
    async with honest_room.with_injected_frames() as frames:
        await control(plain_room_control.renders(frames), frames.is_forwarded_in_clear())
        await never(
            *frames.is_rendered_by(alice, bob),
            while_=honest_room.goes_on(),
            because=[alice.got_packets("video", senders=2), alice.got_packets("audio", senders=2)],
        )


@requirement("HOSTILE-5")
@beside_honest_rooms(*ENCRYPTED)
async def test_encryption_that_cannot_start_stops_publishing(
    honest_room: HonestRoom, plain_room_control: PlainRoomControl, rooms: RoomFactory
) -> None:
    """A client whose encryption worker or cryptography fails sends nothing in clear."""
    await control(honest_room.works(), plain_room_is_readable(rooms))
    async with cannot_encrypt(rooms, honest_room.room.kind) as others:
        for point in FAILURE_POINTS:
            async with others.with_crypto_failure(point) as wendy:
                await control(wendy.failure_occurred())
                await control(await plain_room_control.speaks(wendy.tap))
                await control(honest_room.goes_on())
                await holds(wendy.nothing_left_in_clear())


@requirement("HOSTILE-6")
@beside_honest_rooms(RoomKind.ZERO_KNOWLEDGE)
async def test_no_message_makes_the_client_hand_over_the_secret(
    lying_server: Stack, honest_room: HonestRoom, rooms: RoomFactory
) -> None:
    """Links, redirects, an app token and the meeting's end do not make a client send the secret."""
    await control(honest_room.works())
    async with deceived(rooms, LURES, watched=True) as dave:
        await tell(rooms, dave.room.room_id, LURES)
        await control(dave.was_prompted(), dave.was_told(), honest_room.goes_on())
        left = await end_meeting_and_read(dave)
        await control(left.was_used(), left.marker_seen_on_every_way(), left.doors_are_watched())
        await holds(left.nothing_left_the_browsers())


@requirement("HOSTILE-7")
@beside_honest_rooms(*ENCRYPTED)
@pytest.mark.parametrize("channel", CHANNELS)
async def test_clear_message_is_not_shown_as_if_it_were_sealed(
    honest_room: HonestRoom, plain_room_control: PlainRoomControl, channel: Channel
) -> None:
    """In an encrypted room a client does not show a message in clear like any other."""
    alice, bob = honest_room.alice, honest_room.bob
    need_sealed_channel(honest_room, channel)
    await control(honest_room.works())
    await control(await shown_in_plain_room(plain_room_control, channel))
    clear = await put_clear_messages(honest_room.room, channel)
    await control(clear.reach(alice), clear.reach(bob))
    await never(*clear.are_shown_to(alice, bob), while_=honest_room.goes_on())


@requirement("HOSTILE-7")
@beside_honest_rooms(RoomKind.ZERO_KNOWLEDGE)
async def test_channel_is_not_opened_at_the_servers_word(
    lying_server: Stack,
    honest_room: HonestRoom,
    plain_room_control: PlainRoomControl,
    rooms: RoomFactory,
) -> None:
    """Told inside that chat and whiteboard are not included, a client sends nothing in clear."""
    await control(honest_room.works(), plain_room_is_readable(rooms))
    async with deceived(rooms, NOT_INCLUDED) as dave:
        await control(dave.was_prompted(), dave.was_told())
        await control(await plain_room_control.speaks(dave.tap, CHANNELS))
        await control(honest_room.goes_on())
        await holds(dave.nothing_left_in_clear())


@requirement("HOSTILE-8")
@beside_honest_rooms(*ENCRYPTED)
async def test_browser_without_encoded_transforms_sends_nothing_and_says_so(
    honest_room: HonestRoom, plain_room_control: PlainRoomControl, rooms: RoomFactory
) -> None:
    """In a browser without encoded transforms a client sends nothing, and its page says why."""
    await control(honest_room.works())
    async with unable_to_encrypt(rooms, honest_room.room.kind, "transforms") as olivia:
        await control(olivia.cannot_encrypt())
        await control(await plain_room_control.speaks(olivia.tap))
        await control(honest_room.goes_on())
        await holds(olivia.sent_nothing(), olivia.says_why(honest_room.alice))


@requirement("HOSTILE-8")
@beside_honest_rooms(RoomKind.ZERO_KNOWLEDGE)
async def test_insecure_page_sends_nothing_and_says_so(
    honest_room: HonestRoom, plain_room_control: PlainRoomControl, rooms: RoomFactory
) -> None:
    """At an address that is no secure context a client sends nothing, and its page says why."""
    await control(honest_room.works())
    async with unable_to_encrypt(rooms, honest_room.room.kind, "context") as olivia:
        await control(olivia.cannot_encrypt())
        await control(await plain_room_control.speaks(olivia.tap))
        await control(honest_room.goes_on())
        await holds(olivia.sent_nothing(), olivia.says_why(honest_room.alice))
