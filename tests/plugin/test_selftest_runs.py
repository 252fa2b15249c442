"""In a self-test pytest runs each check once for each fault that concerns it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.selftest.results import SelfTestResults

pytest_plugins = ["pytester"]

PROJECT = Path(__file__).parents[2]

CHECKS = """
import pytest
from conformance.catalogue import requirement
from conformance.verdicts import ClaimFailed

@pytest.fixture(scope="session")
def stack(fault):
    return fault

@requirement("ROOM-4")
async def test_bad_request(stack):
    if stack is not None and stack.id == "own-key-accepted" != {deaf!r}:
        raise ClaimFailed("it was obeyed")

@requirement("SECRET-3")
@pytest.mark.room_kind("simple")
async def test_strength(stack):
    if stack is not None and stack.id in ("secret-biased", {jumpy!r}):
        raise ClaimFailed("it is weak")

def test_of_the_suite_itself():
    pass
"""


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers run in processes and folders of their own, so they need the import path."""
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))


def run(
    pytester: pytest.Pytester, *arguments: str, deaf: str = "", jumpy: str = ""
) -> tuple[int, SelfTestResults]:
    pytester.makepyfile(CHECKS.format(deaf=deaf, jumpy=jumpy))
    result = pytester.runpytest_inprocess(
        "-p", "conformance.pytest_plugin", "-o", "asyncio_mode=auto",
        "-o", "asyncio_default_fixture_loop_scope=function",
        "--run-folder=run",
        "--faults", *arguments,
    )  # fmt: skip
    written = pytester.path / "run" / "selftest.json"
    return int(result.ret), SelfTestResults.model_validate_json(written.read_bytes())


BOTH = ("--fault=own-key-accepted", "--fault=secret-biased")


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "with workers"])
def test_each_fault_runs_what_must_notice_it(
    pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    status, results = run(pytester, *BOTH, *workers)
    assert status == 0, results
    assert {one.id: one.outcome.value for one in results.tried} == {
        "own-key-accepted": "noticed",
        "secret-biased": "noticed",
    }
    musts = {one.id: [c.name for c in one.cells if c.part.value == "must"] for one in results.tried}
    assert musts == {"own-key-accepted": ["ROOM-4"], "secret-biased": ["SECRET-3/simple"]}


def test_a_missed_fault_fails_the_self_test(pytester: pytest.Pytester) -> None:
    status, results = run(pytester, *BOTH, deaf="own-key-accepted")
    assert status == 1
    assert [one.id for one in results.tried if one.outcome == "missed"] == ["own-key-accepted"]


def test_an_over_report_fails_the_self_test(pytester: pytest.Pytester) -> None:
    status, results = run(pytester, *BOTH, jumpy="own-key-accepted")
    assert status == 1
    assert [one.id for one in results.tried if one.outcome == "over-reported"] == [
        "own-key-accepted"
    ]


def test_a_self_test_never_writes_the_results_of_a_run(pytester: pytest.Pytester) -> None:
    run(pytester, "--fault=own-key-accepted")
    assert not (pytester.path / "run" / "results.json").exists()


def test_an_unknown_fault_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(CHECKS.format(deaf="", jumpy=""))
    done = pytester.runpytest_inprocess(
        "-p", "conformance.pytest_plugin", "--faults", "--fault=none"
    )
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*no fault 'none'*"])


def test_a_choice_without_a_fault_is_no_success(pytester: pytest.Pytester) -> None:
    status, results = run(pytester, "--fault-area=NONE")
    assert status == 2
    assert "no fault matches this choice" in json.dumps(results.problems)
