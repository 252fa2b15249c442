"""Disturbances take effect, are undone, and report if they did nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import psutil
import pytest

from conformance.bench.core.alarm import HarnessAlarm
from conformance.bench.disturbances import (
    DISTURBANCES,
    NAMES,
    Scene,
    disturbed,
    needs_own_network,
    network,
    services,
)
from conformance.bench.disturbances import clock as clocks
from conformance.bench.disturbances.base import Disturbance, DisturbanceLog, Recurring
from conformance.bench.disturbances.clock import ClockStep
from conformance.bench.disturbances.machine import BusyCores, SlowDisk
from conformance.bench.disturbances.services import SfuPause
from conformance.stacks.base import StackError


def scene(tmp_path: Path, *, browser: Any = None, **pids: int) -> Scene:
    stack: Any = SimpleNamespace(name="embedded", pids=pids)
    return Scene(stack, browser or SimpleNamespace(contexts=[]), tmp_path, HarnessAlarm())


async def until(true: Any) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - other processes' doing, of which no event tells
            await asyncio.sleep(0.02)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that stands in for a service."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


def test_each_disturbance_has_a_unique_name_and_a_description() -> None:
    assert len(NAMES) == 6
    assert all(kind.what and kind.name == name for name, kind in DISTURBANCES.items())
    assert [name for name in NAMES if needs_own_network([name])] == ["packet-loss", "bus-cut"]


@pytest.mark.parametrize("kind", [BusyCores, SlowDisk])
async def test_processes_run_only_during_the_disturbance(
    tmp_path: Path, kind: type[BusyCores] | type[SlowDisk]
) -> None:
    log, disturbance = DisturbanceLog(), kind(scene(tmp_path))
    async with disturbance.in_force(log):
        pids = [pid for name, pid in disturbance.supervisor.pids.items() if name != "guard"]
        assert pids
        assert all(psutil.pid_exists(pid) for pid in pids)
        if kind is SlowDisk:
            written = tmp_path / "slow-disk-0.log"
            await until(lambda: "synced" in written.read_text("utf-8"))
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert log.did[0].startswith(f"{kind.name}: {kind.what}, by {len(pids)} processes")
    assert ("MiB synced, the slowest in" in log.did[0]) == (kind is SlowDisk)


async def test_a_paused_service_continues_afterwards(
    tmp_path: Path, sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.timeouts, "SFU_PAUSE", 60.0)
    log, process = DisturbanceLog(), psutil.Process(sleeper.pid)
    async with SfuPause(scene(tmp_path, livekit=sleeper.pid)).in_force(log):
        await until(lambda: process.status() == psutil.STATUS_STOPPED)
    assert process.status() != psutil.STATUS_STOPPED
    assert log.problems == ["the disturbance sfu-pause had no effect"], (
        "a pause that never ended was none"
    )


async def test_a_stack_whose_services_are_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="use --stack embedded or native"):
        async with disturbed(["sfu-pause"], scene(tmp_path)):
            pass


class Often(Recurring):
    name: ClassVar = "often"
    what: ClassVar = "often"
    period = 0.0
    undone = False

    async def once(self) -> None:
        await asyncio.sleep(0)

    async def end(self) -> str:
        self.undone = True
        return await super().end()


async def test_recurring_disturbances_are_counted_and_undone_after_an_error(tmp_path: Path) -> None:
    often, log = Often(scene(tmp_path)), DisturbanceLog()

    async def broken_run() -> None:
        async with often.in_force(log):
            await until(lambda: often.times > 3)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await broken_run()
    assert often.undone
    assert log == DisturbanceLog()


class Nothing(Disturbance):
    name: ClassVar = "nothing"
    what: ClassVar = "nothing"

    async def begin(self) -> None: ...

    async def end(self) -> str:
        return ""


async def test_a_disturbance_that_did_nothing_is_a_problem_of_the_bench(tmp_path: Path) -> None:
    log = DisturbanceLog()
    async with Nothing(scene(tmp_path)).in_force(log):
        pass
    assert (log.did, len(log.problems)) == ([], 1)


class Clock:
    """A page or a worker, closed or not."""

    def __init__(self, *, closed: bool = False) -> None:
        self.closed, self.steps, self.workers = closed, [], []  # type: ignore[var-annotated]

    async def evaluate(self, _: str, step: float) -> None:
        if self.closed:
            raise clocks.PlaywrightError("closed")
        self.steps.append(step)


async def test_the_clocks_of_pages_and_workers_are_set_and_restored(tmp_path: Path) -> None:
    page, worker, gone = Clock(), Clock(), Clock(closed=True)
    page.workers = [worker]
    browser = SimpleNamespace(contexts=[SimpleNamespace(pages=[page, gone])])
    step = ClockStep(scene(tmp_path, browser=browser))
    for _ in range(2):
        await step.once()
        step.times += 1
    assert page.steps == worker.steps == [3_600_000.0, 0]
    assert (await step.end()).endswith("4 clocks of pages and workers in all")


@pytest.mark.parametrize("name", ["packet-loss", "bus-cut"])
async def test_a_shared_network_is_not_disturbed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(network.socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0")])
    with pytest.raises(StackError, match="a network namespace of this run only"):
        async with disturbed([name], scene(tmp_path)):
            pass
