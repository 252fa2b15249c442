"""The rooms that several checks share: one entry for each fixture that fills such a room.

Filling a room is slow: three to five browser pages join it. The plugin therefore fills a room once,
runs all its checks in a row on one worker, and closes it. All that the plugin has to know about
such a room stands in its entry here: the decorators below, the order of the checks, their
distribution over workers, the machine lock, the closing of rooms and the self-test read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import pytest

from conformance.stacks.base import RoomKind

ENCRYPTED: Final = (RoomKind.SIMPLE, RoomKind.ZERO_KNOWLEDGE)
"""The kinds of room in which media and messages are encrypted."""


class Group(StrEnum):
    """Checks that run on one worker, in the order in which free workers take the groups.

    Recorder checks take longest, so they start first. The two-session checks run beside them and
    mostly wait. The zero-knowledge rooms have the most pages: they start when the worker with the
    recorder no longer needs a recorder, only the server. The last group is short.
    """

    RECORDER_AND_AI = "recorder and AI"
    SESSIONS_ZERO_KNOWLEDGE = "two sessions, zero-knowledge"
    SESSIONS_SIMPLE = "two sessions, simple"
    ZERO_KNOWLEDGE = "zero-knowledge"
    HOSTILE = "hostile"
    SIMPLE_AND_PLAIN = "simple and plain"


class Equipment(StrEnum):
    """Equipment that is slow to start. Each worker that needs it starts and controls it once."""

    RECORDER = "recorder"
    AI = "AI"


@dataclass(frozen=True)
class RoomFixture:
    """One fixture that fills a room for several checks.

    Attributes:
        name: the fixture's name.
        turn: when its checks run among those of one worker; smaller numbers run first.
        groups: the group of its checks, by the kind of room. The keys are the kinds that it can
            fill. Empty where the fixture takes no kind as its parameter.
        control_group: for a fixture without a kind: the group of a check that uses it and no
            fixture with a kind. None: the check counts as one that fills its own room.
        crowded: the kinds for which it holds the machine lock while the room is open.
        closed_early: the plugin closes it as soon as the next check does not use it. Otherwise it
            stays until the worker ends or another kind is filled: nobody is in it any more, or
            later checks need it again.
        needs: the equipment that it starts.
    """

    name: str
    turn: int = 0
    groups: Mapping[RoomKind, Group] = field(default_factory=dict)
    control_group: Group | None = None
    crowded: frozenset[RoomKind] = frozenset()
    closed_early: bool = True
    needs: Equipment | None = None

    def of_kinds(self, *kinds: RoomKind) -> pytest.MarkDecorator:
        """Run a scenario once in such a room of each of these kinds.

        Raises:
            ValueError: the fixture fills no room of one of the kinds.
        """
        for kind in kinds:
            if kind not in self.groups:
                raise ValueError(f"{self.name} fills no {kind} room")
        return pytest.mark.parametrize(self.name, kinds, indirect=True, ids=str, scope="session")


_BY_KIND: Final = {
    RoomKind.PLAIN: Group.SIMPLE_AND_PLAIN,
    RoomKind.SIMPLE: Group.SIMPLE_AND_PLAIN,
    RoomKind.ZERO_KNOWLEDGE: Group.ZERO_KNOWLEDGE,
}


def _encrypted(group: Group) -> Mapping[RoomKind, Group]:
    return dict.fromkeys(ENCRYPTED, group)


ENCRYPTED_ROOM: Final = RoomFixture(
    "encrypted_room", turn=0, groups=_encrypted(Group.RECORDER_AND_AI)
)
BROWSER_TRACES: Final = RoomFixture(
    "browser_traces", turn=1, groups=_encrypted(Group.ZERO_KNOWLEDGE), closed_early=False
)
MIXED_CODEC_ROOM: Final = RoomFixture(
    "mixed_codec_room",
    turn=2,
    groups={kind: _BY_KIND[kind] for kind in ENCRYPTED},
    crowded=frozenset(ENCRYPTED),
)
OWN_ROOMS_TURN: Final = 3
"""The turn of the checks that fill a room of their own, or none."""
SHARED_ROOM: Final = RoomFixture(
    "shared_room", turn=4, groups=_BY_KIND, crowded=frozenset(RoomKind)
)
TWO_SESSIONS: Final = RoomFixture(
    "two_sessions",
    turn=5,
    groups={
        RoomKind.SIMPLE: Group.SESSIONS_SIMPLE,
        RoomKind.ZERO_KNOWLEDGE: Group.SESSIONS_ZERO_KNOWLEDGE,
    },
)
HONEST_ROOM: Final = RoomFixture(
    "honest_room", turn=6, groups=_encrypted(Group.HOSTILE), crowded=frozenset(ENCRYPTED)
)
STORE_SNAPSHOTS: Final = RoomFixture(
    "store_snapshots", turn=7, groups=_encrypted(Group.ZERO_KNOWLEDGE), closed_early=False
)

ROOMS: Final = (
    ENCRYPTED_ROOM,
    BROWSER_TRACES,
    MIXED_CODEC_ROOM,
    SHARED_ROOM,
    TWO_SESSIONS,
    HONEST_ROOM,
    STORE_SNAPSHOTS,
)
"""The fixtures that take a kind of room as their parameter.

The browser traces come early and the store snapshots last: the server clears up after these
sessions while other checks run. The encrypted rooms come first, because the worker attaches the
recorder for them under the machine lock.
"""

CONTROLS: Final = (
    RoomFixture("honest_recorder_control", closed_early=False, needs=Equipment.RECORDER),
    RoomFixture("ai_control", control_group=Group.RECORDER_AND_AI, needs=Equipment.AI),
    RoomFixture("plain_room_control"),
)
"""The fixtures that fill a plain room for a positive control."""

in_encrypted_rooms = ENCRYPTED_ROOM.of_kinds
with_browser_traces = BROWSER_TRACES.of_kinds
in_mixed_codec_rooms = MIXED_CODEC_ROOM.of_kinds
in_shared_rooms = SHARED_ROOM.of_kinds
in_two_sessions = TWO_SESSIONS.of_kinds
beside_honest_rooms = HONEST_ROOM.of_kinds
with_store_snapshots = STORE_SNAPSHOTS.of_kinds


def room_among(fixtures: Iterable[str]) -> RoomFixture | None:
    """The entry of the shared room among these fixtures' names; None if a check uses none."""
    names = set(fixtures)
    return next((room for room in ROOMS if room.name in names), None)


def group_of_check(fixtures: Iterable[str], kind: RoomKind | None) -> Group:
    """The group of a check that uses these fixtures, once in a room of this kind.

    `kind` is None for a check that is not parametrized by a kind of room. Such checks, and those
    that need the AI, run on the worker with the recorder.
    """
    names = set(fixtures)
    room = room_among(names)
    if room is not None and kind is not None:
        return room.groups[kind]
    for control in CONTROLS:
        if control.name in names and control.control_group is not None:
            return control.control_group
    return Group.RECORDER_AND_AI if kind is None else _BY_KIND[kind]


def equipment_among(fixtures: Iterable[str]) -> set[Equipment]:
    """The equipment that a check with these fixtures needs."""
    names = set(fixtures)
    return {
        entry.needs
        for entry in (*ROOMS, *CONTROLS)
        if entry.name in names and entry.needs is not None
    }
