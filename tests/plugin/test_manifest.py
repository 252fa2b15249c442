"""What should have run and did not is never green, whatever kept it from running."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.inventory.manifest import from_scenarios
from conformance.manifest import FILE, ListedCheck, as_json, manifest, name_of
from conformance.verdicts import RunVerdict, Verdict

pytest_plugins = ["pytester"]

PROJECT = Path(__file__).parents[2]

CHECKS = """
import pytest
from conformance.catalogue import requirement

@requirement("WRONG-2")
@pytest.mark.room_kind("zero-knowledge")
def test_one(): pass

@requirement("WRONG-2")
@pytest.mark.room_kind("zero-knowledge")
def test_two(): pass
"""

ONLY_THESE = """
import pytest
from conformance import manifest
from conformance.catalogue import Catalogue

LISTED = [
    manifest.ListedCheck(check=f"test_all.py::test_{name}", requirements=("WRONG-2",),
        room_kind="zero-knowledge")
    for name in ("one", "two")
]

def pytest_configure():
    from conformance.reports import collect
    collect.manifest = lambda: LISTED
    Catalogue.expected = lambda self, profile=None: [("WRONG-2", "zero-knowledge")]

def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if item.name != {hidden!r}]
"""


def test_the_committed_manifest_is_that_of_the_scenarios() -> None:
    assert FILE.read_text("utf-8") == from_scenarios(), (
        "write it anew: python -m conformance.cli.inventory.manifest"
    )
    assert as_json(manifest()) == FILE.read_text("utf-8")


def test_a_check_is_named_without_its_folders() -> None:
    assert name_of("scenarios/deep/test_a.py::test_b[x/y]") == "test_a.py::test_b[x/y]"
    assert ListedCheck(check="a", requirements=("A", "B"), room_kind="-").places == [
        ("A", "-"), ("B", "-"),
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))


def run(
    pytester: pytest.Pytester, *arguments: str, hidden: str = "", source: str = CHECKS
) -> tuple[int, RunVerdict, dict[str, Any]]:
    pytester.makepyfile(test_all=source)
    pytester.makeconftest(ONLY_THESE.replace("{hidden!r}", repr(hidden)))
    done = pytester.runpytest_subprocess(
        "-p", "conformance.pytest_plugin", "-o", "asyncio_mode=auto", "--run-folder=run", *arguments
    )
    results = json.loads((pytester.path / "run" / "results.json").read_text("utf-8"))
    return int(done.ret), RunVerdict.model_validate(results["verdict"]), results


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "with workers"])
def test_a_run_of_everything_is_whole(pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    status, verdict, results = run(pytester, *workers)
    assert (status, verdict.partial, results["selection"]) == (0, False, "")


def is_missing(verdict: RunVerdict) -> bool:
    """Whether the other check passed, and the requirement is inconclusive all the same."""
    checks = {one.check.rpartition("::")[2]: one.verdict for one in verdict.checks}
    [judgement] = verdict.judgements
    return (
        checks == {"test_one": Verdict.PASS, "test_two": Verdict.INCONCLUSIVE}
        and judgement.verdict is Verdict.INCONCLUSIVE
        and "test_two did not run" in judgement.reason
        and verdict.partial
    )


def test_a_deleted_check_is_missing(pytester: pytest.Pytester) -> None:
    status, verdict, results = run(pytester, source=CHECKS.replace("test_two", "look_at_two"))
    assert status == 3
    assert is_missing(verdict)
    assert results["selection"] == "1 of 2 checks were collected"


def test_a_check_that_another_plugin_hides_is_missing(pytester: pytest.Pytester) -> None:
    status, verdict, _ = run(pytester, hidden="test_two")
    assert status == 3
    assert is_missing(verdict)


def test_a_deselected_check_is_missing(pytester: pytest.Pytester) -> None:
    status, verdict, _ = run(pytester, "--deselect=test_all.py::test_two")
    assert status == 3
    assert is_missing(verdict)


@pytest.mark.parametrize("options", ["-k one", "--deselect=test_all.py::test_two"])
def test_what_the_environment_deselects_is_missing(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: str
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", options)
    status, verdict, _ = run(pytester)
    assert status == 3
    assert is_missing(verdict)


@pytest.mark.parametrize("selection", [("-k", "one"), ("-kone",), ("test_all.py::test_one",)])
def test_what_the_command_line_selects_is_judged_as_a_partial_run(
    pytester: pytest.Pytester, selection: tuple[str, ...]
) -> None:
    status, verdict, results = run(pytester, *selection)
    assert (status, verdict.partial) == (0, True)
    assert "one" in results["selection"]


def test_a_selection_that_leaves_nothing_out_is_a_whole_run(pytester: pytest.Pytester) -> None:
    status, verdict, _ = run(pytester, "-k", "test")
    assert (status, verdict.partial) == (0, False)


def test_a_selected_requirement_needs_all_its_checks(pytester: pytest.Pytester) -> None:
    status, verdict, _ = run(pytester, "--requirement=WRONG-2", hidden="test_two")
    assert status == 3
    assert is_missing(verdict)
