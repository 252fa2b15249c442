"""A run in which a part of the harness dies names it, reports, cleans up and exits with 2."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

PROJECT = Path(__file__).parents[2]

PAGES = ["-k", "simple", *(f"--requirement=FLOW-{number}" for number in (1, 2, 3))]
"""Two people in pages, and more work after the first check."""
NO_PAGES = ["-k", "many_joiners or nobody_else or cannot_be_computed"]
"""The same with the services alone: a third of the time."""


VICTIMS = {
    "livekit": ("livekit died", "livekit", NO_PAGES),
    "nats": ("nats died", "nats", PAGES),
    "browser": ("browser process ended", "chrom", PAGES),
}


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The run's /tmp. Its path is short, because it holds sockets."""
    with tempfile.TemporaryDirectory(prefix="t-") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


def run_until_a_check_was_judged(
    reports: Path, what: list[str], workers: int = 1
) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "conformance.cli", "run", f"-n{workers}", *what,
         "--reports", str(reports)],
        env={**os.environ, "PYTHONPATH": str(PROJECT), "COLUMNS": "300"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if " pass" in line:
            return process
    raise AssertionError(f"the run ended before any check was judged: {said}")


def descendants(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def named(processes: list[psutil.Process], part: str) -> psutil.Process:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            if part in Path((process.cmdline() or [""])[0]).name.lower():
                return process
    raise AssertionError(f"no {part} among {processes}")


def gone(processes: list[psutil.Process], within: float = 10.0) -> list[psutil.Process]:
    _, alive = psutil.wait_procs(processes, timeout=within)
    return alive


def findings_passed(reports: Path) -> list[str]:
    (written,) = reports.glob("*/results.json")
    findings = json.loads(written.read_text("utf-8"))["findings"]
    passed = [f["requirement"] for f in findings if f["verdict"] == "pass"]
    return [requirement for requirement in passed if requirement != "SANITY"]


@pytest.mark.services
@pytest.mark.browser
@pytest.mark.parametrize("victim", VICTIMS)
def test_service_that_dies_is_named_and_what_was_found_is_kept(victim: str, tmp_path: Path) -> None:
    words, part, what = VICTIMS[victim]
    process = run_until_a_check_was_judged(tmp_path, what)
    children = descendants(process)
    named(children, part).kill()
    began = time.monotonic()
    said, _ = process.communicate(timeout=90)
    assert process.returncode == 2, said
    assert words in said, said
    assert time.monotonic() - began < 60, "a run must not wait for what cannot come any more"
    assert gone(children) == []
    assert findings_passed(tmp_path)


@pytest.mark.services
@pytest.mark.browser
def test_killed_run_leaves_no_process(tmp_path: Path) -> None:
    process = run_until_a_check_was_judged(tmp_path, PAGES)
    children = descendants(process)
    assert len(children) > 5
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert gone(children) == []


@pytest.mark.services
@pytest.mark.browser
@pytest.mark.parametrize(
    ("sent", "workers", "what"),
    [
        pytest.param([(os.kill, signal.SIGTERM)], 2, NO_PAGES, id="terminated"),
        pytest.param([(os.killpg, signal.SIGINT)], 2, NO_PAGES, id="Ctrl-C at a terminal"),
        pytest.param([(os.killpg, signal.SIGTERM)], 1, PAGES, id="cancelled"),
        pytest.param(
            [(os.killpg, signal.SIGINT), (os.killpg, signal.SIGTERM)],
            2,
            PAGES,
            id="cancelled twice",
        ),
    ],
)
def test_interrupted_run_reports_what_it_found_and_leaves_nothing(
    sent: list[tuple[Callable[[int, int], None], signal.Signals]],
    workers: int,
    what: list[str],
    tmp_path: Path,
    scratch: Path,
) -> None:
    process = run_until_a_check_was_judged(tmp_path, what, workers)
    children = descendants(process)
    for send, number in sent:
        send(process.pid, number)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2, said
    assert "interrupted" in said
    assert gone(children) == []
    assert findings_passed(tmp_path)
    assert list(tmp_path.glob("*/index.html"))
    assert "reading from the driver" not in said, "the browsers' driver was ended, too"
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_terminated_command_ends_the_one_that_it_runs(number: signal.Signals) -> None:
    run = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    command = (
        "import signal, sys; from conformance.cli import child\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # as at a terminal\n"
        f"child._GRACE_S = 0.1; child.status_of([sys.executable, '-c', {run!r}])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", command],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    child = psutil.Process(int(process.stdout.readline()))
    process.send_signal(number)
    assert process.wait(10) != 0
    assert gone([child]) == []
