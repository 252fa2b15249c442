"""The supervisor and its guard, tested with a stand-in for a service."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from service_stand_in import gone, stub

from conformance.stacks.errors import ServiceDied, ServiceNotReady, StackError
from conformance.stacks.processes.ports import is_free
from conformance.stacks.processes.supervisor import Supervisor

ROOT = Path(__file__).resolve().parents[2]
RUN = """
import asyncio, json, pathlib, sys
from conformance.stacks.processes.supervisor import Supervisor
async def main():
    s = Supervisor(pathlib.Path(sys.argv[1]))
    await s.start()
    line = await s.spawn("stub", json.loads(sys.argv[2]), ready="ready on")
    print(json.dumps({"pids": s.pids, "scratch": str(s.scratch), "port": int(line.split()[-1])}),
          flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_a_stop_leaves_no_process_no_port_and_no_folder(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    await supervisor.start()
    line = await supervisor.spawn("stub", stub(), ready=r"ready on \d+")
    port = int(line.split()[-1])
    pids, scratch = supervisor.pids, supervisor.scratch
    assert set(pids) == {"guard", "stub"}
    assert scratch.stat().st_mode & 0o777 == 0o700
    assert not is_free(port)

    await supervisor.stop()
    await supervisor.stop()  # a second stop does no harm

    assert gone(pids.values())
    assert is_free(port)
    assert not scratch.exists()
    assert "ready on" in (tmp_path / "stub.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_however_the_run_ends(tmp_path: Path, number: signal.Signals) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(tmp_path), json.dumps(stub())],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert run.stdout is not None
    state = json.loads(run.stdout.readline())
    assert all(psutil.pid_exists(pid) for pid in state["pids"].values())

    run.send_signal(number)
    run.wait(10)

    assert gone(state["pids"].values())
    assert is_free(state["port"])
    assert not Path(state["scratch"]).exists()


def test_a_suspended_service_ends_with_the_run(tmp_path: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(tmp_path), json.dumps(stub())],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert run.stdout is not None
    pids = json.loads(run.stdout.readline())["pids"]
    os.kill(pids["stub"], signal.SIGSTOP)

    run.kill()
    run.wait(10)

    assert gone(pids.values())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="PR_SET_PDEATHSIG is Linux's")
async def test_a_killed_guard_ends_its_services_and_is_reported(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    await supervisor.start()
    await supervisor.spawn("stub", stub(), ready="ready on")
    pids = supervisor.pids

    os.kill(pids["guard"], signal.SIGKILL)
    died = await asyncio.wait_for(supervisor.first_death(), 5)

    assert died.name == "guard"
    assert gone(pids.values())
    await supervisor.stop()
    assert not supervisor.scratch.exists()


async def test_a_service_that_dies_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    await supervisor.start()
    await supervisor.spawn("well", stub(), ready="ready on")
    await supervisor.spawn("ill", stub(0, "0.2"), ready="ready on")
    supervisor.check()

    died = await asyncio.wait_for(supervisor.first_death(), 10)

    assert (died.name, died.status) == ("ill", 7)
    assert "disk on fire" in str(died)
    assert str(tmp_path / "ill.log") in str(died)
    with pytest.raises(ServiceDied, match="ill died"):
        supervisor.check()
    with pytest.raises(ServiceDied, match="ill died"):  # a dead stack starts nothing
        await supervisor.spawn("late", stub(), ready="ready on")
    await supervisor.stop()


async def test_a_service_killed_by_a_signal_says_which(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    await supervisor.start()
    await supervisor.spawn("stub", stub(), ready="ready on")
    os.kill(supervisor.pids["stub"], signal.SIGKILL)
    died = await asyncio.wait_for(supervisor.first_death(), 10)
    assert "stub died (killed by SIGKILL)" in str(died)
    await supervisor.stop()


async def test_a_death_while_another_starts_is_reported_at_once(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    await supervisor.start()
    await supervisor.spawn("ill", stub(0, "0.3"), ready="ready on")
    began = time.monotonic()
    with pytest.raises(ServiceDied, match="ill died"):
        await supervisor.spawn("slow", stub(), ready="never said", deadline_s=30)
    assert time.monotonic() - began < 10
    await supervisor.stop()


async def test_a_service_that_is_never_ready_times_out_with_its_log(
    tmp_path: Path,
) -> None:
    supervisor = Supervisor(tmp_path)
    await supervisor.start()
    with pytest.raises(ServiceNotReady, match=r"(?s)stub was not ready after 1 s.*ready on"):
        await supervisor.spawn("stub", stub(), ready="never said", deadline_s=1)
    await supervisor.stop()


async def test_a_missing_program_gives_one_clear_line(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    await supervisor.start()
    with pytest.raises(StackError, match=r"ghost cannot start: .*No such file"):
        await supervisor.spawn("ghost", ["/nowhere/ghost"], ready="x")
    await supervisor.stop()


async def test_children_of_a_service_end_with_it(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    await supervisor.start()
    line = await supervisor.spawn(
        "shell", ["sh", "-c", "sleep 600 & echo child $!; wait"], ready=r"child \d+"
    )
    child = int(line.split()[-1])
    await supervisor.stop()
    assert gone([child])


async def test_a_log_that_cannot_be_written_does_not_end_the_service(tmp_path: Path) -> None:
    (tmp_path / "stub.log").symlink_to("/dev/full")  # every write: no space left on device
    supervisor = Supervisor(tmp_path)
    await supervisor.start()
    assert "ready on" in await supervisor.spawn("stub", stub(), ready="ready on")
    supervisor.check()
    await supervisor.stop()
