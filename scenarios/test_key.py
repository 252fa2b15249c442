"""KEY: one-time session keys (article, The Underlying Security)."""

import pytest

from conformance.bench import (
    ENCRYPTED,
    Channel,
    RoomFactory,
    RoomKind,
    SharedRoom,
    TwoSessions,
    control,
    given,
    holds,
    in_shared_rooms,
    in_two_sessions,
    never,
    requirement,
    timeouts,
    unique,
)
from conformance.bench.crypto import (
    CapturedMessages,
    derive_all,
    forwarded_enough,
    no_nonce_byte_constant,
    no_nonce_twice,
    none_opened_with,
    one_key_opens_all,
    opened_by_none_of,
    opened_directly,
    opened_is_theirs,
    opens_as_published,
    sealed_enough,
    sealed_kinds,
    send_markers,
    some_key_opens,
    with_screen,
)


@requirement("KEY-1")
@in_shared_rooms(*ENCRYPTED)
async def test_secret_is_never_a_key_itself(shared_room: SharedRoom) -> None:
    """Neither the secret itself nor a plain hash of it opens a frame or a message."""
    alice, bob = shared_room.alice, shared_room.bob
    marker = unique("sealed")
    await given(alice.sends("chat", marker))
    media = shared_room.room.media("the session", [alice, bob])
    messages = CapturedMessages("the session", [alice, bob])
    await control(forwarded_enough(media, ("audio", "camera")))
    await never(
        opened_directly(media),
        messages.opened_directly(),
        while_=forwarded_enough(media, ("audio", "camera")),
        because=[some_key_opens(media, "audio", "camera"), messages.some_key_opens(marker)],
    )


@requirement("KEY-2")
@in_shared_rooms(*ENCRYPTED)
async def test_key_derived_outside_opens_the_frames(shared_room: SharedRoom) -> None:
    """A media key derived outside the browser opens the forwarded frames; a wrong key none."""
    alice, bob = shared_room.alice, shared_room.bob
    media = shared_room.room.media("the session", [alice, bob])
    await control(forwarded_enough(media, ("audio", "camera")))
    kinds = await with_screen(media, alice)
    await control(forwarded_enough(media, kinds, least=timeouts.FRAMES_A_RUN))
    kinds = await sealed_kinds(media, kinds)
    await holds(
        one_key_opens_all(media, kinds),
        none_opened_with(
            media, shared_room.wrong_secret or unique("wrong"), kinds, "a wrong secret"
        ),
        opened_is_theirs(media, kinds),
    )


@requirement("KEY-3")
@in_shared_rooms(*ENCRYPTED)
async def test_key_derived_outside_opens_the_messages(shared_room: SharedRoom) -> None:
    """A data key derived outside the browser opens every captured message; a wrong key none."""
    alice, bob = shared_room.alice, shared_room.bob
    captured = CapturedMessages("the session", [alice, bob])
    markers: dict[Channel, str] = {"chat": unique("sealed"), "data": unique("sealed")}
    sent = await send_markers(alice, markers)
    await control(*(bob.reads(channel, marker) for channel, marker in sent.items()))
    await control(captured.some_key_opens(*sent.values()))
    await holds(
        captured.one_key_opens_all(),
        captured.none_opened_with(shared_room.wrong_secret or unique("wrong")),
    )


@requirement("KEY-4")
@in_two_sessions(*ENCRYPTED)
async def test_no_media_key_opens_two_sessions(two_sessions: TwoSessions) -> None:
    """With the same room id and secret, no media key of one session opens the other session."""
    one, two = two_sessions.first, two_sessions.second
    await control(one.took_place(), two.took_place(), two_sessions.are_two())
    first, second, kinds = one.media, two.media, one.kinds
    await control(forwarded_enough(first, kinds), forwarded_enough(second, kinds))
    await control(some_key_opens(first, *kinds), some_key_opens(second, *kinds, also=first))
    await holds(
        *(opened_by_none_of(second, first, kind) for kind in kinds),
        *(opened_by_none_of(first, second, kind) for kind in kinds),
    )


@requirement("KEY-5")
@in_two_sessions(*ENCRYPTED)
async def test_no_data_key_opens_two_sessions(two_sessions: TwoSessions) -> None:
    """With the same room id and secret, no data key of one session opens the other session."""
    one, two = two_sessions.first, two_sessions.second
    await control(one.took_place(), two.took_place(), two_sessions.are_two())
    first, second = one.messages, two.messages
    await control(first.some_key_opens(one.marker), second.some_key_opens(two.marker, also=first))
    await holds(second.opened_by_none_of(first), first.opened_by_none_of(second))


@requirement("KEY-6")
@in_two_sessions(*ENCRYPTED)
async def test_a_replayed_session_is_not_shown(two_sessions: TwoSessions) -> None:
    """No client shows messages, pictures or sound of session 1 that are replayed in session 2."""
    one, two = two_sessions.first, two_sessions.second
    first, second = one.recording, two.recording
    await control(one.took_place(), two.took_place(), two_sessions.are_two())
    await control(first.has_messages(), second.has_messages())
    await control(*two_sessions.media_is_recorded())
    anyway = await two_sessions.opens_anyway()
    bob = await two_sessions.newcomer("bob")
    await control(bob.is_in())
    async with two.replayer() as old, two.replayer() as new:
        await old.sends(first)
        await new.sends(second)
        async with old.plays(one.recorded_media), new.plays(two.recorded_media):
            await never(
                *anyway.shown_by_replay_only(first, bob),
                while_=second.all_got_by(bob),
                because=[
                    first.reached(bob),
                    second.reached(bob),
                    bob.got_packets("video", senders=2),
                    bob.got_packets("audio", senders=2),
                ],
            )
    anyway.leave_the_rest()


@requirement("KEY-7")
@in_two_sessions(*ENCRYPTED)
async def test_no_nonce_repeats_under_one_key(two_sessions: TwoSessions) -> None:
    """No nonce repeats under one key in any track or message, also after a participant returns."""
    session = two_sessions.first
    await control(session.took_place())
    media, messages = session.media, session.messages
    await control(sealed_enough(media, messages, publishers=2))
    await holds(no_nonce_twice(media, messages), no_nonce_byte_constant(messages))


@requirement("KEY-8")
@pytest.mark.room_kind("zero-knowledge")
async def test_secret_is_used_as_it_was_typed(rooms: RoomFactory) -> None:
    """The client derives keys from Unicode, long, spaced and short secrets, all unchanged."""
    async with rooms.opened(RoomKind.ZERO_KNOWLEDGE) as room:
        everybody = await derive_all(room)
    await control(*(one.in_and_kept() for one in everybody))
    await holds(opens_as_published(everybody))
