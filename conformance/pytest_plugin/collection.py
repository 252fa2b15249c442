"""Which checks run, how often, and in which order."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from conformance.bench.room_fixtures import OWN_ROOMS_TURN
from conformance.exclusions import excluded
from conformance.pytest_plugin import selftest
from conformance.pytest_plugin.checks import ids_of, kind_of, room_kind_of, room_of
from conformance.pytest_plugin.fixtures.rounds import by_round, check_of, round_of
from conformance.pytest_plugin.keys import CHOICE, EXCLUSIONS, NOTES
from conformance.stacks.base import RoomKind


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize a check by each fault of a self-test and by each round."""
    selftest.by_fault(metafunc)
    by_round(metafunc)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Generator[None, None, None]:
    """Give every check its event loop, keep the selected checks, and sort by shared room."""
    wanted = set(config.option.requirement)
    if wanted:
        _keep(config, items, {item for item in items if wanted & set(ids_of(item))})
    _keep(config, items, {item for item in items if not _is_excluded(item)})
    for item in items:
        if item.get_closest_marker("requirement") is None:
            continue
        # in front: pytest-asyncio's auto mode has already added a mark of its own
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
    choice = config.stash.get(CHOICE, None)
    if choice is not None:
        _keep(config, items, selftest.chosen(config, choice, items))
    yield
    items.sort(key=lambda item: (selftest.turn(item), round_of(item) or 0, _room_order(item)))


def _keep(config: pytest.Config, items: list[pytest.Item], kept: set[pytest.Item]) -> None:
    left_out = [item for item in items if item not in kept]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item in kept]


def _is_excluded(item: pytest.Item) -> bool:
    ids = ids_of(item)
    return bool(ids) and excluded(item.config.stash[EXCLUSIONS], ids, room_kind_of(item))


def _room_order(item: pytest.Item) -> tuple[int, int]:
    """Sort the checks of one shared room and kind into a row, so that it is filled once.

    Ordinary tests come first. Checks without a shared room keep the order of the files.
    """
    if item.get_closest_marker("requirement") is None:
        return -1, 0
    room, kind = room_of(item), kind_of(item)
    if room is None or kind is None:
        return OWN_ROOMS_TURN, 0
    return room.turn, list(RoomKind).index(kind)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Note the requirements and room kinds that this process has to judge, and the checks."""
    session.config.stash[NOTES].collected = sorted(
        {check_of(item) for item in session.items if ids_of(item)}
    )
    session.config.stash[NOTES].expected = sorted(
        {
            (requirement, room_kind_of(item))
            for item in session.items
            for requirement in ids_of(item)
        }
    )
