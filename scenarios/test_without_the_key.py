"""WRONG and NOKEY: a wrong key, or none (article, option B, second bullet).

Each claim is made twice with the same words: about mallory, who typed a wrong secret, and about
nemo, who typed none. Every negative lasts while alice goes on seeing (or hearing) bob, and is
bound to its reason: packets arrived and the cryptor refused them.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from conformance.bench import Participant, control, given, holds, never
from conformance.bench.core.participant import Channel
from conformance.bench.core.room import canary
from conformance.bench.rooms.server_responses import different_answers, has_answers, same_answers
from conformance.bench.rooms.shared_room import Settled, in_rooms
from conformance.catalogue import requirement
from conformance.stacks.base import RoomKind

NAMES = {"WRONG": "mallory", "NOKEY": "nemo"}
REASONS: dict[str, Sequence[str]] = {
    "WRONG": ("InvalidKey",),
    "NOKEY": ("MissingKey", "InvalidKey"),
}


def wrong_and_none(number: int) -> Callable[[Any], Any]:
    """Run a scenario for WRONG-`number` about mallory and for NOKEY-`number` about nemo."""

    def decorate(function: Any) -> Any:
        cases = [
            pytest.param(area, marks=requirement(f"{area}-{number}"), id=words)
            for area, words in (("WRONG", "wrong_key"), ("NOKEY", "no_key"))
        ]
        zero_knowledge = in_rooms(RoomKind.ZERO_KNOWLEDGE)
        return zero_knowledge(pytest.mark.parametrize("area", cases)(function))

    return decorate


def outsider(settled: Settled, area: str) -> Participant:
    """mallory or nemo, once in the room.

    A client that lets nobody in without a key breaks the first promise, and there is nobody left
    of whom the others could be judged.
    """
    person = joiner(settled, area)
    person.may_try()
    return person


def joiner(settled: Settled, area: str) -> Participant:
    """mallory or nemo, in the room or not."""
    return next(person for person in settled.outsiders if person.name == NAMES[area])


@wrong_and_none(1)
async def test_still_joins_and_is_listed(settled: Settled, area: str) -> None:
    """Without the right key one still joins the session and is listed."""
    alice, bob, person = settled.alice, settled.bob, joiner(settled, area)
    await control(alice.is_in(), bob.is_in(), alice.lists(bob))
    await holds(person.is_in())
    await holds(alice.lists(person), bob.lists(person), person.lists(alice, bob))


@wrong_and_none(2)
async def test_sees_nobody(settled: Settled, area: str) -> None:
    """Without the right key one sees nobody."""
    alice, bob, person = settled.alice, settled.bob, outsider(settled, area)
    await control(alice.sees(bob), bob.sees(alice), person.is_in())
    await never(
        *(person.sees_at_all(other) for other in settled.people if other is not person),
        while_=alice.sees_more(bob, beside=person),
        because=[person.got_packets("video", 2), person.cryptor_refused(*REASONS[area])],
    )


@wrong_and_none(3)
async def test_hears_nobody(settled: Settled, area: str) -> None:
    """Without the right key one hears nobody."""
    alice, bob, person = settled.alice, settled.bob, outsider(settled, area)
    await control(alice.hears(bob), bob.hears(alice), person.is_in())
    await never(
        *(person.hears_at_all(other) for other in settled.people if other is not person),
        while_=alice.hears_more(bob, beside=person),
        because=[person.got_packets("audio", 2), person.cryptor_refused(*REASONS[area])],
    )


@wrong_and_none(4)
async def test_is_seen_by_nobody(settled: Settled, area: str) -> None:
    """Without the right key one is seen by nobody."""
    alice, bob, person = settled.alice, settled.bob, outsider(settled, area)
    await control(alice.sees(bob), bob.sees(alice), person.is_in())
    await never(
        *(other.sees_at_all(person) for other in settled.people if other is not person),
        while_=alice.sees_more(bob, beside=person),
        because=[person.media_is_refused_on_the_way_to(alice)],
    )


@wrong_and_none(5)
async def test_is_heard_by_nobody(settled: Settled, area: str) -> None:
    """Without the right key one is heard by nobody."""
    alice, bob, person = settled.alice, settled.bob, outsider(settled, area)
    await control(alice.hears(bob), bob.hears(alice), person.is_in())
    await never(
        *(other.hears_at_all(person) for other in settled.people if other is not person),
        while_=alice.hears_more(bob, beside=person),
        because=[person.media_is_refused_on_the_way_to(alice)],
    )


@wrong_and_none(6)
async def test_is_shown_decryption_errors(settled: Settled, area: str) -> None:
    """Without the right key one is shown decryption errors, on the page, where a person looks."""
    alice, bob, person = settled.alice, settled.bob, outsider(settled, area)
    await control(
        alice.sees(bob), person.is_in(), person.got_packets("video", 2), person.cryptor_refused()
    )
    # so that whoever is alone with this check still has both to fail on, media and a message
    await given(alice.sends("chat", canary("unreadable")))
    await control(person.was_sent_bytes("chat"))
    await holds(person.is_shown_decryption_errors())
    await control(alice.sees_next(bob))
    await holds(person.is_still_shown_decryption_errors())


@wrong_and_none(7)
@pytest.mark.parametrize("channel", ["chat", "whiteboard", "data"])
async def test_messages_do_not_get_through(settled: Settled, area: str, channel: Channel) -> None:
    """Without the right key no message gets through, either way."""
    alice, bob, person = settled.alice, settled.bob, outsider(settled, area)
    await control(alice.is_in(), bob.is_in(), person.is_in())
    outwards, inwards = canary(f"{channel}-out"), canary(f"{channel}-in")
    await person.tries_to_send(channel, outwards)
    await given(alice.sends(channel, inwards))
    await control(bob.reads(channel, inwards))
    await never(
        person.reads(channel, inwards),
        alice.reads(channel, outwards),
        bob.reads(channel, outwards),
        while_=alice.sees_next(bob),
        because=[person.was_sent_bytes(channel)],
    )


@wrong_and_none(8)
async def test_others_go_on_undisturbed(settled: Settled, area: str) -> None:
    """The others go on undisturbed while somebody without the right key is in the room."""
    alice, bob, person = settled.alice, settled.bob, outsider(settled, area)
    await control(settled.saw_each_other_before(), person.is_in())
    await holds(
        alice.is_in(),
        bob.is_in(),
        alice.sees_more(bob, beside=person),
        bob.sees_more(alice, beside=person),
        alice.hears_more(bob, beside=person),
        bob.hears_more(alice, beside=person),
    )


@wrong_and_none(9)
async def test_server_answers_as_it_answers_the_right_key(settled: Settled, area: str) -> None:
    """The server's answers to a right, a wrong and no key are the same: it cannot validate."""
    alice, bob, person = settled.alice, settled.bob, outsider(settled, area)
    await control(has_answers(alice), has_answers(bob), has_answers(person))
    await control(different_answers(alice, bob))
    await holds(same_answers(bob, person))
