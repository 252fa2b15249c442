"""What a test item says of the check that it is."""

from __future__ import annotations

from typing import Final

import pytest

from conformance.stacks.base import RoomKind

PLACES: Final = {
    "encrypted_room": 0,
    "browser_traces": 3,
    "mixed_codec_room": 6,
    "shared_room": 10,
    "two_sessions": 13,
    "honest_room": 16,
    "store_snapshots": 19,
}
"""Fixtures that fill a room for many checks, in the order in which they are used up.

The server clears up after the sessions that were left while the other checks go on. What needs the
recorder begins: it is attached under the machine lock (`pytest_fixtures.machine_lock`).
"""
OWN_ROOMS: Final = 9
"""When the checks have their turn that make rooms of their own, or none."""


def ids_of(item: pytest.Item) -> list[str]:
    """The requirements that the check judges; none for an ordinary test."""
    return [one for mark in item.iter_markers("requirement") for one in mark.args]


def place_of(item: pytest.Item) -> str:
    """The filled room that the check looks at; "" where it makes its own, or none."""
    names = item.fixturenames  # type: ignore[attr-defined]
    return next((name for name in PLACES if name in names), "")


def room_kind_of(item: pytest.Item) -> str:
    """The kind of room that the check is about, "-" where it is about none."""
    callspec = getattr(item, "callspec", None)
    if callspec is not None:
        for name in (*PLACES, "kind"):
            if name in callspec.params:
                return str(RoomKind(callspec.params[name]))
    mark = item.get_closest_marker("room_kind")
    return str(mark.args[0]) if mark else "-"
