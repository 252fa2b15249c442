"""REFUSE: server-side features fail in an encrypted room (article, step 3)."""

from conformance.bench import control, holds, never
from conformance.bench.attached import Attached
from conformance.bench.recording import Task
from conformance.bench.refusing import Refusing, asking, in_refusing_rooms
from conformance.bench.settled import ENCRYPTED
from conformance.bench.uninvited import note_what_is_handed_out, uninvited
from conformance.catalogue import requirement


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
    await note_what_is_handed_out(attached, refusing.room)
    await control(got.recorded_something(), got.received_packets())
    await holds(got.shows_nobody(), got.plays_nobody())
