"""Parts of a self-test add up to one matrix, over days and machines."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli.main import app
from conformance.reports.selftest.page import sentence_of_matrix
from conformance.selftest import fault_named, faults
from conformance.selftest.choice import Check, Choice, checks_by_fault
from conformance.selftest.matrix import (
    StateNotReadable,
    definition_of,
    merged,
    read_state,
    settled,
)
from conformance.selftest.results import FaultResult, Outcome, SelfTestResults, judge_fault
from conformance.verdicts import Finding, Verdict

ONE, TWO = "own-key-accepted", "secret-biased"


def trial(
    fault_id: str, day: int, verdict: Verdict = Verdict.FAIL, *, every_check: bool = False
) -> FaultResult:
    fault = fault_named(fault_id)
    (target,) = fault.must
    reason = "own encryption key: a symbol comes too often"
    found = Finding(
        requirement=target.requirement,
        room_kind="simple",
        check="a",
        verdict=verdict,
        reason=reason,
    )
    result = judge_fault(fault, [found])
    result.started, result.definition = f"2026-12-{day:02}T10:00:00+00:00", definition_of(fault)
    result.every_check = every_check
    return result


def part(*tried: FaultResult) -> SelfTestResults:
    return SelfTestResults(started=tried[0].started, command="selftest", tried=list(tried))


def test_parts_add_up_and_the_newest_trial_counts() -> None:
    whole = merged([part(trial(ONE, 3)), part(trial(TWO, 1), trial(ONE, 1, Verdict.PASS))])
    assert {one.id: one.outcome for one in whole.tried} == {
        ONE: Outcome.NOTICED, TWO: Outcome.NOTICED,
    }  # fmt: skip
    (one,) = (found for found in whole.tried if found.id == ONE)
    assert one.earlier == [Outcome.MISSED]
    assert whole.left_out == len(faults()) - 2
    assert "(2026-12-01 to 2026-12-03)" in sentence_of_matrix(whole)
    assert "1 were missed in an earlier trial" in sentence_of_matrix(whole)
    assert merged([whole, whole]).tried == whole.tried


def test_a_trial_of_another_version_or_of_a_changed_fault_does_not_count() -> None:
    old = trial(ONE, 1).model_copy(update={"definition": "0" * 16})
    assert merged([part(old)]).tried == []
    assert settled(part(old), every_check=False) == set()


def test_only_what_was_noticed_needs_no_further_trial() -> None:
    state = part(trial(ONE, 1), trial(TWO, 1, Verdict.PASS))
    assert settled(state, every_check=False) == {ONE}
    assert settled(state, every_check=True) == set()
    assert settled(part(trial(ONE, 1, every_check=True)), every_check=True) == {ONE}
    assert settled(None, every_check=False) == set()


def test_a_state_that_cannot_be_used_is_one_clear_line(tmp_path: Path) -> None:
    assert read_state(tmp_path / "none.json") is None
    (tmp_path / "bad.json").write_text("{}", "utf-8")
    for path in (tmp_path / "bad.json", tmp_path):
        with pytest.raises(StateNotReadable) as refused:
            read_state(path)
        assert "\n" not in str(refused.value)


def check(requirement: str, name: str) -> Check:
    return Check(f"test_{name}[simple]", (requirement,), "simple", "", False)


def test_every_check_runs_for_each_fault_where_that_is_asked_for() -> None:
    checks = [check("SECRET-3", "strong"), *(check("SECRET-2", str(n)) for n in range(6))]
    sampled = checks_by_fault(Choice(ids=[TWO]), checks)[TWO]
    assert len(sampled) < len(checks)
    assert checks_by_fault(Choice(ids=[TWO], every_check=True), checks)[TWO] == checks
    assert checks_by_fault(Choice(ids=[TWO, ONE], settled={TWO}), checks) == {ONE: []}


def test_the_command_puts_files_together_and_says_what_is_missing(tmp_path: Path) -> None:
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    for file, one in zip(files, (trial(ONE, 1), trial(TWO, 2)), strict=True):
        file.write_text(part(one).model_dump_json(), "utf-8")
    done = CliRunner().invoke(app, ["matrix", *map(str, files), "--to", str(tmp_path / "whole")])
    assert done.exit_code == 1
    assert "not tried:" in done.stdout
    whole = read_state(tmp_path / "whole" / "selftest.json")
    assert whole is not None
    assert len(whole.tried) == 2
    assert (tmp_path / "whole" / "selftest.html").exists()
    assert CliRunner().invoke(app, ["matrix", str(tmp_path / "none")]).exit_code == 2
