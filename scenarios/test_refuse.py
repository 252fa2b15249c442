"""REFUSE: server-side features fail in an encrypted room (article, step 3)."""

import pytest

from conformance.bench import control, holds, never
from conformance.bench.core.claims import all_of
from conformance.bench.core.room import RoomFactory
from conformance.bench.refusals.ai import Assistant
from conformance.bench.refusals.ingress_sip import DOORS, knock, stays_shut
from conformance.bench.refusals.keyless_agent import sent_to
from conformance.bench.refusals.keyless_recorder import note_what_is_handed_out, uninvited
from conformance.bench.refusals.recorder_control import Attached
from conformance.bench.refusals.recording import Task
from conformance.bench.refusals.target_room import Refusing, asking, in_refusing_rooms, refusals
from conformance.bench.refusals.ui_features import offers_nothing_that_works
from conformance.bench.rooms.shared_room import ENCRYPTED, Settled, in_rooms
from conformance.catalogue import requirement
from conformance.observers.provider import Provider
from conformance.stacks.base import RoomKind


async def _refused(task: Task, attached: Attached, refusing: Refusing) -> None:
    await control(attached.works(task), refusing.they_see_each_other())
    async with asking(attached, task, refusing) as asked:
        await holds(asked.refused())
        await never(*asked.sightings(), while_=refusing.go_on_seeing_each_other())


@requirement("REFUSE-1")
@in_refusing_rooms(*ENCRYPTED)
async def test_cloud_recording_is_refused(attached: Attached, refusing: Refusing) -> None:
    """No recording is started: an error, no recorder sent, no bot, no mark, no word of it."""
    await _refused("recording", attached, refusing)


@requirement("REFUSE-2")
@in_refusing_rooms(*ENCRYPTED)
async def test_rtmp_broadcast_is_refused(attached: Attached, refusing: Refusing) -> None:
    """No broadcast is started: the same, and nothing reaches the stream target."""
    await _refused("rtmp", attached, refusing)


@requirement("REFUSE-4")
@in_refusing_rooms(*ENCRYPTED)
async def test_recorder_without_the_secret_records_nothing(
    attached: Attached, refusing: Refusing
) -> None:
    """A recorder and broadcaster that joins all the same shows and plays nobody."""
    await control(attached.works("recording"), attached.works("rtmp"))
    await control(refusing.they_see_each_other())
    async with uninvited(attached, refusing.room) as bot:
        await control(bot.goes_on(), refusing.go_on_seeing_each_other())
        got = await bot.outcome()
    await note_what_is_handed_out(attached, refusing)
    await control(got.recorded_something(), got.received_packets())
    await holds(got.shows_nobody(), got.plays_nobody())


@requirement("REFUSE-3")
@pytest.mark.parametrize("kind", ENCRYPTED, ids=refusals)
async def test_audio_ai_cannot_be_started(
    kind: RoomKind, rooms: RoomFactory, assistant: Assistant
) -> None:
    """Transcription, translation and summary are refused; nothing of them begins anywhere."""
    await assistant.attach()
    await control(*assistant.works())
    async with assistant.trial(rooms, kind) as trial:
        await control(trial.alice.hears(trial.bob), trial.bob.hears(trial.alice))
        await trial.asks_for_everything()
        await never(*trial.signs(), while_=assistant.goes_on())
        await holds(trial.is_refused())


@requirement("REFUSE-4")
@in_rooms(*ENCRYPTED)
async def test_an_agent_without_the_secret_hears_nothing(
    settled: Settled, rooms: RoomFactory, provider: Provider, assistant: Assistant
) -> None:
    """An agent that joins all the same, hidden and without the secret, hears nobody's tones."""
    alice, bob = settled.alice, settled.bob
    plain, carol = await assistant.plain_room()
    async with (
        sent_to(rooms.stack, settled.room.room_id, [alice, bob], provider) as deaf,
        sent_to(rooms.stack, plain.room_id, [carol], provider) as hearing,
    ):
        await control(hearing.hears_more(2))
        progress = all_of(
            "who has the secret hears the others, and both agents go on getting sound",
            alice.hears(bob),
            bob.hears(alice),
            hearing.hears_more(),
            deaf.gets_sound(),
        )
        await never(deaf.hears_anybody(), while_=progress)


@requirement("REFUSE-5")
@in_refusing_rooms(*ENCRYPTED)
async def test_page_does_not_offer_what_must_fail(attached: Attached, refusing: Refusing) -> None:
    """Recording, broadcasting and AI are not offered, or the page says why they fail."""
    await control(attached.page_offers_everything(), attached.works("recording"))
    try:
        await holds(offers_nothing_that_works(refusing.alice))
    finally:
        await attached.undo(refusing.room)


@requirement("REFUSE-6")
@in_refusing_rooms(*ENCRYPTED)
async def test_no_door_for_media_that_nobody_encrypted(
    attached: Attached, refusing: Refusing
) -> None:
    """Neither an ingress nor SIP dial-in can be had."""
    stack = attached.rooms.stack
    for door in DOORS:
        await control(attached.opens(door))
        await holds(stays_shut(await knock(stack, refusing.room, refusing.alice, door)))
