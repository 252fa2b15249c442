"""The self-test: every check runs once for each fault that it has to notice, and for some others.

The faults and the choice of checks are in `conformance.selftest`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from conformance.bench.room_fixtures import Equipment
from conformance.pytest_plugin.checks import equipment_of, ids_of, room_kind_of, room_of
from conformance.pytest_plugin.fixtures.rounds import is_check
from conformance.pytest_plugin.keys import CHOICE, CURRENT_FAULT, FAULT_GROUPS, NOTES
from conformance.pytest_plugin.private_api import fixtures_of, parameters_of
from conformance.selftest import Fault
from conformance.selftest.choice import Check, Choice, checks_by_fault

_WITH_EQUIPMENT = {
    Equipment.RECORDER: "faults with a recorder",
    Equipment.AI: "faults with an AI",
}
"""The faults whose checks need the same equipment stay on one worker, which starts it once."""


def by_fault(metafunc: pytest.Metafunc) -> None:
    """Parametrize each scenario by every fault; `chosen` then leaves out what is not needed.

    Raises:
        UsageError: a check does not use `stack`, so that the fault would not be present.
    """
    choice = metafunc.config.stash.get(CHOICE, None)
    if choice is None or not is_check(metafunc.definition):
        return
    if "stack" not in metafunc.fixturenames:
        raise pytest.UsageError(
            f"{metafunc.definition.name} uses neither `stack` nor `rooms`: a fault of the "
            "self-test would not be present while it runs"
        )
    metafunc.parametrize("fault", choice.faults(), ids=_named, indirect=True, scope="session")


def _named(fault: Fault) -> str:
    """How a test's id names its fault: test_flow.py::test_x[{publish-encrypted}-simple]."""
    return f"{{{fault.id}}}"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note the fault of the check that runs now, for fixtures that are set up once for many."""
    item.config.stash[CURRENT_FAULT] = fault_of(item)


def fault_of(item: pytest.Item) -> Fault | None:
    """The fault that is present while this check runs; None outside a self-test."""
    found = parameters_of(item).get("fault")
    return found if isinstance(found, Fault) else None


def turn(item: pytest.Item) -> tuple[bool, str, str]:
    """Sort a fault's checks into a row, and faults with the same equipment after each other."""
    fault = fault_of(item)
    if fault is None:
        return False, "", ""
    group = group_of_fault(item.config, fault)
    return group != fault.id, group, fault.id


def group_of_fault(config: pytest.Config, fault: Fault) -> str:
    """The name of the group of checks that run on one worker; most faults have one of their own."""
    return config.stash[FAULT_GROUPS].get(fault.id, fault.id)


def chosen(config: pytest.Config, choice: Choice, items: Sequence[pytest.Item]) -> set[pytest.Item]:
    """The items of a self-test; the process notes how many each fault has."""
    faults = {item: fault for item in items if (fault := fault_of(item)) is not None}
    checks = {_check(item, fault): item for item, fault in faults.items()}
    wanted = checks_by_fault(choice, sorted(checks, key=lambda check: check.key))
    config.stash[NOTES].fault_checks = {fault: len(found) for fault, found in wanted.items()}
    keys = {fault: {check.key for check in found} for fault, found in wanted.items()}
    kept = {item for item, fault in faults.items() if _key(item, fault) in keys.get(fault.id, ())}
    config.stash[FAULT_GROUPS] = _groups({item: faults[item] for item in kept})
    return kept


def _groups(faults: dict[pytest.Item, Fault]) -> dict[str, str]:
    """The group's name by the fault's id, for faults whose checks need equipment."""
    needs: dict[str, set[Equipment]] = {}
    for item, fault in faults.items():
        if any(fault.needs(one, room_kind_of(item)) for one in ids_of(item)):
            needs.setdefault(fault.id, set()).update(equipment_of(item))
    return {
        fault: next(name for equipment, name in _WITH_EQUIPMENT.items() if equipment in needed)
        for fault, needed in needs.items()
        if needed
    }


def _key(item: pytest.Item, fault: Fault) -> str:
    """The check's id as in a run, the same for all faults."""
    name = re.escape(_named(fault))
    return re.sub(rf"\[{name}\]|(?<=\[){name}-|-{name}", "", item.nodeid)


def _check(item: pytest.Item, fault: Fault) -> Check:
    room = room_of(item)
    return Check(
        key=_key(item, fault),
        requirements=tuple(ids_of(item)),
        room_kind=room_kind_of(item),
        room=room.name if room is not None else "",
        browser="browser" in fixtures_of(item),
    )
