"""Which worker runs a check.

pytest-xdist distributes node ids, and its controller collects nothing itself. Each worker therefore
writes down where its checks belong, as soon as it has collected them, and the controller reads
that before it distributes them.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from conformance.bench.room_fixtures import Group
from conformance.pytest_plugin import selftest
from conformance.pytest_plugin.checks import group_of, ids_of
from conformance.pytest_plugin.keys import HANDOVER, PLACEMENTS, Placement
from conformance.pytest_plugin.private_api import GroupScheduling

_FOLDER = "plugnmeet_handover"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Send the run's folder and the handover folder to a worker."""
    config = node.config
    if HANDOVER not in config.stash:
        folder = Path(config.option.run_folder) / "handover"
        made = [one for one in (folder, *folder.parents) if not one.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        config.add_cleanup(lambda: _clear(folder, made))
        config.stash[HANDOVER] = folder
    node.workerinput["plugnmeet_run_folder"] = config.option.run_folder
    node.workerinput[_FOLDER] = str(config.stash[HANDOVER])


def _clear(folder: Path, made: list[Path]) -> None:
    """Remove the folder, and those above it that were made for it and are empty."""
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        for one in made[1:]:
            one.rmdir()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Note where each check belongs; a worker does so before xdist reports its collection."""
    config = session.config
    placements = config.stash[PLACEMENTS]
    for item in session.items:
        if ids_of(item):
            fault = selftest.fault_of(item)
            group = selftest.group_of_fault(config, fault) if fault else group_of(item)
            placements[item.nodeid] = Placement(group, fault.id if fault else None)
    workerinput = getattr(config, "workerinput", None)
    if workerinput is not None:
        file = Path(workerinput[_FOLDER]) / f"{workerinput['workerid']}.json"
        file.write_text(json.dumps(placements), encoding="utf-8")


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_node_collection_finished(node: Any) -> None:
    """Read where a worker's checks belong. All workers collect the same."""
    stash = node.config.stash
    file = stash[HANDOVER] / f"{node.workerinput['workerid']}.json"
    written = json.loads(file.read_text(encoding="utf-8"))
    stash[PLACEMENTS].update({nodeid: Placement(*one) for nodeid, one in written.items()})


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Schedule by groups, unless the user selects another xdist distribution."""
    if config.getvalue("dist") != "load":
        return None
    placements = config.stash[PLACEMENTS]

    def group_of_nodeid(nodeid: str) -> str:
        """An ordinary test is a group of its own."""
        placement = placements.get(nodeid)
        return placement.group if placement is not None else nodeid

    return GroupScheduling(config, log, group_of_nodeid, rank_of_group)


def rank_of_group(group: str) -> int:
    """The rank of a group by name; groups of other tests and of faults come last."""
    order = list(Group)
    return order.index(Group(group)) if group in order else len(order)
