"""WRONG and NOKEY: a participant with a wrong key, or with none (article, option B, second bullet).

Each scenario runs twice: for mallory, who typed a wrong secret, and for nemo, who typed none. Every
negative claim must hold while alice continues to see (or hear) bob. It also needs its reason:
packets arrived, and the cryptor refused them.
"""

import pytest

from conformance.bench import (
    REASONS,
    Channel,
    SharedRoom,
    applies_to,
    control,
    different_answers,
    has_answers,
    holds,
    is_shown_decryption_errors,
    joiner,
    never,
    person_without_key,
    requirement_pair,
    same_answers,
    send_unreadable,
    unique,
    was_sent_bytes,
)


@requirement_pair("WRONG-1", "NOKEY-1")
async def test_still_joins_and_is_listed(shared_room: SharedRoom, area: str) -> None:
    """A participant without the right key still joins the session and is listed."""
    alice, bob, person = shared_room.alice, shared_room.bob, joiner(shared_room, area)
    await control(alice.is_in(), bob.is_in(), alice.lists(bob))
    await holds(person.is_in())
    await holds(alice.lists(person), bob.lists(person), person.lists(alice, bob))


@requirement_pair("WRONG-2", "NOKEY-2")
async def test_sees_nobody(shared_room: SharedRoom, area: str) -> None:
    """A participant without the right key sees nobody."""
    alice, bob, person = shared_room.alice, shared_room.bob, person_without_key(shared_room, area)
    await control(alice.sees(bob), bob.sees(alice), person.is_in())
    await never(
        *(person.sees_at_all(other) for other in shared_room.people if other is not person),
        while_=alice.sees_more(bob, beside=person),
        because=[person.got_packets("video", 2), person.cryptor_refused(*REASONS[area])],
    )


@requirement_pair("WRONG-3", "NOKEY-3")
async def test_hears_nobody(shared_room: SharedRoom, area: str) -> None:
    """A participant without the right key hears nobody."""
    alice, bob, person = shared_room.alice, shared_room.bob, person_without_key(shared_room, area)
    await control(alice.hears(bob), bob.hears(alice), person.is_in())
    await never(
        *(person.hears_at_all(other) for other in shared_room.people if other is not person),
        while_=alice.hears_more(bob, beside=person),
        because=[person.got_packets("audio", 2), person.cryptor_refused(*REASONS[area])],
    )


@requirement_pair("WRONG-4", "NOKEY-4")
async def test_is_seen_by_nobody(shared_room: SharedRoom, area: str) -> None:
    """Nobody sees a participant without the right key."""
    alice, bob, person = shared_room.alice, shared_room.bob, person_without_key(shared_room, area)
    await control(alice.sees(bob), bob.sees(alice), person.is_in())
    await never(
        *(other.sees_at_all(person) for other in shared_room.people if other is not person),
        while_=alice.sees_more(bob, beside=person),
        because=[person.media_is_refused_on_the_way_to(alice)],
    )


@requirement_pair("WRONG-5", "NOKEY-5")
async def test_is_heard_by_nobody(shared_room: SharedRoom, area: str) -> None:
    """Nobody hears a participant without the right key."""
    alice, bob, person = shared_room.alice, shared_room.bob, person_without_key(shared_room, area)
    await control(alice.hears(bob), bob.hears(alice), person.is_in())
    await never(
        *(other.hears_at_all(person) for other in shared_room.people if other is not person),
        while_=alice.hears_more(bob, beside=person),
        because=[person.media_is_refused_on_the_way_to(alice)],
    )


@requirement_pair("WRONG-6", "NOKEY-6")
async def test_is_shown_decryption_errors(shared_room: SharedRoom, area: str) -> None:
    """A participant without the right key can read decryption errors; others are shown none."""
    alice, bob, person = shared_room.alice, shared_room.bob, person_without_key(shared_room, area)
    await control(
        alice.sees(bob), person.is_in(), person.got_packets("video", 2), person.cryptor_refused()
    )
    for _ in range(2):
        message = await send_unreadable(alice, person)
        await control(message.arrived())
        await holds(is_shown_decryption_errors(person, message.at))
        await control(alice.sees_next(bob))
    await holds(shared_room.right_keys_are_shown_no_errors())


@requirement_pair("WRONG-7", "NOKEY-7")
@pytest.mark.parametrize("channel", ["chat", "whiteboard", "data"])
async def test_messages_do_not_get_through(
    shared_room: SharedRoom, area: str, channel: Channel
) -> None:
    """No message gets through to or from a participant without the right key."""
    alice, bob, person = shared_room.alice, shared_room.bob, person_without_key(shared_room, area)
    await control(alice.is_in(), bob.is_in(), person.is_in())
    outwards, inwards = unique(f"{channel}-out"), unique(f"{channel}-in")
    await person.tries_to_send(channel, outwards)
    await applies_to(alice.sends(channel, inwards))
    await control(bob.reads(channel, inwards))
    await never(
        person.reads(channel, inwards),
        alice.reads(channel, outwards),
        bob.reads(channel, outwards),
        while_=alice.sees_next(bob),
        because=[was_sent_bytes(person, channel)],
    )


@requirement_pair("WRONG-8", "NOKEY-8")
async def test_others_go_on_undisturbed(shared_room: SharedRoom, area: str) -> None:
    """A participant without the right key does not disturb the others in the room."""
    alice, bob, person = shared_room.alice, shared_room.bob, person_without_key(shared_room, area)
    await control(shared_room.saw_each_other_before(), person.is_in())
    await holds(
        alice.is_in(),
        bob.is_in(),
        alice.sees_more(bob, beside=person),
        bob.sees_more(alice, beside=person),
        alice.hears_more(bob, beside=person),
        bob.hears_more(alice, beside=person),
    )


@requirement_pair("WRONG-9", "NOKEY-9")
async def test_server_answers_as_it_answers_the_right_key(
    shared_room: SharedRoom, area: str
) -> None:
    """The server cannot validate keys: it answers a right, a wrong and no key in the same way."""
    alice, bob, person = shared_room.alice, shared_room.bob, person_without_key(shared_room, area)
    await control(has_answers(alice), has_answers(bob), has_answers(person))
    await control(different_answers(alice, bob))
    await holds(same_answers(bob, person))
