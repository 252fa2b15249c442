"""Gathers the findings of a self-test, and shows each fault as soon as its checks are done."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from conformance.reports.collect import WorkerNotes
from conformance.selftest import fault_named
from conformance.selftest.choice import Choice
from conformance.selftest.matrix import definition_of
from conformance.selftest.results import (
    Cell,
    FaultResult,
    Outcome,
    Role,
    SelfTestResults,
    judge_fault,
)
from conformance.verdicts import Finding, Verdict

STYLE = {
    Outcome.NOTICED: "green",
    Outcome.MISSED: "red",
    Outcome.OVER_REPORTED: "magenta",
    Outcome.WAITS: "dim",
    Outcome.ACCEPTED: "green",
}
SIGN = {
    Outcome.NOTICED: "\u2713",
    Outcome.MISSED: "\u2717",
    Outcome.OVER_REPORTED: "!",
    Outcome.WAITS: "\u2013",
    Outcome.ACCEPTED: "\u2713",
}


def missing(cell: Cell) -> str:
    """What the finding of a check should have said and did not, to be added to its reason."""
    return "" if cell.said else f" (no finding says {cell.wanted!r})"


class FaultCollector:
    """Collects in the process that started a self-test."""

    def __init__(
        self, choice: Choice, folder: Path, command: str, console: Console | None = None
    ) -> None:
        self.choice, self.folder, self.command = choice, folder, command
        self.console = console or Console()
        self.problems: list[str] = []
        self._said: dict[str, list[Finding]] = {}
        self._left: Counter[str] = Counter()
        self._checks: dict[str, int] = {}
        self._cpu = 0.0
        self._through = 0
        self._began = time.monotonic()
        self._started = datetime.now(UTC).isoformat(timespec="seconds")

    def expect(self, faults: Iterable[str | None]) -> None:
        """Take the fault of each check that will run; None for a check without one."""
        counted = Counter(fault for fault in faults if fault is not None)
        if counted and not self._left:
            self._left = counted
            words = f"{len(counted)} faults, {counted.total()} checks"
            words += f"; values drawn from --seed={self.choice.seed}"
            self.console.print(Text(words))

    def add(self, fault: str, finding: Finding) -> None:
        """Add one finding of a check that ran with this fault."""
        self._said.setdefault(fault, []).append(finding)

    def check_done(self, fault: str | None) -> None:
        """Note that a check of this fault is over; the last one shows the fault's result."""
        if fault is None:
            return
        self._left[fault] -= 1
        if self._left[fault] == 0:
            self._through += 1
            tried = self._judged(fault)
            self.console.print(self._line(tried), soft_wrap=True)

    def _judged(self, fault: str) -> FaultResult:
        result = judge_fault(self.choice.fault(fault), self._said.get(fault, []))
        result.started, result.seed = self._started, self.choice.seed
        result.definition = definition_of(fault_named(fault))
        result.every_check = self.choice.every_check
        return result

    def _line(self, tried: FaultResult) -> Text:
        line = Text.assemble(
            f"{self._through:>3}/{len(self._left)} ",
            (f"{SIGN[tried.outcome]} {tried.outcome}", STYLE[tried.outcome]),
            f"  {tried.id} ({tried.seconds:.0f} s)",
        )
        for cell in tried.wrong(*Role):
            line.append(f"\n        {cell.name} says {cell.verdict}: {cell.reason}{missing(cell)}")
        return line

    def merge(self, notes: WorkerNotes) -> None:
        """Take one process's notes."""
        self._checks |= notes.fault_checks
        self._cpu += notes.cpu_seconds
        self.problems += notes.problems
        self.problems += [
            f"{finding.check}: {finding.reason}"
            for finding in notes.findings
            if finding.verdict is not Verdict.PASS
        ]

    def results(self, *, interrupted: bool) -> SelfTestResults:
        """Judge all faults."""
        if interrupted:
            self.problems.append("the self-test was interrupted before it had finished")
        elif not self._checks and {one.id for one in self.choice.faults()} & set(
            self.choice.settled
        ):
            self.problems.append("nothing is left to try: the state file has every chosen fault")
        elif not self._checks:
            self.problems.append("no fault matches this choice")
        return SelfTestResults(
            started=self._started,
            command=self.command,
            choice=str(self.choice),
            seed=self.choice.seed,
            # an interrupted worker hands in no notes, but its findings are here
            tried=[self._judged(fault) for fault in dict.fromkeys([*self._checks, *self._said])],
            left_out=len(self.choice.faults()) - len({*self._checks, *self._said}),
            seconds=round(time.monotonic() - self._began, 1),
            cpu_seconds=round(self._cpu, 1),
            problems=list(dict.fromkeys(self.problems)),
        )
