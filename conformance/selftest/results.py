"""The results of a self-test: which faults were noticed, by which checks, and what else failed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from conformance.judging import judge
from conformance.selftest import Fault
from conformance.verdicts import Finding, Verdict


class Role(StrEnum):
    """Whether a check must notice a fault, may notice it, or must not be affected by it."""

    MUST = "must"
    MAY = "may"
    SAMPLE = "sample"


class Outcome(StrEnum):
    """The result for one fault."""

    NOTICED = "noticed"
    MISSED = "missed"
    OVER_REPORTED = "over-reported"
    WAITS = "waits"
    ACCEPTED = "accepted"


class Cell(BaseModel):
    """The verdict on one requirement in one kind of room while one fault was there.

    `right`: whether this verdict was wanted. `why`: why the requirement may notice the fault.
    `wanted`: the pattern that its finding had to match; `said`: whether a finding did.
    """

    model_config = ConfigDict(extra="forbid")

    requirement: str
    room_kind: str
    part: Role
    verdict: Verdict
    reason: str
    right: bool
    why: str = ""
    wanted: str = ""
    said: bool = True
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """The requirement and its room kind, as a report writes them."""
        return f"{self.requirement}/{self.room_kind}" if self.room_kind != "-" else self.requirement


class FaultResult(BaseModel):
    """One fault and all verdicts while it was there. `wanted`: what its `must` had to report.

    `started`: when it was tried, ISO 8601 in UTC. `definition` names the fault as it was then, and
    `seed` what its values were drawn from. `every_check`: all checks ran, not only a sample beside
    those that must notice. `earlier`: the outcomes of earlier trials of the same fault.
    """

    model_config = ConfigDict(extra="forbid")

    id: str
    breaks: str
    where: str
    rules: list[str]
    wanted: Verdict
    outcome: Outcome
    cells: list[Cell] = Field(default_factory=list)
    seconds: float = 0.0
    started: str = ""
    definition: str = ""
    seed: int | None = None
    every_check: bool = False
    earlier: list[Outcome] = Field(default_factory=list)

    def wrong(self, *roles: Role) -> list[Cell]:
        """The cells with these roles whose verdict was not wanted."""
        return [cell for cell in self.cells if not cell.right and cell.part in roles]


class SelfTestResults(BaseModel):
    """All faults of one self-test.

    `left_out`: how many faults the options left out. `seed`: what the faults' values were drawn
    from; `rules` of each fault has the values. `problems`: what went wrong in the harness.
    """

    model_config = ConfigDict(extra="forbid")

    schema_version: int = 2
    started: str
    command: str
    choice: str = ""
    seed: int | None = None
    tried: list[FaultResult]
    left_out: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    problems: list[str] = Field(default_factory=list)

    def of(self, outcome: Outcome) -> list[FaultResult]:
        """The faults with this outcome."""
        return [one for one in self.tried if one.outcome is outcome]

    @property
    def holds(self) -> bool:
        """Whether no fault was missed, and no check failed without an explanation."""
        wrong = self.of(Outcome.MISSED) + self.of(Outcome.OVER_REPORTED)
        right = self.of(Outcome.NOTICED) + self.of(Outcome.ACCEPTED)
        return not wrong and not self.problems and bool(right)


def judge_fault(fault: Fault, findings: Sequence[Finding]) -> FaultResult:
    """Compare the verdicts with the wanted ones.

    A fault is missed if a requirement that must notice it has another verdict than the wanted one,
    gives another reason than the stated one, or was not judged. It is over-reported if a check that
    it must not affect fails or breaks. An inconclusive verdict is no false alarm: a fault may make
    a control fail. A variation is over-reported if a check under `must` does anything but pass.
    """
    cells = [_cell(fault, group) for group in _groups(findings)]
    musts = [cell for cell in cells if cell.part is Role.MUST]
    asked = all(
        any(target.covers(c.requirement, c.room_kind) for c in musts) for target in fault.must
    )
    if fault.waits:
        outcome = Outcome.WAITS
    elif not asked or not (fault.is_variation or all(cell.right for cell in musts)):
        outcome = Outcome.MISSED
    elif any(not cell.right for cell in cells):
        outcome = Outcome.OVER_REPORTED
    else:
        outcome = Outcome.ACCEPTED if fault.is_variation else Outcome.NOTICED
    return FaultResult(
        id=fault.id,
        breaks=fault.breaks,
        where=fault.where,
        rules=list(fault.rules),
        wanted=fault.verdict,
        outcome=outcome,
        cells=cells,
        seconds=round(sum(finding.seconds for finding in findings), 1),
    )


def _groups(findings: Iterable[Finding]) -> list[list[Finding]]:
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.requirement, finding.room_kind), []).append(finding)
    return list(groups.values())


def _cell(fault: Fault, findings: Sequence[Finding]) -> Cell:
    (said,) = judge(findings)
    requirement, room_kind = said.requirement, said.room_kind
    wanted = fault.pattern(requirement, room_kind)
    as_wanted = wanted is None or any(
        re.search(wanted, words, re.IGNORECASE)
        for finding in findings
        if finding.verdict is fault.verdict
        for words in (finding.reason, *(one.summary for one in finding.evidence))
    )
    why = fault.may_because(requirement, room_kind)
    if fault.needs(requirement, room_kind):
        part, right = Role.MUST, said.verdict is fault.verdict and as_wanted
    elif why is not None:
        part, right = Role.MAY, said.verdict is not Verdict.ERROR
    else:
        part, right = Role.SAMPLE, said.verdict not in (Verdict.FAIL, Verdict.ERROR)
    return Cell(
        requirement=requirement,
        room_kind=room_kind,
        part=part,
        verdict=said.verdict,
        reason="" if part is Role.SAMPLE and said.verdict is Verdict.PASS else said.reason,
        right=right,
        why=why or "",
        wanted=(wanted or "") if part is Role.MUST else "",
        said=as_wanted or part is not Role.MUST,
        seconds=round(sum(finding.seconds for finding in findings), 1),
    )
