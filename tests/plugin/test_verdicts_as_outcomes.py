"""The plugin turns a check's end into a finding, pytest's outcome and the exit status."""

import json
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PROJECT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers run in processes and folders of their own, so they need the import path."""
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))


CHECKS = {
    "pass": ("pass", 0),
    "fail": ("raise ClaimFailed('mallory saw alice')", 1),
    "inconclusive": ("raise ControlFailed('alice did not see bob')", 3),
    "thin": ("raise InsufficientEvidence('three frames are too few')", 3),
    "skip": ("pytest.skip('no camera')", 3),
    "error": ("raise RuntimeError('the bench fell over')", 2),
    "bare assertion": ("assert False, 'not a claim'", 2),
}

TEST = """
import pytest
from conformance.catalogue import requirement
from conformance.verdicts import ClaimFailed, ControlFailed, NotApplicable, InsufficientEvidence

@requirement("WRONG-2")
@pytest.mark.room_kind("zero-knowledge")
async def test_check():
    '''Mallory sees nobody.'''
    {body}
"""


def run(pytester: pytest.Pytester, body: str, *arguments: str) -> tuple[int, dict[str, object]]:
    pytester.makepyfile(TEST.format(body=body))
    result = pytester.runpytest_inprocess(
        "-p", "conformance.pytest_plugin", "-o", "asyncio_mode=auto",
        "-o", "asyncio_default_fixture_loop_scope=function",
        "--run-folder=run",
        "-k", "check", *arguments,
    )  # fmt: skip
    written = Path(pytester.path) / "run" / "results.json"
    return int(result.ret), json.loads(written.read_text("utf-8"))


@pytest.mark.parametrize("name", CHECKS)
def test_each_end_of_a_check_has_its_exit_status(pytester: pytest.Pytester, name: str) -> None:
    body, status = CHECKS[name]
    exit_status, results = run(pytester, body)
    assert exit_status == status
    assert results["verdict"]["exit_code"] == status  # type: ignore[index]


def test_exit_status_is_the_same_with_workers(pytester: pytest.Pytester) -> None:
    exit_status, results = run(pytester, CHECKS["fail"][0], "-n", "2")
    assert exit_status == 1
    (finding,) = results["findings"]  # type: ignore[misc]
    assert finding["reason"] == "mallory saw alice"  # type: ignore[index]


def test_not_applicable_shows_its_reason(pytester: pytest.Pytester) -> None:
    exit_status, results = run(pytester, "raise NotApplicable('this client has no camera')")
    (finding,) = results["findings"]  # type: ignore[misc]
    assert finding["verdict"] == "not applicable"  # type: ignore[index]
    assert finding["reason"] == "this client has no camera"  # type: ignore[index]
    assert exit_status == 3, "a run in which nothing applies has judged nothing"


def test_waived_failure_conforms(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("w.toml").write_text(
        """
[[waiver]]
id = "WRONG-2"
room_kind = "zero-knowledge"
reason = "known in this version"
source = "https://example.org/1"
expiry = 2999-01-01
""",
        "utf-8",
    )
    exit_status, results = run(pytester, CHECKS["fail"][0], "--waivers=w.toml")
    assert exit_status == 0
    assert results["verdict"]["verdict"] == "waived"  # type: ignore[index]


def test_outdated_waiver_fails_the_run(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("w.toml").write_text(
        """
[[waiver]]
id = "WRONG-2"
room_kind = "zero-knowledge"
reason = "known in this version"
source = "https://example.org/1"
expiry = 2999-01-01
""",
        "utf-8",
    )
    exit_status, _ = run(pytester, "pass", "--waivers=w.toml")
    assert exit_status == 1


def test_ordinary_tests_are_not_touched(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_plain(): pass")
    result = pytester.runpytest_inprocess("-p", "conformance.pytest_plugin")
    result.assert_outcomes(passed=1)
    assert not list(Path(pytester.path).glob("reports/*"))


def test_what_is_excluded_by_name_does_not_run_and_is_shown(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from conformance.catalogue import requirement

        @requirement("WRONG-2")
        @pytest.mark.room_kind("zero-knowledge")
        def test_left_out(): raise AssertionError("ran")

        @requirement("WRONG-3")
        @pytest.mark.room_kind("zero-knowledge")
        def test_kept(): pass
        """
    )
    done = pytester.runpytest_inprocess(
        "-p", "conformance.pytest_plugin", "--exclude=WRONG-2/zero-knowledge=no camera here"
    )
    (report,) = pytester.path.glob("reports/*/results.json")
    results = json.loads(report.read_text("utf-8"))
    assert [f["requirement"] for f in results["findings"]] == ["WRONG-3"]
    assert results["exclusions"] == ["WRONG-2/zero-knowledge: no camera here"]
    judged = {(j["requirement"], j["room_kind"]) for j in results["verdict"]["judgements"]}
    assert ("WRONG-2", "zero-knowledge") not in judged
    assert "no camera here" in done.stdout.str()


def test_an_exclusion_that_names_nothing_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_plain(): pass")
    done = pytester.runpytest_inprocess("-p", "conformance.pytest_plugin", "--exclude=WRONG-99")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*unknown requirement id 'WRONG-99'*"])
