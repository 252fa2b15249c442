"""Collect the findings of a run, judge them, write the report and set the exit status."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from rich.console import Console

from conformance.pytest_plugin.keys import (
    COLLECTOR,
    FAULTS,
    LIVE,
    NOTES,
    OTHERS,
    OUTCOME,
    PLACEMENTS,
)
from conformance.pytest_plugin.listening import RunListener, SelfTestListener
from conformance.reports.selftest.collect import FaultCollector
from conformance.reports.selftest.page import (
    print_selftest,
    sentence_of_matrix,
    write_selftest,
)
from conformance.reports.terminal.summary import print_summary
from conformance.reports.write import ReportNotWritten, write_files, write_report
from conformance.selftest.matrix import StateNotReadable, merged, read_state
from conformance.selftest.results import SelfTestResults
from conformance.verdicts import Exit


def pytest_sessionstart(session: pytest.Session) -> None:
    """Register the listener in the process that started the run."""
    stash = session.config.stash
    listener: RunListener | SelfTestListener
    if FAULTS in stash:
        placements = stash[PLACEMENTS]
        listener = SelfTestListener(stash[FAULTS], placements)
    elif COLLECTOR in stash:
        others: list[str] = stash.setdefault(OTHERS, [])
        listener = RunListener(stash[COLLECTOR], others, stash.get(LIVE, None))
    else:
        return  # a worker
    session.config.pluginmanager.register(listener, "plugnmeet-listener")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Workers hand in their notes; the controller judges, reports and sets the exit status."""
    config = session.config
    notes = config.stash[NOTES]
    if hasattr(config, "workerinput"):
        config.workeroutput["plugnmeet"] = notes.model_dump_json()  # type: ignore[attr-defined]
        return
    interrupted = exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
    if FAULTS in config.stash and config.option.collectonly:
        return
    if FAULTS in config.stash:
        config.stash[FAULTS].merge(notes)
        state = Path(config.option.fault_state) if config.option.fault_state else None
        tried = config.stash[FAULTS]
        session.exitstatus = _finish_selftest(tried, state, interrupted=interrupted)
        return
    collector = config.stash[COLLECTOR]
    collector.merge(notes)
    if not collector.concerned or config.option.collectonly:
        if config.option.live:
            sys.stderr.write("conform: no check matches this selection\n")
        return
    results = collector.results(interrupted=interrupted)
    exit_code = int(results.verdict.exit_code)
    report: Path | None = None
    complaint: ReportNotWritten | None = None
    try:
        report = write_report(results, collector.folder)
    except ReportNotWritten as error:
        complaint, exit_code = error, int(Exit.BROKE)
    live = config.stash.get(LIVE, None)
    if live is not None:
        live.finished()
        print_summary(live.console, results, report=report, not_written=complaint)
    config.stash[OUTCOME] = (results, report, complaint)
    others_failed = exitstatus == pytest.ExitCode.TESTS_FAILED and bool(config.stash[OTHERS])
    session.exitstatus = max(exit_code, int(others_failed)) if exit_code == 0 else exit_code


def _finish_selftest(collector: FaultCollector, state: Path | None, *, interrupted: bool) -> int:
    """Judge, show and write a self-test, and add it to its state. Returns its exit status."""
    results = collector.results(interrupted=interrupted)
    console = Console()
    if state is not None:
        _keep_state(results, state, console)
    try:
        page = write_selftest(results, collector.folder)
    except ReportNotWritten as error:
        console.print(str(error), markup=False)
        return int(Exit.BROKE)
    print_selftest(console, results, page)
    if results.problems:
        return int(Exit.BROKE)
    return int(Exit.CONFORMS if results.holds else Exit.FAILS)


def _keep_state(results: SelfTestResults, state: Path, console: Console) -> None:
    """Put the results together with those of earlier parts; say how much is still missing."""
    try:
        before = read_state(state)
        whole = merged([*([before] if before else []), results])
        write_files(state.parent, {state.name: lambda: whole.model_dump_json(indent=1) + "\n"})
    except (StateNotReadable, ReportNotWritten) as error:
        results.problems.append(str(error))
        return
    console.print(f"{state}: {sentence_of_matrix(whole)}", markup=False, soft_wrap=True)


def pytest_terminal_summary(config: pytest.Config) -> None:
    """Print the verdict below pytest's own lines."""
    outcome = config.stash.get(OUTCOME, None)
    if outcome is not None:
        results, report, complaint = outcome
        print_summary(Console(), results, report=report, not_written=complaint)
