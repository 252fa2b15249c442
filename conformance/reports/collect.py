"""Collects the findings of all processes of a run and judges them once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from conformance.catalogue import catalogue
from conformance.exclusions import Exclusion, excluded
from conformance.judging import run_verdict
from conformance.manifest import ListedCheck, manifest, not_among
from conformance.reports.figures import Figures, Sample
from conformance.reports.model import Results, Series, Shot
from conformance.subject import Subject
from conformance.verdicts import SANITY, Finding, RunVerdict
from conformance.waivers import Part, WaiverFile, today
from conformance.waiving import apply_waivers

PRODUCT_SERVER = "plugnmeet-server"
"""The name of the product's own server among the versions of a run."""


class WorkerNotes(BaseModel):
    """What one process of a run reports besides the findings of its checks.

    Times are in seconds, memory is in bytes. `expected` has the selected (requirement, room kind)
    pairs, `collected` the names of the selected checks. `floor_seconds` is the time for the start
    of the stack, for filling shared rooms, and for the windows of negative claims.
    """

    model_config = ConfigDict(extra="forbid")

    findings: list[Finding] = Field(default_factory=list)
    expected: list[tuple[str, str]] = Field(default_factory=list)
    collected: list[str] = Field(default_factory=list)
    versions: dict[str, str] = Field(default_factory=dict)
    timings: dict[str, float] = Field(default_factory=dict)
    stack_seconds: list[float] = Field(default_factory=list)
    join_seconds: list[float] = Field(default_factory=list)
    first_mark_seconds: list[float] = Field(default_factory=list)
    floor_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory_bytes: int = 0
    shots: list[Shot] = Field(default_factory=list)
    series: list[Series] = Field(default_factory=list)
    disturbances: list[str] = Field(default_factory=list)
    problems: list[str] = Field(default_factory=list)
    fault_checks: dict[str, int] = Field(default_factory=dict)
    """In a self-test: the number of checks of each chosen fault, by the id of the fault."""


class Run(BaseModel):
    """The options of the run.

    `selection` is what the command line selects, in words; empty for a whole run. `requirements`
    are those of `--requirement`; `narrowed`: the command line also selects in another way.
    """

    command: str
    stack: str
    client: str
    selection: str = ""
    requirements: list[str] = Field(default_factory=list)
    narrowed: bool = False
    disturbances: list[str] = Field(default_factory=list)
    broken_rules: list[str] = Field(default_factory=list)
    profile: str | None = None
    rounds: int = 1

    @property
    def real(self) -> dict[Part, bool]:
        """Which parts of this run are a product's, and not the suite's reference."""
        return Subject.named(self.stack, self.client).real


