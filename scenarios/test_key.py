"""KEY: one-time session keys (article, The Underlying Security)."""

import pytest

from conformance.bench import control, given, holds, never
from conformance.bench.core import timeouts
from conformance.bench.core.participant import Channel
from conformance.bench.core.room import RoomFactory, canary
from conformance.bench.crypto.bus_ciphertext import that_can_be_sent
from conformance.bench.crypto.media_keys import (
    forwarded_enough,
    none_opened_with,
    one_key_opens_all,
    opened_by_none_of,
    opened_directly,
    opened_is_theirs,
    sealed_kinds,
    some_key_opens,
    with_screen,
)
from conformance.bench.crypto.message_keys import Captured
from conformance.bench.crypto.nonces import no_nonce_byte_constant, no_nonce_twice, sealed_enough
from conformance.bench.crypto.typed_secrets import derive_all, opens_as_published
from conformance.bench.rooms.shared_room import ENCRYPTED, Settled, in_rooms
from conformance.bench.sessions.replay import MEDIA, opens_anyway, replayer
from conformance.bench.sessions.two_sessions import Crossed, in_sessions
from conformance.catalogue import requirement
from conformance.stacks.base import RoomKind


@requirement("KEY-1")
@in_rooms(*ENCRYPTED)
async def test_secret_is_never_a_key_itself(settled: Settled) -> None:
    """No frame and no message opens with the secret as a key, nor with a plain hash of it."""
    alice, bob = settled.alice, settled.bob
    marker = canary("sealed")
    await given(alice.sends("chat", marker))
    media = settled.room.media("the session", [alice, bob])
    messages = Captured("the session", [alice, bob])
    await control(forwarded_enough(media, ("audio", "camera")))
    await never(
        opened_directly(media),
        messages.opened_directly(),
        while_=forwarded_enough(media, ("audio", "camera")),
        because=[some_key_opens(media, "audio", "camera"), messages.some_key_opens(marker)],
    )


@requirement("KEY-2")
@in_rooms(*ENCRYPTED)
async def test_key_derived_outside_opens_the_frames(settled: Settled) -> None:
    """A media key derived outside of the browser opens the forwarded frames; a wrong one none."""
    alice, bob = settled.alice, settled.bob
    media = settled.room.media("the session", [alice, bob])
    kinds = await with_screen(media, alice)
    await control(forwarded_enough(media, kinds, least=timeouts.FRAMES_A_RUN))
    kinds = await sealed_kinds(media, kinds)
    await holds(
        one_key_opens_all(media, kinds),
        none_opened_with(media, settled.wrong_secret or canary("wrong"), kinds, "a wrong secret"),
        opened_is_theirs(media, kinds),
    )


@requirement("KEY-3")
@in_rooms(*ENCRYPTED)
async def test_key_derived_outside_opens_the_messages(settled: Settled) -> None:
    """A data key derived outside of the browser opens every captured message; a wrong one none."""
    alice, bob = settled.alice, settled.bob
    captured = Captured("the session", [alice, bob])
    markers: dict[Channel, str] = {"chat": canary("sealed"), "data": canary("sealed")}
    for channel, marker in (await that_can_be_sent(alice, markers)).items():
        await control(bob.reads(channel, marker))
    await control(captured.some_key_opens(markers["chat"]))
    await holds(
        captured.one_key_opens_all(),
        captured.none_opened_with(settled.wrong_secret or canary("wrong")),
    )


@requirement("KEY-4")
@in_sessions(*ENCRYPTED)
async def test_no_media_key_opens_two_sessions(crossed: Crossed) -> None:
    """Same room id, same secret, two sessions: no media key of one opens the other."""
    one, two = crossed.first, crossed.second
    await control(one.took_place(), two.took_place(), crossed.are_two())
    first, second, kinds = one.media, two.media, one.kinds
    await control(forwarded_enough(first, kinds), forwarded_enough(second, kinds))
    await control(some_key_opens(first, *kinds), some_key_opens(second, *kinds, also=first))
    await holds(
        *(opened_by_none_of(second, first, kind) for kind in kinds),
        *(opened_by_none_of(first, second, kind) for kind in kinds),
    )


@requirement("KEY-5")
@in_sessions(*ENCRYPTED)
async def test_no_data_key_opens_two_sessions(crossed: Crossed) -> None:
    """Same room id, same secret, two sessions: no data key of one opens the other."""
    one, two = crossed.first, crossed.second
    await control(one.took_place(), two.took_place(), crossed.are_two())
    first, second = one.messages, two.messages
    await control(first.some_key_opens(one.marker), second.some_key_opens(two.marker, also=first))
    await holds(second.opened_by_none_of(first), first.opened_by_none_of(second))


@requirement("KEY-6")
@in_sessions(*ENCRYPTED)
async def test_a_replayed_session_is_not_shown(crossed: Crossed) -> None:
    """Messages, pictures and sound of session 1 that are sent again in session 2 show nothing."""
    one, two = crossed.first, crossed.second
    first, second, media = one.recording, two.recording, (one.recorded_media, two.recorded_media)
    await control(one.took_place(), two.took_place(), crossed.are_two())
    await control(first.has_messages(), second.has_messages())
    await control(*(forwarded_enough(each, MEDIA) for each in media))
    anyway = await opens_anyway(first, second, media)
    bob = await crossed.newcomer("bob")
    await control(bob.is_in())
    async with replayer(two.room) as old, replayer(two.room) as new:
        await old.sends(first)
        await new.sends(second)
        async with old.plays(media[0]), new.plays(media[1]):
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
@in_sessions(*ENCRYPTED)
async def test_no_nonce_repeats_under_one_key(crossed: Crossed) -> None:
    """No nonce comes twice under one key: every track, every message, before and after a return."""
    session = crossed.first
    await control(session.took_place())
    media, messages = session.media, session.messages
    await control(sealed_enough(media, messages, publishers=2))
    await holds(no_nonce_twice(media, messages), no_nonce_byte_constant(messages))


@requirement("KEY-8")
@pytest.mark.room_kind("zero-knowledge")
async def test_secret_is_used_as_it_was_typed(rooms: RoomFactory) -> None:
    """Unicode, long, spaced and short secrets: each derives as published, unchanged."""
    async with rooms.opened(RoomKind.ZERO_KNOWLEDGE) as room:
        everybody = await derive_all(room)
    await control(*(one.in_and_kept() for one in everybody))
    await holds(opens_as_published(everybody))
