"""Turn the end of a check into findings, and the findings into pytest's outcome."""

from __future__ import annotations

import json
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import allure
import pytest

from conformance.bench.core.check_context import CheckContext, running
from conformance.bench.evidence import capture
from conformance.catalogue import catalogue
from conformance.pytest_plugin.checks import room_kind_of
from conformance.pytest_plugin.fixtures.parts import CHECK_CONTEXT, alarm_of
from conformance.pytest_plugin.fixtures.rounds import check_of, round_of
from conformance.pytest_plugin.keys import CHOICE, FAULT, FINDING, NOTES, WAIVERS
from conformance.pytest_plugin.selftest import fault_of
from conformance.reports.kept import keep
from conformance.stacks.base import StackError
from conformance.subject import Subject
from conformance.verdicts import (
    BenchError,
    ClaimFailed,
    Finding,
    NotThisStack,
    Verdict,
    verdict_of,
)
from conformance.waivers import today
from conformance.waiving import apply_waivers


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Stop at once after an alarm; name the check's requirements in Allure's results."""
    mark = item.get_closest_marker("requirement")
    if mark is not None:
        alarm_of(item.config).check()
    if mark is None or not getattr(item.config.option, "allure_report_dir", None):
        return
    for requirement in mark.args:
        allure.dynamic.tag(requirement)
        allure.dynamic.story(f"{requirement}: {catalogue()[requirement].text}")
    allure.dynamic.feature(room_kind_of(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Give each check a context of its own; see `conformance.bench.core.check_context`."""
    context = item.stash[CHECK_CONTEXT] = CheckContext(alarm_of(item.config))
    with running(context):
        result = yield
    item.config.stash[NOTES].floor_seconds += context.negative_seconds
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the result of a check into findings, and the findings into pytest's outcome."""
    report = yield
    mark = item.get_closest_marker("requirement")
    failed_outside = call.when != "call" and call.excinfo is not None
    if mark is None or not (call.when == "call" or failed_outside):
        return report
    exception = call.excinfo.value if call.excinfo else None
    if isinstance(exception, pytest.skip.Exception):
        verdict, reason = Verdict.INCONCLUSIVE, f"skipped: {exception.msg}"
    else:
        verdict = verdict_of(exception)
        reason = _reason(item, exception)
    prepares = call.when == "setup" and not isinstance(exception, NotThisStack)
    if prepares and verdict is Verdict.NOT_APPLICABLE:
        # what prepares many checks does not know what each of them needs
        verdict, reason = Verdict.INCONCLUSIVE, f"could not prepare: {reason}"
    if call.when == "teardown":
        verdict, reason = Verdict.ERROR, f"while clearing up: {reason}"
    kept = item.stash[CHECK_CONTEXT].ledger
    findings = [
        Finding(
            requirement=requirement,
            room_kind=room_kind_of(item),
            check=check_of(item),
            verdict=verdict,
            reason=reason,
            claims=_claims(exception) if verdict is Verdict.FAIL else [],
            controls=kept.controls,
            evidence=kept.evidence,
            started=datetime.fromtimestamp(call.start, UTC).isoformat(timespec="milliseconds"),
            seconds=round(call.duration, 3),
            round=round_of(item),
        )
        for requirement in mark.args
    ]
    if CHOICE in item.config.stash:
        report.user_properties.append((FAULT, _of_fault(item, findings)))
        return report
    _keep_captured(item, kept.material, findings)
    waivers = item.config.stash[WAIVERS].about(Subject.of(item.config.option).real)
    findings, _ = apply_waivers(findings, waivers, today=today(), partial=True)
    report.user_properties.append(
        (FINDING, json.dumps([finding.model_dump(mode="json") for finding in findings]))
    )
    _set_outcome(report, findings, reason)
    return report


def _claims(exception: BaseException | None) -> list[str]:
    """The sentences of the claims that did not hold."""
    claims = exception.claims if isinstance(exception, ClaimFailed) else ()
    return list(claims) or [str(exception).splitlines()[0] if str(exception) else "unnamed"]


def _of_fault(item: pytest.Item, findings: list[Finding]) -> str:
    """What a self-test keeps: the fault, and the verdicts with their reasons and evidence."""
    fault = fault_of(item)
    said = [
        finding.model_copy(
            update={
                "evidence": [one.model_copy(update={"data": {}}) for one in finding.evidence],
                "controls": [],
            }
        )
        for finding in findings
    ]
    return json.dumps([fault.id if fault else "", [one.model_dump(mode="json") for one in said]])


def _keep_captured(item: pytest.Item, material: list[object], findings: list[Finding]) -> None:
    """Write the captured bytes that the claims used into a separate folder for each finding."""
    captured = capture(material) if material else None
    if captured is None:
        return
    for finding in findings:
        kept = keep(Path(item.config.option.run_folder), finding, captured)
        finding.evidence = [*finding.evidence, *([kept] if kept else [])]


def _reason(item: pytest.Item, exception: BaseException | None) -> str:
    if exception is None:
        doc = (getattr(item, "function", item).__doc__ or item.name).strip()
        return doc.splitlines()[0]
    if isinstance(exception, BaseExceptionGroup):
        return "; ".join(_reason(item, one) for one in exception.exceptions)[:500]
    text = str(exception).strip() or type(exception).__name__
    own = isinstance(exception, BenchError | StackError)
    if verdict_of(exception) is Verdict.ERROR and not own:
        text = f"{type(exception).__name__}: {text}"
    return text.splitlines()[0][:500]


def _set_outcome(report: pytest.TestReport, findings: list[Finding], reason: str) -> None:
    """Set pytest's outcome by the verdicts: a verdict that is not green is not green in pytest."""
    verdicts = {finding.verdict for finding in findings}
    if verdicts == {Verdict.WAIVED}:
        report.outcome = "skipped"
        report.wasxfail = findings[0].waiver or reason
    elif verdicts == {Verdict.NOT_APPLICABLE}:
        report.outcome = "skipped"
        report.longrepr = (str(report.fspath), 0, f"not applicable: {reason}")
    elif verdicts != {Verdict.PASS} and report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"inconclusive: {reason}"
    elif verdicts & {Verdict.INCONCLUSIVE}:
        report.longrepr = f"inconclusive: {reason}"
    elif verdicts & {Verdict.FAIL}:
        report.longrepr = f"fail: {reason}"
