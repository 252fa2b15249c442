"""What the plugin reads from the test item of a check."""

from __future__ import annotations

import pytest

from conformance.bench.room_fixtures import (
    ROOMS,
    Equipment,
    Group,
    RoomFixture,
    equipment_among,
    group_of_check,
    room_among,
)
from conformance.pytest_plugin.private_api import fixtures_of, parameters_of
from conformance.stacks.base import RoomKind


def ids_of(item: pytest.Item) -> list[str]:
    """The requirements that the check judges; none for an ordinary test."""
    return [one for mark in item.iter_markers("requirement") for one in mark.args]


def room_of(item: pytest.Item) -> RoomFixture | None:
    """The shared room that the check uses; None if it fills its own room, or none."""
    return room_among(fixtures_of(item))


def kind_of(item: pytest.Item) -> RoomKind | None:
    """The kind of room that the check is parametrized by; None for a check that is not."""
    parameters = parameters_of(item)
    for name in (*(room.name for room in ROOMS), "kind"):
        if name in parameters:
            return RoomKind(str(parameters[name]))
    return None


def room_kind_of(item: pytest.Item) -> str:
    """The kind of room that the check is about, "-" where it is about none."""
    kind = kind_of(item)
    if kind is not None:
        return str(kind)
    mark = item.get_closest_marker("room_kind")
    return str(mark.args[0]) if mark else "-"


def group_of(item: pytest.Item) -> Group:
    """The group of checks that this check shares its worker with."""
    return group_of_check(fixtures_of(item), kind_of(item))


def equipment_of(item: pytest.Item) -> set[Equipment]:
    """The equipment that the check needs."""
    return equipment_among(fixtures_of(item))
