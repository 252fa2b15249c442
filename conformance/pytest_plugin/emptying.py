"""When a shared room closes: as soon as the next check does not use it.

pytest would keep it until another of its kind is filled, or until the run ends. On two cores, the
pages of a room that no check needs slow the others down.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.bench.room_fixtures import CONTROLS, ROOMS
from conformance.pytest_plugin.keys import OPEN_ROOMS
from conformance.pytest_plugin.private_api import finish_fixture, fixtures_of, parameters_of

_CLOSED_EARLY = frozenset(entry.name for entry in (*ROOMS, *CONTROLS) if entry.closed_early)


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> None:
    """Note a room that is about to be filled."""
    if fixturedef.argname in _CLOSED_EARLY:
        request.config.stash[OPEN_ROOMS][fixturedef.argname] = (fixturedef, request)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Close the rooms that the next check does not use."""
    open_rooms = item.config.stash[OPEN_ROOMS]
    for name in list(open_rooms):
        if nextitem is None or not _is_shared(name, item, nextitem):
            finish_fixture(*open_rooms.pop(name))


def _is_shared(name: str, item: pytest.Item, other: pytest.Item) -> bool:
    """Whether the other check uses this fixture in the same kind of room, round and fault."""
    if name not in fixtures_of(other):
        return False
    one, two = parameters_of(item), parameters_of(other)
    return all(one.get(key) == two.get(key) for key in (name, "fault", "this_round"))
