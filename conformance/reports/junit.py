"""Writes the run as JUnit XML (with junitparser). What is not green here is not green there.

A test case is a check. A check with several rounds has its verdict over all rounds, and the text of
each round. The verdicts become: fail, a failure; inconclusive, an error of type "inconclusive";
error, an error; waived, passed with the waiver in system-out; not applicable, skipped with the
reason. A check outside the profile is skipped, and its message gives its verdict.
"""

from __future__ import annotations

import json
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from conformance.judging import decisive
from conformance.reports.model import Results
from conformance.reports.rounds import findings_of, shown
from conformance.verdicts import CheckVerdict, Exit, Finding, Judgement, Verdict

_RUN_SUITE = "run"


def junit(results: Results) -> JUnitXml:
    """One suite for each area, one case for each check; a suite "run" has the run's problems."""
    suites: dict[str, TestSuite] = {}
    counted = {(j.requirement, j.room_kind): j.counted for j in results.verdict.judgements}

    def add(area: str, case: TestCase) -> None:
        if area not in suites:
            suites[area] = TestSuite(area)
            suites[area].timestamp = results.started
        suites[area].add_testcase(case)

    for check in results.verdict.checks:
        pair = (check.requirement, check.room_kind)
        case = _case(check, findings_of(results, check), counted=counted.get(pair, True))
        add(_area(check.requirement), case)
    for judgement in results.verdict.judgements:
        if judgement.checks == 0:
            add(_area(judgement.requirement), _missing(judgement))
    for exclusion in results.exclusions:
        case = TestCase(f"excluded: {exclusion}", classname="conformance.run")
        case.result = [Skipped(f"excluded by name: {exclusion}")]
        add(_RUN_SUITE, case)
    for problem in results.verdict.problems:
        add(_RUN_SUITE, _problem(problem, results.verdict.exit_code))
    document = JUnitXml("plugnmeet-conformance")
    for name, suite in suites.items():
        suite.add_property("run", results.run_id)
        suite.add_property("subject", f"stack {results.stack}, client {results.client}")
        suite.add_property("area", name)
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    return document


def write_junit(results: Results, path: Path) -> None:
    """Write the document to `path`.

    Raises:
        OSError: the file cannot be written.
    """
    junit(results).write(str(path), pretty=True)


def _area(requirement: str) -> str:
    return requirement.rpartition("-")[0] or requirement


def _case(check: CheckVerdict, findings: list[Finding], *, counted: bool) -> TestCase:
    case = TestCase(
        f"{check.requirement} [{check.room_kind}] {check.check}",
        classname=f"conformance.{check.requirement}",
        time=round(sum(finding.seconds for finding in findings), 3),
    )
    if not counted:
        case.result = [Skipped(f"outside the profile; {check.verdict}: {check.reason}")]
    elif check.verdict is Verdict.FAIL:
        case.result = [_with_text(Failure(check.reason, "fail"), findings)]
    elif check.verdict is Verdict.INCONCLUSIVE:
        case.result = [_with_text(Error(check.reason, "inconclusive"), findings)]
    elif check.verdict is Verdict.ERROR:
        case.result = [_with_text(Error(check.reason, "error"), findings)]
    elif check.verdict is Verdict.NOT_APPLICABLE:
        case.result = [Skipped(f"not applicable: {check.reason}")]
    elif check.verdict is Verdict.WAIVED:
        case.system_out = f"waived: {decisive(findings).waiver}\nit failed: {check.reason}"
    return case


def _with_text(result: Failure | Error, findings: list[Finding]) -> Failure | Error:
    result.text = "\n".join(line for finding in shown(findings) for line in _lines(finding))
    return result


def _lines(finding: Finding) -> list[str]:
    turn = f"round {finding.round}, {finding.verdict}: " if finding.round else ""
    lines = [turn + finding.reason, *(f"control: {control}" for control in finding.controls)]
    for evidence in finding.evidence:
        where = f" ({evidence.path})" if evidence.path else ""
        data = f" {json.dumps(evidence.data, default=str)}" if evidence.data else ""
        lines.append(f"{evidence.kind}: {evidence.summary}{where}{data}")
    return lines


def _missing(judgement: Judgement) -> TestCase:
    case = TestCase(
        f"{judgement.requirement} [{judgement.room_kind}]",
        classname=f"conformance.{judgement.requirement}",
    )
    if judgement.counted:
        case.result = [Error(judgement.reason, "inconclusive")]
    else:
        case.result = [Skipped(f"outside the profile; inconclusive: {judgement.reason}")]
    return case


def _problem(problem: str, exit_code: Exit) -> TestCase:
    case = TestCase(problem[:120], classname="conformance.run")
    case.result = [Failure(problem, "fail") if exit_code is Exit.FAILS else Error(problem, "error")]
    return case
