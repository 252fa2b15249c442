"""Which checks run, in which order, and on which worker; and when the people of a room go home."""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from conformance.exclusions import excluded
from conformance.pytest_fixtures import NOTES
from conformance.pytest_fixtures.rounds import by_round, check_of, round_of
from conformance.pytest_plugin import seeding
from conformance.pytest_plugin.checks import OWN_ROOMS, PLACES, ids_of, room_kind_of
from conformance.pytest_plugin.keys import CHOICE, EXCLUSIONS
from conformance.stacks.base import RoomKind


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the controller's choices to a worker."""
    node.workerinput["plugnmeet_run_folder"] = node.config.option.run_folder


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a check once for each fault that is tried, and once for each round."""
    seeding.by_fault(metafunc)
    by_round(metafunc)


_ORDER = (
    "attached", "sessions-zero-knowledge", "sessions-simple", "zero-knowledge", "lies", "simpler",
)  # fmt: skip
"""What is scheduled together, in the order in which workers take it.

The recorder's rooms are the dearest and begin; the sessions beside them mostly wait. The
zero-knowledge rooms, full of people, come when the recorder is done and its worker asks the server
for one session after the other, without a page. The last to be begun is short.
"""

_TOLD = re.compile(rf"\b(refusals|lived|sessions)-({'|'.join(RoomKind)})(?=\]$)")
"""Where the id says more than the kind of room: with what else the check belongs together."""

_SIMPLER = tuple(f"{kind}]" for kind in (RoomKind.PLAIN, RoomKind.SIMPLE))


class _ByRoom(LoadScopeScheduling):
    """Keeps the checks of one settled room on one worker, and hands them out in `_ORDER`.

    What needs a recorder and an AI is all on one, which attaches them once: two cores carry one
    place full of people at a time. (Not xdist's own `loadgroup`: with pytest 9.2 pytest-xdist 3.8
    no longer gets at the node ids.)
    """

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.partition("::")[0])
        if "scenarios" not in file.parts:
            return nodeid
        fault = seeding.fault_in(nodeid)
        if fault is not None:
            return seeding.worker_of(fault)
        nodeid = check_of(nodeid)
        if file.stem == "test_hostile":
            return "lies"
        told = _TOLD.search(nodeid)
        if told is not None:
            return {"refusals": "attached", "lived": "zero-knowledge"}.get(told[1], told[0])
        if nodeid.endswith(f"{RoomKind.ZERO_KNOWLEDGE}]"):
            return "zero-knowledge"
        return "simpler" if nodeid.endswith(_SIMPLER) else "attached"

    def _assign_work_unit(self, node: Any) -> None:
        first = min(self.workqueue, key=_rank)
        self.workqueue.move_to_end(first, last=False)
        super()._assign_work_unit(node)


def _rank(scope: str) -> int:
    return _ORDER.index(scope) if scope in _ORDER else len(_ORDER)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Schedule by room, unless the user asked for a way of their own."""
    return _ByRoom(config, log) if config.getvalue("dist") == "load" else None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Generator[None, None, None]:
    """Give every check its loop; keep to the requirements asked for; sort by settled room."""
    wanted = set(config.option.requirement)
    if wanted:
        kept = [item for item in items if wanted & set(ids_of(item))]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
    left_out = [item for item in items if _is_excluded(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        if item.get_closest_marker("requirement") is None:
            continue
        # in front: auto mode has already put a mark of its own there
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
    choice = config.stash.get(CHOICE, None)
    if choice is not None:
        chosen = seeding.chosen(choice, items, config.stash[NOTES])
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = [item for item in items if item in chosen]
    yield
    items.sort(key=lambda item: (seeding.turn(item), round_of(item.nodeid) or 0, _room_order(item)))


def _is_excluded(item: pytest.Item) -> bool:
    ids = ids_of(item)
    return bool(ids) and excluded(item.config.stash[EXCLUSIONS], ids, room_kind_of(item))


def _room_order(item: pytest.Item) -> int:
    """All checks of one shared room in a row, so that each kind is filled once in a run."""
    if item.get_closest_marker("requirement") is None:
        return 0
    names = item.fixturenames  # type: ignore[attr-defined]
    shared = next((place for name, place in PLACES.items() if name in names), None)
    if shared is None:
        return OWN_ROOMS
    return shared + list(RoomKind).index(RoomKind(room_kind_of(item)))


_FULL_OF_PAGES = (*PLACES, "ai_control", "plain_room_control")


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Empty the rooms that the next check does not look at.

    They would stand until another of their kind is asked for, or the run ends, and a handful of
    pages that nobody needs is all that two cores can carry.
    """
    for name in _FULL_OF_PAGES:
        if nextitem is None or not _is_shared(name, item, nextitem):
            _close(name, item)


def _is_shared(name: str, item: pytest.Item, other: pytest.Item) -> bool:
    """Whether the other check uses this fixture, of the same parameter and for the same fault."""
    if name not in other.fixturenames:  # type: ignore[attr-defined]
        return False
    one, two = (getattr(each, "callspec", None) for each in (item, other))
    if one is None or two is None:
        return one is two
    return all(one.params.get(key) == two.params.get(key) for key in (name, "fault", "this_round"))


def _close(name: str, item: pytest.Item) -> None:
    definitions = item._fixtureinfo.name2fixturedefs.get(name, ())  # type: ignore[attr-defined]
    for definition in definitions:
        definition.finish(item._request)  # type: ignore[attr-defined]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note what this process was asked to judge."""
    session.config.stash[NOTES].expected = sorted(
        {
            (requirement, room_kind_of(item))
            for item in session.items
            for requirement in ids_of(item)
        }
    )
