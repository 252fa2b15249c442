"""A trial of the suite: every check once for each fault that concerns it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from conformance.pytest_fixtures.rounds import is_check
from conformance.pytest_plugin.checks import ids_of, place_of, room_kind_of
from conformance.pytest_plugin.keys import CHOICE
from conformance.reports.collect import WorkerNotes
from conformance.selftest import fault_named, faults
from conformance.selftest.choice import Check, Choice, trials

_MARKED = re.compile(r"-?\{([a-z0-9-]+)\}")
"""How a test's id names its fault: scenarios/test_flow.py::test_x[simple-{publish-encrypted}]."""

_WITH_RECORDER = ("REFUSE-1", "REFUSE-2", "REFUSE-4", "REFUSE-5", "REFUSE-6")
_WITH_AI = ("REFUSE-3",)


def by_fault(metafunc: pytest.Metafunc) -> None:
    """Ask each scenario once for each fault; `chosen` then leaves what does not concern it."""
    choice = metafunc.config.stash.get(CHOICE, None)
    if choice is None or not is_check(metafunc.definition):
        return
    if "stack" not in metafunc.fixturenames:
        raise pytest.UsageError(
            f"{metafunc.definition.name} asks for no `stack`, nor for `rooms`: a fault of a trial "
            "would not be there while it runs"
        )
    metafunc.parametrize(
        "fault",
        choice.faults(),
        ids=lambda fault: f"{{{fault.id}}}",
        indirect=True,
        scope="session",
    )


def fault_in(nodeid: str) -> str | None:
    """The id of the fault that a test's id names; other tests may have braces in theirs."""
    found = _MARKED.search(nodeid)
    return found[1] if found and found[1] in faults() else None


def fault_of(item: pytest.Item) -> str:
    """The id of the fault that is there while this check runs, "" where none is."""
    return fault_in(item.nodeid) or ""


def turn(item: pytest.Item) -> int:
    """A fault's checks in a row, and faults that share what is dear one after the other."""
    fault = fault_in(item.nodeid)
    if fault is None:
        return 0
    order = {one: number for number, one in enumerate(_ordered())}
    return order[fault] + 1


def _ordered() -> list[str]:
    return sorted(faults(), key=lambda one: (worker_of(one) != one, worker_of(one), one))


def worker_of(fault: str) -> str:
    """Faults of one name stay on one worker: a recorder, and an AI, are shown to work only once."""
    must = {target.requirement for target in fault_named(fault).must}
    if must & set(_WITH_RECORDER):
        return "faults with a recorder"
    return "faults with an AI" if must & set(_WITH_AI) else fault


def chosen(choice: Choice, items: Sequence[pytest.Item], notes: WorkerNotes) -> set[pytest.Item]:
    """The items of a trial; which fault has how many is noted."""
    kept = [item for item in items if fault_in(item.nodeid) is not None]
    checks = {_check(item) for item in kept}
    wanted = trials(choice, sorted(checks, key=lambda check: check.key))
    notes.trials = {fault: len(found) for fault, found in wanted.items()}
    keys = {fault: {check.key for check in found} for fault, found in wanted.items()}
    return {item for item in kept if _key(item) in keys.get(fault_of(item), ())}


def _key(item: pytest.Item) -> str:
    return _MARKED.sub("", item.nodeid)


def _check(item: pytest.Item) -> Check:
    return Check(
        key=_key(item),
        requirements=tuple(ids_of(item)),
        room_kind=room_kind_of(item),
        place=place_of(item),
        browser="browser" in item.fixturenames,  # type: ignore[attr-defined]
    )
