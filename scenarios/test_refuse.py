"""REFUSE: server-side features fail in an encrypted room (article, step 3)."""

import pytest

from conformance.bench import (
    ENCRYPTED,
    AiControl,
    CheckContext,
    EncryptedRoom,
    RecorderControl,
    RoomFactory,
    RoomKind,
    SharedRoom,
    all_of,
    control,
    given,
    holds,
    in_encrypted_rooms,
    in_shared_rooms,
    never,
    requirement,
)
from conformance.bench.refusals import (
    MEDIA_ENTRIES,
    Doors,
    Task,
    ingress_is_refused,
    keyless_agent_in,
    keyless_recorder,
    note_what_is_handed_out,
    offers_no_working_feature,
    request_ingress,
    requested,
)
from conformance.observers.provider import Provider


async def _refused(
    task: Task,
    recorder_control: RecorderControl,
    encrypted_room: EncryptedRoom,
    check_context: CheckContext,
) -> None:
    await control(recorder_control.works(task), encrypted_room.they_see_each_other())
    async with requested(recorder_control, task, encrypted_room, check_context.ledger) as asked:
        await holds(asked.refused())
        await never(*asked.sightings(), while_=encrypted_room.go_on_seeing_each_other())


@requirement("REFUSE-7")
@in_encrypted_rooms(*ENCRYPTED)
async def test_every_path_refuses(
    recorder_control: RecorderControl, encrypted_room: EncryptedRoom, doors: Doors
) -> None:
    """Recording and broadcast are refused on every path, in breakout rooms and asked again."""
    await control(recorder_control.works("recording"), recorder_control.works("rtmp"))
    await control(doors.are_open())
    await holds(doors.refuse_recorders())


@requirement("REFUSE-1")
@in_encrypted_rooms(*ENCRYPTED)
async def test_cloud_recording_is_refused(
    recorder_control: RecorderControl, encrypted_room: EncryptedRoom, check_context: CheckContext
) -> None:
    """A recording request fails: an error, no recorder, no bot, no mark, no announcement."""
    await _refused("recording", recorder_control, encrypted_room, check_context)


@requirement("REFUSE-2")
@in_encrypted_rooms(*ENCRYPTED)
async def test_rtmp_broadcast_is_refused(
    recorder_control: RecorderControl, encrypted_room: EncryptedRoom, check_context: CheckContext
) -> None:
    """A broadcast request fails like a recording request, and nothing reaches the stream target."""
    await _refused("rtmp", recorder_control, encrypted_room, check_context)


@requirement("REFUSE-4")
@in_encrypted_rooms(*ENCRYPTED)
async def test_recorder_without_the_secret_records_nothing(
    recorder_control: RecorderControl, encrypted_room: EncryptedRoom, check_context: CheckContext
) -> None:
    """A recorder or broadcaster that joins without the secret shows and plays nobody."""
    await control(recorder_control.works("recording"), recorder_control.works("rtmp"))
    await control(encrypted_room.they_see_each_other())
    async with keyless_recorder(recorder_control, encrypted_room.room) as bot:
        await control(bot.goes_on(), encrypted_room.go_on_seeing_each_other())
        got = await bot.outcome()
    await note_what_is_handed_out(recorder_control, encrypted_room, check_context.ledger)
    await control(got.recorded_something(), got.received_packets())
    await holds(got.shows_nobody(), got.plays_nobody())


@requirement("REFUSE-3")
@pytest.mark.parametrize("kind", ENCRYPTED, ids=str)
async def test_audio_ai_cannot_be_started(
    kind: RoomKind, rooms: RoomFactory, ai_control: AiControl
) -> None:
    """Transcription, speech translation and meeting summary are refused, and none starts."""
    await ai_control.attach()
    await control(*ai_control.works())
    async with ai_control.trial(rooms, kind) as trial:
        await control(trial.alice.hears(trial.bob), trial.bob.hears(trial.alice))
        await trial.request_everything()
        await never(*trial.signs(), while_=ai_control.goes_on())
        await holds(trial.is_refused())


@requirement("REFUSE-4")
@in_shared_rooms(*ENCRYPTED)
async def test_an_agent_without_the_secret_hears_nothing(
    shared_room: SharedRoom, rooms: RoomFactory, provider: Provider, ai_control: AiControl
) -> None:
    """A hidden agent that joins without the secret hears no participant's tones."""
    alice, bob = shared_room.alice, shared_room.bob
    plain, carol = await ai_control.plain_room()
    async with (
        keyless_agent_in(rooms.stack, shared_room.room.room_id, [alice, bob], provider) as deaf,
        keyless_agent_in(rooms.stack, plain.room_id, [carol], provider) as hearing,
    ):
        await control(hearing.hears_more(2))
        progress = all_of(
            "people with the secret hear each other, and both agents still get sound",
            alice.hears(bob),
            bob.hears(alice),
            hearing.hears_more(),
            deaf.gets_sound(),
        )
        await never(deaf.hears_anybody(), while_=progress)


@requirement("REFUSE-5")
@in_encrypted_rooms(*ENCRYPTED)
async def test_page_does_not_offer_what_must_fail(
    recorder_control: RecorderControl, encrypted_room: EncryptedRoom
) -> None:
    """The page does not offer recording, broadcasting and AI, or says why they fail."""
    await control(recorder_control.page_offers_everything(), recorder_control.works("recording"))
    try:
        await holds(offers_no_working_feature(encrypted_room.alice))
    finally:
        await recorder_control.undo(encrypted_room.room)


@requirement("REFUSE-6")
@in_encrypted_rooms(*ENCRYPTED)
async def test_no_door_for_media_that_nobody_encrypted(
    recorder_control: RecorderControl, encrypted_room: EncryptedRoom
) -> None:
    """The server refuses an ingress and SIP dial-in, whose media would be unencrypted."""
    stack = recorder_control.rooms.stack
    for door in MEDIA_ENTRIES:
        await control(recorder_control.entry_is_available(door))
        await holds(
            ingress_is_refused(
                await request_ingress(stack, encrypted_room.room, encrypted_room.alice, door)
            )
        )


@requirement("REFUSE-7")
@in_encrypted_rooms(*ENCRYPTED)
async def test_refused_ai_stays_out_until_the_end(
    encrypted_room: EncryptedRoom, ai_control: AiControl, doors: Doors
) -> None:
    """AI is refused on every path, and no sign of it shows until the rooms are gone."""
    await ai_control.attach()
    await control(*ai_control.works(), doors.are_open())
    await holds(doors.refuse_ai())
    await given(doors.until_gone("AI"))
    await holds(doors.nothing_came("AI"))
    await control(doors.were_watched())


@requirement("REFUSE-7")
@in_encrypted_rooms(*ENCRYPTED)
async def test_nothing_refused_comes_later(
    recorder_control: RecorderControl, encrypted_room: EncryptedRoom, doors: Doors
) -> None:
    """Until the rooms are gone no recorder, bot, mark, notice, webhook or broadcast appears."""
    await control(recorder_control.works("recording"), recorder_control.works("rtmp"))
    await control(doors.are_open())
    await given(doors.until_gone("recorder"))
    await holds(doors.nothing_came("recorder"))
    await control(doors.were_watched())
