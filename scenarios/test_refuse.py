"""REFUSE: server-side features fail in encrypted rooms (article, step 3)."""

import pytest

from conformance.bench import control, holds, never
from conformance.bench.ai import Assistant
from conformance.bench.ai_agent import sent_to
from conformance.bench.claims import all_of
from conformance.bench.room import RoomFactory
from conformance.bench.settled import ENCRYPTED, Settled, in_rooms
from conformance.catalogue import requirement
from conformance.observers.provider import Provider
from conformance.stacks.base import RoomKind


@requirement("REFUSE-3")
@pytest.mark.parametrize("kind", ENCRYPTED, ids=str)
async def test_audio_ai_cannot_be_started(kind: RoomKind, assistant: Assistant) -> None:
    """Transcription, translation and summary are refused; nothing of them begins anywhere."""
    await assistant.attach()
    await control(*assistant.works())
    async with assistant.trial(kind) as trial:
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
