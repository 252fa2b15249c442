"""KEY: one-time session keys (article, The Underlying Security)."""

import pytest

from conformance.bench import control, given, holds, never
from conformance.bench.data_keys import Captured
from conformance.bench.replays import Recording, record, replayer
from conformance.bench.room import RoomFactory, canary
from conformance.bench.settled import ENCRYPTED, Settled, in_rooms
from conformance.catalogue import requirement
from conformance.stacks.base import RoomKind


@requirement("KEY-3")
@in_rooms(*ENCRYPTED)
async def test_key_derived_outside_opens_the_messages(settled: Settled) -> None:
    """A data key derived outside of the browser opens every captured message; a wrong one none."""
    alice, bob = settled.alice, settled.bob
    marker = canary("sealed")
    await given(alice.sends("chat", marker))
    await control(bob.reads("chat", marker))
    captured = Captured("the session", [alice, bob])
    await control(captured.some_key_opens(marker))
    await holds(
        captured.one_session_bound_key_opens_all(),
        captured.none_opened_with(settled.wrong_secret or canary("wrong")),
    )


@requirement("KEY-5")
@pytest.mark.parametrize("kind", ENCRYPTED, ids=str)
async def test_no_data_key_opens_two_sessions(rooms: RoomFactory, kind: RoomKind) -> None:
    """Same room id, same secret, two sessions: no data key of the first opens the second."""
    secret = canary("both") if kind is RoomKind.ZERO_KNOWLEDGE else None
    sessions: list[Captured] = []
    markers: list[str] = []
    room = await rooms.create(kind)
    for name in ("session 1", "session 2"):
        if sessions:
            room = await rooms.create_again(room)
        alice = await room.join("alice", secret=secret, is_admin=True)
        await control(alice.is_in())
        markers.append(canary("sealed"))
        await given(alice.sends("chat", markers[-1]))
        sessions.append(Captured(name, [alice]))
        await control(sessions[-1].some_key_opens(markers[-1]))
        await room.close()
    first, second = sessions
    await holds(second.opened_by_none_of(first), first.opened_by_none_of(second))


@requirement("KEY-6")
@pytest.mark.parametrize("kind", ENCRYPTED, ids=str)
async def test_a_replayed_session_is_not_shown(rooms: RoomFactory, kind: RoomKind) -> None:
    """Messages of session 1 that are sent again in session 2 are not shown."""
    secret = canary("both") if kind is RoomKind.ZERO_KNOWLEDGE else None
    recordings: list[Recording] = []
    room = await rooms.create(kind)
    for name in ("session 1", "session 2"):
        if recordings:
            await room.close()
            room = await rooms.create_again(room)
        alice = await room.join("alice", secret=secret, is_admin=True)
        await control(alice.is_in())
        recordings.append(await record(name, alice))
        await control(recordings[-1].has_messages())
    first, second = recordings
    # Nobody is left who could give bob what was said before: what he reads was replayed.
    await room.leave(second.person)
    bob = await room.join("bob", secret=secret, is_admin=True)
    await control(bob.is_in())
    async with replayer(room) as again:
        await again.sends(first)
        await again.sends(second)
        await never(
            *first.read_by(bob),
            while_=second.all_read_by(bob),
            because=[first.reached(bob), second.reached(bob)],
        )
    await room.close()
