"""What a trial of the suite found: was each fault noticed, by whom, and was anything else said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from conformance.judging import judge
from conformance.selftest import Fault
from conformance.verdicts import Finding, Verdict


class Part(StrEnum):
    """What a check has to do with a fault."""

    MUST = "must"
    MAY = "may"
    SAMPLE = "sample"


class Outcome(StrEnum):
    """What became of one fault."""

    NOTICED = "noticed"
    MISSED = "missed"
    OVER_REPORTED = "over-reported"
    WAITS = "waits"


class Cell(BaseModel):
    """One requirement in one kind of room with one fault; `why`: why it may notice, if it may."""

    model_config = ConfigDict(extra="forbid")

    requirement: str
    room_kind: str
    part: Part
    verdict: Verdict
    reason: str
    right: bool
    why: str = ""
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """As a report writes it."""
        return f"{self.requirement}/{self.room_kind}" if self.room_kind != "-" else self.requirement


class Tried(BaseModel):
    """One fault and all that was said while it was there. `problem`: why it proves nothing."""

    model_config = ConfigDict(extra="forbid")

    id: str
    breaks: str
    where: str
    rules: list[str]
    wanted: Verdict
    outcome: Outcome
    cells: list[Cell] = Field(default_factory=list)
    seconds: float = 0.0

    def wrong(self, *parts: Part) -> list[Cell]:
        """Where the wrong thing was said."""
        return [cell for cell in self.cells if not cell.right and cell.part in parts]


class Trial(BaseModel):
    """All faults of one trial.

    `left_out`: how many the choice left out; `problems`: those of the bench.
    """

    model_config = ConfigDict(extra="forbid")

    schema_version: int = 2
    started: str
    command: str
    choice: str = ""
    tried: list[Tried]
    left_out: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    problems: list[str] = Field(default_factory=list)

    def of(self, outcome: Outcome) -> list[Tried]:
        """The faults with this outcome."""
        return [one for one in self.tried if one.outcome is outcome]

    @property
    def holds(self) -> bool:
        """Nothing was missed and nothing was said that is not explained."""
        wrong = self.of(Outcome.MISSED) + self.of(Outcome.OVER_REPORTED)
        return not wrong and not self.problems and bool(self.of(Outcome.NOTICED))


def judge_fault(fault: Fault, findings: Sequence[Finding]) -> Tried:
    """Sort what was said by what should have been.

    A fault is missed if one that must notice it says anything but the wanted verdict, or was not
    asked; over-reported if one that has nothing to do with it fails or breaks. Inconclusive is no
    false alarm: a fault may well take a control away.
    """
    cells = [_cell(fault, group) for group in _groups(findings)]
    musts = [cell for cell in cells if cell.part is Part.MUST]
    asked = all(
        any(target.covers(c.requirement, c.room_kind) for c in musts) for target in fault.must
    )
    if fault.waits:
        outcome = Outcome.WAITS
    elif not asked or not all(cell.right for cell in musts):
        outcome = Outcome.MISSED
    elif any(not cell.right for cell in cells):
        outcome = Outcome.OVER_REPORTED
    else:
        outcome = Outcome.NOTICED
    return Tried(
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
    why = fault.reason(requirement, room_kind)
    if fault.needs(requirement, room_kind):
        part, right = Part.MUST, said.verdict is fault.verdict
    elif why is not None:
        part, right = Part.MAY, said.verdict is not Verdict.ERROR
    else:
        part, right = Part.SAMPLE, said.verdict not in (Verdict.FAIL, Verdict.ERROR)
    return Cell(
        requirement=requirement,
        room_kind=room_kind,
        part=part,
        verdict=said.verdict,
        reason=said.reason,
        right=right,
        why=why or "",
        seconds=round(sum(finding.seconds for finding in findings), 1),
    )
