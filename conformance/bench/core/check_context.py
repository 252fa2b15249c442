"""What belongs to one check: its ledger, the alarm it obeys, and the time of its negative windows.

The context is a value that is passed on. There is one exception, so that scenarios stay readable:
`control`, `holds` and `never` (`conformance.bench.core.evaluation`) use the context of the running
check when they are called without one. The pytest plugin sets it around each check with `running`,
in a `ContextVar`: the tasks in which pytest-asyncio runs the check and its fixtures, and the tasks
that these start, inherit it. Nothing else calls `running_check`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from conformance.bench.core.alarm import HarnessAlarm
from conformance.bench.core.claims import Claim, Observation, evidence_of
from conformance.verdicts import BenchError, Evidence


@dataclass
class Ledger:
    """What the verdict of a check rests on: its controls in words, its evidence, its captures."""

    controls: list[str] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    material: list[object] = field(default_factory=list)
    """Captured bytes that claims rest on: see `conformance.bench.evidence`."""

    def note(self, kind: str, claim: Claim, seen: Observation) -> None:
        """Keep an observation and its own evidence; `kind` is the role of the claim."""
        self.add_evidence(seen.evidence)
        self.evidence.append(evidence_of(kind, claim, seen))

    def add_evidence(self, evidence: Iterable[Evidence]) -> None:
        """Keep each piece of evidence once."""
        for one in evidence:
            if one not in self.evidence:
                self.evidence.append(one)

    def add_material(self, claims: Iterable[Claim]) -> None:
        """Keep each piece of material of these claims once."""
        for claim in claims:
            for one in claim.material:
                if not any(one is kept for kept in self.material):
                    self.material.append(one)


@dataclass
class CheckContext:
    """The context of one check. `alarm` is that of the whole process."""

    alarm: HarnessAlarm = field(default_factory=HarnessAlarm)
    ledger: Ledger = field(default_factory=Ledger)
    negative_seconds: float = 0.0
    """Seconds spent in the windows of negatives, which are part of the run's minimum duration."""


_RUNNING: ContextVar[CheckContext] = ContextVar("the context of the running check")


@contextmanager
def running(context: CheckContext) -> Iterator[CheckContext]:
    """Make `context` that of the running check until the block ends."""
    token = _RUNNING.set(context)
    try:
        yield context
    finally:
        _RUNNING.reset(token)


def running_check() -> CheckContext:
    """The context of the running check.

    Raises:
        BenchError: no check is running.
    """
    try:
        return _RUNNING.get()
    except LookupError:
        raise BenchError("no check is running: pass a CheckContext") from None
