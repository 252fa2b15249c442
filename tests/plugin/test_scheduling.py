"""Checks of one group run on one worker, and workers take the groups by rank."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.bench.room_fixtures import ROOMS, SHARED_ROOM, TWO_SESSIONS, Group, group_of_check
from conformance.pytest_plugin.private_api import GroupScheduling
from conformance.pytest_plugin.scheduling import rank_of_group
from conformance.stacks.base import RoomKind

pytest_plugins = ["pytester"]

PROJECT = Path(__file__).parents[2]
SCHEDULE = Path(__file__).with_name("schedule.json")
"""All checks in the order in which one process runs them, by shared room, with their groups."""

WRITER = """
import json
from pathlib import Path

import pytest

from conformance.pytest_plugin.keys import PLACEMENTS

@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session):
    placements = session.config.stash[PLACEMENTS]
    rows = [(item.nodeid, placements[item.nodeid].group) for item in session.items]
    Path(session.config.option.run_folder, "collected.json").write_text(json.dumps(rows))
"""


def expected() -> Iterator[tuple[str, str]]:
    """The node id and the group of each check."""
    for block in json.loads(SCHEDULE.read_text("utf-8")):
        for check in block["checks"]:
            group = block.get("groups", {}).get(check, block["group"])
            yield f"scenarios/test_{check}", group


def test_every_check_has_its_group_and_its_turn(tmp_path: Path) -> None:
    tmp_path.joinpath("writer.py").write_text(WRITER, "utf-8")
    subprocess.run(
        [sys.executable, "-m", "pytest", "scenarios", "--collect-only", "-q", "-p", "writer",
         "-p", "no:cacheprovider", f"--run-folder={tmp_path}"],
        cwd=PROJECT, check=True, capture_output=True, timeout=300,
        env={**os.environ, "PYTHONPATH": f"{PROJECT}{os.pathsep}{tmp_path}"},
    )  # fmt: skip
    collected = json.loads(tmp_path.joinpath("collected.json").read_text("utf-8"))
    assert [(nodeid, group) for nodeid, group in collected] == list(expected())


def test_two_workers_take_the_groups_by_rank() -> None:
    """Recorder checks start first, beside mostly waiting sessions; the short group is last."""
    taken = list(schedule(dict(expected()), workers=2))
    assert list(dict.fromkeys(taken)) == list(Group)
    assert len(taken) == len(Group), "a group was split"


def test_ordinary_tests_come_after_the_checks() -> None:
    groups = {"tests/test_a.py::test_x": "tests/test_a.py::test_x", "check": Group.SIMPLE_AND_PLAIN}
    assert list(schedule(groups, workers=1)) == [Group.SIMPLE_AND_PLAIN, "tests/test_a.py::test_x"]


@pytest.mark.parametrize(
    ("fixtures", "kind", "group"),
    [
        (["stack", "shared_room"], RoomKind.ZERO_KNOWLEDGE, Group.ZERO_KNOWLEDGE),
        (["shared_room", "ai_control"], RoomKind.SIMPLE, Group.SIMPLE_AND_PLAIN),
        (["rooms", "ai_control"], RoomKind.SIMPLE, Group.RECORDER_AND_AI),
        (["stack"], RoomKind.ZERO_KNOWLEDGE, Group.ZERO_KNOWLEDGE),
        (["stack"], RoomKind.PLAIN, Group.SIMPLE_AND_PLAIN),
        (["stack"], None, Group.RECORDER_AND_AI),
    ],
)
def test_fixtures_and_kind_decide_the_group(
    fixtures: list[str], kind: RoomKind | None, group: Group
) -> None:
    assert group_of_check(fixtures, kind) is group


def test_every_room_is_declared_once() -> None:
    assert len({room.name for room in ROOMS}) == len(ROOMS) == len({room.turn for room in ROOMS})
    assert all(room.crowded <= set(room.groups) for room in ROOMS)


def test_a_decorator_refuses_a_kind_that_its_room_cannot_have() -> None:
    with pytest.raises(ValueError, match="two_sessions fills no plain room"):
        TWO_SESSIONS.of_kinds(RoomKind.PLAIN)
    assert SHARED_ROOM.of_kinds(RoomKind.PLAIN).mark.args == ("shared_room", (RoomKind.PLAIN,))


CHECKS = """
import pytest
import pytest_asyncio
from conformance.catalogue import requirement

@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_room(request):
    yield

@requirement("FLOW-1")
@pytest.mark.parametrize("shared_room", ["zero-knowledge", "simple"], indirect=True)
@pytest.mark.parametrize("number", range(4))
async def test_flow(shared_room, number, worker_id, record_property):
    record_property("worker", worker_id)
"""


def test_the_controller_keeps_a_shared_room_on_one_worker(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    pytester.makepyfile(CHECKS)
    done = pytester.runpytest_subprocess(
        "-p", "conformance.pytest_plugin", "-o", "asyncio_mode=auto",
        "-o", "asyncio_default_fixture_loop_scope=function",
        "--run-folder=run",
        "-n", "2", "-v",
    )  # fmt: skip
    done.assert_outcomes(passed=8)
    workers: dict[str, set[str]] = {}
    for line in done.outlines:
        if "PASSED" in line and line.startswith("[gw"):
            kind = "zero-knowledge" if "zero-knowledge" in line else "simple"
            workers.setdefault(kind, set()).add(line.split("]")[0])
    assert sorted(len(used) for used in workers.values()) == [1, 1]
    assert workers["simple"] != workers["zero-knowledge"]


class _Node:
    """A worker that runs nothing."""

    shutting_down = False
    gateway = SimpleNamespace(id="gw")

    def __init__(self, taken: list[str], tests: list[str], groups: dict[str, str]) -> None:
        self.queue: list[int] = []
        self._taken, self._tests, self._groups = taken, tests, groups

    def send_runtest_some(self, indices: list[int]) -> None:
        self.queue += indices
        self._taken.append(self._groups[self._tests[indices[0]]])

    def shutdown(self) -> None:
        self.shutting_down = True


def schedule(groups: dict[str, str], workers: int) -> Iterator[str]:
    """The groups in the order in which these workers take them; all tests take equally long."""
    config = SimpleNamespace(
        getvalue=lambda _name: ["popen"] * workers,
        option=SimpleNamespace(loadscopereorder=True),
    )
    scheduler = GroupScheduling(
        cast(pytest.Config, config), _Log(), groups.__getitem__, rank_of_group
    )
    taken: list[str] = []
    tests = list(groups)
    nodes: list[Any] = [_Node(taken, tests, groups) for _ in range(workers)]
    for node in nodes:
        scheduler.add_node(node)
        scheduler.add_node_collection(node, tests)
    scheduler.schedule()
    while any(node.queue for node in nodes):
        for node in nodes:
            if node.queue:
                scheduler.mark_test_complete(node, node.queue.pop(0))
    return iter(taken)


class _Log:
    """xdist's log, which these tests do not read."""

    @property
    def loadscopesched(self) -> _Log:
        return self

    def __call__(self, *_words: object) -> None:
        """Keep nothing."""
