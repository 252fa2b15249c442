"""`--repeat` gives each round its own rooms, and does not decide by majority."""

import json
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["pytester"]

PROJECT = Path(__file__).parents[2]

FILLED = """
import itertools, pytest
from conformance.catalogue import requirement
from conformance.verdicts import ClaimFailed

numbers = itertools.count(1)

@pytest.fixture(scope="session")
def room(this_round):
    yield next(numbers)

@requirement("FLOW-1")
@pytest.mark.room_kind("simple")
async def test_first(room, this_round):
    '''Each round has a room of its own.'''
    assert room == this_round

@pytest.mark.parametrize("area", [pytest.param("w", marks=requirement("WRONG-2"), id="wrong_key")])
@pytest.mark.room_kind("zero-knowledge")
async def test_second(room, area):
    '''Fails in the second room.'''
    if room == 2:
        raise ClaimFailed("mallory saw alice")

def test_of_somebody_else():
    pass
"""


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers run in processes and folders of their own, so they need the import path."""
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))


def run(pytester: pytest.Pytester, *arguments: str) -> tuple[pytest.RunResult, dict[str, Any]]:
    pytester.makepyfile(FILLED)
    done = pytester.runpytest_inprocess(
        "-p", "conformance.pytest_plugin", "-o", "asyncio_mode=auto",
        "-o", "asyncio_default_fixture_loop_scope=function",
        "--run-folder=run",
        "-k", "test", *arguments,
    )  # fmt: skip
    written = Path(pytester.path) / "run" / "results.json"
    return done, json.loads(written.read_text("utf-8"))


def test_rounds_follow_each_other_in_fresh_rooms(pytester: pytest.Pytester) -> None:
    done, results = run(pytester, "--repeat=3")
    checks = {check["requirement"]: check for check in results["verdict"]["checks"]}
    assert checks["FLOW-1"]["verdict"] == "pass"
    assert checks["FLOW-1"]["rate"] == {"passed": 3, "rounds": 3, "low": 0.439, "high": 1.0}
    assert checks["WRONG-2"]["unstable"]
    assert checks["WRONG-2"]["rounds"] == ["pass", "fail", "pass"]
    assert checks["WRONG-2"]["check"].endswith("::test_second[wrong_key]")
    assert checks["FLOW-1"]["check"].endswith("::test_first")
    assert [f["round"] for f in results["findings"]] == [1, 1, 2, 2, 3, 3]
    assert done.ret == 3
    reasons = [judgement["reason"] for judgement in results["verdict"]["judgements"]]
    assert reasons[1].endswith("round 2, fail: mallory saw alice")
    done.assert_outcomes(passed=6, failed=1)


def test_without_repeat_there_are_no_rounds(pytester: pytest.Pytester) -> None:
    _, results = run(pytester)
    assert [f["round"] for f in results["findings"]] == [None, None]
    assert results["verdict"]["rounds"] == 1


@pytest.mark.parametrize("given", ["0", "-1", "many"])
def test_an_invalid_number_of_rounds_is_refused(pytester: pytest.Pytester, given: str) -> None:
    pytester.makepyfile(FILLED)
    done = pytester.runpytest_inprocess("-p", "conformance.pytest_plugin", f"--repeat={given}")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
