"""Which checks stay together on a worker, and which of them begin."""

from collections import OrderedDict
from typing import Any

import pytest

from conformance.pytest_plugin.order import _ByRoom

_IN = "scenarios/test_"


@pytest.mark.parametrize(
    ("nodeid", "together"),
    [
        (f"{_IN}refuse.py::test_x[refusals-zero-knowledge]", "attached"),
        (f"{_IN}refuse.py::test_x[round3-refusals-simple]", "attached"),
        (f"{_IN}blind.py::test_x[lived-simple]", "zero-knowledge"),
        (f"{_IN}key.py::test_x[sessions-simple]", "sessions-simple"),
        (f"{_IN}flow.py::test_x[round2-late-sessions-zero-knowledge]", "sessions-zero-knowledge"),
        (f"{_IN}hostile.py::test_x[simple]", "lies"),
        (f"{_IN}flow.py::test_x[chat-zero-knowledge]", "zero-knowledge"),
        (f"{_IN}flow.py::test_x[chat-simple]", "simpler"),
        (f"{_IN}room.py::test_x[plain]", "simpler"),
        (f"{_IN}secret.py::test_x[neighbour]", "attached"),
        (f"{_IN}flow.py::test_x[{{salt-cut}}-zero-knowledge]", "salt-cut"),
        ("tests/keys/test_y.py::test_x[simple]", "tests/keys/test_y.py::test_x[simple]"),
    ],
)
def test_checks_of_one_place_stay_together(nodeid: str, together: str) -> None:
    assert _scheduler({})._split_scope(nodeid) == together


def test_the_recorder_begins_beside_what_mostly_waits() -> None:
    """However many checks there are of it: the recorder's are a dozen of a hundred."""
    scheduler = _scheduler(
        {"zero-knowledge": 50, "lies": 20, "attached": 12, "sessions-simple": 4, "simpler": 9}
    )
    recorder, other = _Node(), _Node()
    for node in (recorder, other, other, other, recorder):
        scheduler._assign_work_unit(node)
    assert list(scheduler.assigned_work[recorder]) == ["attached", "simpler"]
    assert list(scheduler.assigned_work[other]) == ["sessions-simple", "zero-knowledge", "lies"]


class _Node:
    def send_runtest_some(self, indices: list[int]) -> None:
        """A worker that runs nothing."""


class _Everything(dict[Any, list[str]]):
    def __missing__(self, _node: Any) -> list[str]:
        return self[None]


def _scheduler(tests_of: dict[str, int]) -> _ByRoom:
    scheduler = object.__new__(_ByRoom)  # its own __init__ wants a whole run's configuration
    units = {scope: [f"{scope}{n}" for n in range(count)] for scope, count in tests_of.items()}
    scheduler.workqueue = OrderedDict(
        (scope, dict.fromkeys(tests, False)) for scope, tests in units.items()
    )
    scheduler.registered_collections = _Everything(
        {None: [test for tests in units.values() for test in tests]}
    )
    scheduler.assigned_work = {}
    return scheduler