class Collector:
    """Collects findings and notes, in the process that started the run."""

    def __init__(
        self,
        run: Run,
        folder: Path,
        waivers: WaiverFile | None = None,
        exclusions: Sequence[Exclusion] = (),
    ) -> None:
        self.run, self.folder = run, folder
        self._waivers = waivers or WaiverFile([])
        self._exclusions = list(exclusions)
        self.findings: list[Finding] = []
        self.notes: list[WorkerNotes] = []
        self.problems: list[str] = []
        self.began = time.monotonic()
        self.started = datetime.now(UTC).isoformat(timespec="seconds")
        self._profile = catalogue().profile(run.profile) if run.profile else None

    @property
    def concerned(self) -> bool:
        """Whether this run had any check to judge."""
        return bool(self.findings or any(note.expected for note in self.notes))

    def add(self, finding: Finding) -> None:
        """Add one finding."""
        self.findings.append(finding)

    def merge(self, notes: WorkerNotes) -> None:
        """Add the notes of one process."""
        self.notes.append(notes)
        self.findings += notes.findings
        self.problems += notes.problems

    def expected(self) -> list[tuple[str, str]]:
        """What the run had to judge: the selection, or all that the catalogue says is covered."""
        pairs = {pair for note in self.notes for pair in note.expected}
        if not self.run.selection:
            pairs |= set(catalogue().expected(self._profile))
        if any(finding.requirement == SANITY for finding in self.findings):
            pairs.add((SANITY, "plain"))
        return sorted(p for p in pairs if not any(e.covers(*p) for e in self._exclusions))

    def _should_run(self) -> list[ListedCheck]:
        """The checks of the manifest that the options do not leave out."""
        return [
            one
            for one in manifest()
            if not excluded(self._exclusions, one.requirements, one.room_kind)
        ]

    def missing(self) -> list[ListedCheck]:
        """The checks that the run had to judge and that have no finding.

        These are all that the catalogue's scenarios have, or those of the selected requirements.
        Only `-k`, `-m` and names on the command line leave out more; then these are the checks
        that were collected.
        """
        wanted = set(self.run.requirements)
        due = [one for one in self._should_run() if not wanted or wanted & set(one.requirements)]
        if self.run.narrowed:
            left_out = not_among(self._collected(), due)
            due = [one for one in due if one not in left_out]
        return not_among((finding.check for finding in self.findings), due)

    def _collected(self) -> set[str]:
        return {check for note in self.notes for check in note.collected}

    def _partial(self) -> bool:
        """Whether checks of the manifest were not collected, whatever the reason."""
        return bool(not_among(self._collected(), self._should_run()))

    def _selection(self, *, partial: bool) -> str:
        """What was selected, in words; of a partial run always some."""
        if self.run.selection or not partial:
            return self.run.selection
        due = self._should_run()
        here = len(due) - len(not_among(self._collected(), due))
        return f"{here} of {len(due)} checks were collected"

    def results(self, *, interrupted: bool) -> Results:
        """Judge the run."""
        if interrupted:
            self.problems.append("the run was interrupted before it finished")
        versions = {k: v for note in self.notes for k, v in note.versions.items()}
        partial = self._partial()
        findings, waiver_problems = apply_waivers(
            self.findings,
            self._waivers.about(self.run.real),
            today=today(),
            partial=partial or bool(self._exclusions),
        )
        mismatch = self._waivers.version_problem(versions.get(PRODUCT_SERVER))
        waiver_problems += [mismatch] if mismatch else []
        verdict: RunVerdict = run_verdict(
            findings,
            expected=self.expected(),
            waiver_problems=waiver_problems,
            bench_problems=self.problems,
            missing=self.missing(),
            partial=partial,
            profile=self._profile.counts if self._profile else None,
            rounds=self.run.rounds,
        )
        return Results(
            run_id=self.folder.name,
            started=self.started,
            command=self.run.command,
            stack=self.run.stack,
            client=self.run.client,
            verdict=verdict,
            findings=findings,
            profile=self._profile.key if self._profile else None,
            selection=self._selection(partial=partial),
            exclusions=[str(exclusion) for exclusion in self._exclusions],
            versions=versions,
            disturbances=self._disturbances(),
            broken_rules=self.run.broken_rules,
            figures=self._figures(),
            series=[series for note in self.notes for series in note.series],
            shots=[shot for note in self.notes for shot in note.shots],
        )

    def _disturbances(self) -> list[str]:
        """What each disturbance did; one that reported nothing appears with its name only."""
        told = [did for note in self.notes for did in note.disturbances]
        names = {did.partition(":")[0] for did in told}
        return told + [one for one in self.run.disturbances if one not in names]

    def _figures(self) -> Figures:
        notes = self.notes
        services: dict[str, float] = {}
        for note in notes:
            for name, seconds in note.timings.items():
                services[name] = max(services.get(name, 0.0), round(seconds, 3))
        return Figures(
            stack_start=Sample.of([s for note in notes for s in note.stack_seconds]),
            join=Sample.of([s for note in notes for s in note.join_seconds]),
            first_mark=Sample.of([s for note in notes for s in note.first_mark_seconds]),
            wall_seconds=round(time.monotonic() - self.began, 2),
            cpu_seconds=round(sum(note.cpu_seconds for note in notes), 2) or None,
            floor_seconds=round(max((note.floor_seconds for note in notes), default=0.0), 2)
            or None,
            peak_memory_bytes=sum(note.peak_memory_bytes for note in notes) or None,
            services=services,
        )
