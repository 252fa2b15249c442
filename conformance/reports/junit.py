"""JUnit XML, through junitparser. What is not green here is not green there.

fail: failure. inconclusive: error of type "inconclusive". error: error. waived: passed, with the
waiver in system-out. not applicable: skipped, with the reason. What decides nothing because it
is outside of the profile is skipped, too, and says what it was.
"""

from __future__ import annotations

import json
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from conformance.reports.model import Results
from conformance.verdicts import Exit, Finding, Judgement, Verdict

_RUN_SUITE = "run"


def junit(results: Results) -> JUnitXml:
    """One suite an area, one case a finding; a suite "run" with the run's own problems."""
    suites: dict[str, TestSuite] = {}
    counted = {(j.requirement, j.channel): j.counted for j in results.verdict.judgements}

    def add(area: str, case: TestCase) -> None:
        if area not in suites:
            suites[area] = TestSuite(area)
            suites[area].timestamp = results.started
        suites[area].add_testcase(case)

    for finding in results.findings:
        pair = (finding.requirement, finding.channel)
        add(_area(finding.requirement), _case(finding, counted=counted.get(pair, True)))
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
    """Write the document to `path`; OSError passes through."""
    junit(results).write(str(path), pretty=True)


def _area(requirement: str) -> str:
    return requirement.rpartition("-")[0] or requirement


def _case(finding: Finding, *, counted: bool) -> TestCase:
    case = TestCase(
        f"{finding.requirement} [{finding.channel}] {finding.check}",
        classname=f"conformance.{finding.requirement}",
        time=round(finding.seconds, 3),
    )
    if not counted:
        case.result = [Skipped(f"outside the profile; {finding.verdict}: {finding.reason}")]
    elif finding.verdict is Verdict.FAIL:
        case.result = [_with_text(Failure(finding.reason, "fail"), finding)]
    elif finding.verdict is Verdict.INCONCLUSIVE:
        case.result = [_with_text(Error(finding.reason, "inconclusive"), finding)]
    elif finding.verdict is Verdict.ERROR:
        case.result = [_with_text(Error(finding.reason, "error"), finding)]
    elif finding.verdict is Verdict.NOT_APPLICABLE:
        case.result = [Skipped(f"not applicable: {finding.reason}")]
    elif finding.verdict is Verdict.WAIVED:
        case.system_out = f"waived: {finding.waiver}\nit failed: {finding.reason}"
    return case


def _with_text(result: Failure | Error, finding: Finding) -> Failure | Error:
    lines = [finding.reason, *(f"control: {control}" for control in finding.controls)]
    for evidence in finding.evidence:
        where = f" ({evidence.path})" if evidence.path else ""
        data = f" {json.dumps(evidence.data, default=str)}" if evidence.data else ""
        lines.append(f"{evidence.kind}: {evidence.summary}{where}{data}")
    result.text = "\n".join(lines)
    return result


def _missing(judgement: Judgement) -> TestCase:
    case = TestCase(
        f"{judgement.requirement} [{judgement.channel}]",
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
