"""What the process that started the run receives from its checks and its workers."""

from __future__ import annotations

import json
from typing import Any, Protocol

import pytest

from conformance.pytest_plugin.keys import FAULT, FINDING, Placement
from conformance.reports.collect import Collector, WorkerNotes
from conformance.reports.selftest.collect import FaultCollector
from conformance.reports.terminal.progress import LiveProgress
from conformance.verdicts import Finding


class _Gathers(Protocol):
    problems: list[str]

    def merge(self, notes: WorkerNotes) -> None: ...


class _FromWorkers:
    """Receives the notes that each worker sends when it ends."""

    collector: _Gathers

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take a worker's notes, or note that the worker was lost."""
        output = getattr(node, "workeroutput", {})
        notes = output.get("plugnmeet")
        if notes is not None:
            self.collector.merge(WorkerNotes.model_validate_json(notes))
        elif error:
            self.collector.problems.append(f"a worker of the run was lost: {error}")


class SelfTestListener(_FromWorkers):
    """Hands the findings of a self-test, with their faults, to its collector.

    `placements` names the fault of each check, by node id. It is filled before these hooks run.
    """

    def __init__(self, collector: FaultCollector, placements: dict[str, Placement]) -> None:
        self.collector: FaultCollector = collector
        self._placements = placements

    def _fault_of(self, nodeid: str) -> str | None:
        placement = self._placements.get(nodeid)
        return placement.fault if placement is not None else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count each fault's checks."""
        self.collector.expect(self._fault_of(item.nodeid) for item in session.items)

    @pytest.hookimpl(optionalhook=True, trylast=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """The same with workers: each worker collects all checks."""
        self.collector.expect(self._fault_of(nodeid) for nodeid in ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the findings from one report."""
        for name, value in report.user_properties:
            if name == FAULT:
                fault, said = json.loads(str(value))
                for raw in said:
                    self.collector.add(fault, Finding.model_validate(raw))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Note that a check ended."""
        self.collector.check_done(self._fault_of(nodeid))


class RunListener(_FromWorkers):
    """Hands the findings in test reports to the collector (controller only)."""

    def __init__(
        self, collector: Collector, others_failed: list[str], live: LiveProgress | None
    ) -> None:
        self.collector: Collector = collector
        self.others_failed, self.live = others_failed, live
        if live is not None:
            live.started(0)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Show the number of checks."""
        if self.live is not None and session.items:
            self.live.started(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """The same with workers: each worker collects all checks."""
        if self.live is not None:
            self.live.started(len(ids))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Show that a check starts."""
        if self.live is not None:
            self.live.check_started(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the findings from one report."""
        if report.failed and not any(name == FINDING for name, _ in report.user_properties):
            self.others_failed.append(report.nodeid)
        for name, value in report.user_properties:
            if name == FINDING:
                for raw in json.loads(str(value)):
                    finding = Finding.model_validate(raw)
                    self.collector.add(finding)
                    if self.live is not None:
                        self.live.finding(finding)
