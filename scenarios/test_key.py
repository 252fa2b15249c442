"""KEY: one-time session keys (article, The Underlying Security)."""

import pytest

from conformance.bench import control, given, holds
from conformance.bench.data_keys import Captured
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
