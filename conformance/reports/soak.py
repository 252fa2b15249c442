"""Counts the verdicts of many runs against the reference parts, and names the wrong ones."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from conformance.reports.markdown import escape
from conformance.reports.model import Results
from conformance.verdicts import SANITY, Exit, Judgement, Text, Verdict


class SoakRun(BaseModel):
    """One run: its disturbance and its verdicts.

    `judged` has the number of judgements of each verdict; a judgement is one requirement in one
    kind of room. `wrong` has the wrong judgements as text, and `open` those that are inconclusive
    or an error.
    """

    model_config = ConfigDict(extra="forbid")

    disturbance: Text
    folder: Text
    verdict: Verdict
    seconds: float = 0.0
    judged: dict[Verdict, int] = Field(default_factory=dict)
    wrong: list[Text] = Field(default_factory=list)
    open: list[Text] = Field(default_factory=list)
    problems: list[Text] = Field(default_factory=list)
    did: list[Text] = Field(default_factory=list)

    @classmethod
    def of(cls, disturbance: str, results: Results) -> SoakRun:
        """The entry for a run. If a rule was broken on purpose, a pass is the wrong verdict."""
        verdict = results.verdict
        judged = [j for j in verdict.judgements if j.counted and j.requirement != SANITY]
        if results.broken_rules:
            unnoticed = verdict.verdict in (Verdict.PASS, Verdict.WAIVED)
            wrong = [f"nobody noticed {', '.join(results.broken_rules)}"] if unnoticed else []
        else:
            wrong = [_words(j) for j in judged if j.verdict is Verdict.FAIL]
        undecided = (Verdict.INCONCLUSIVE, Verdict.ERROR)
        return cls(
            disturbance=disturbance,
            folder=results.run_id,
            verdict=verdict.verdict,
            seconds=results.figures.wall_seconds or 0.0,
            judged={v: count for v, count in verdict.counts().items() if count},
            wrong=wrong,
            open=[_words(j) for j in judged if j.verdict in undecided],
            problems=verdict.problems,
            did=results.disturbances,
        )


class Soak(BaseModel):
    """All runs of a soak."""

    model_config = ConfigDict(extra="forbid")

    runs: list[SoakRun] = Field(default_factory=list)

    @property
    def exit_code(self) -> Exit:
        """1: a verdict was wrong. 2: the harness failed. 3: all were inconclusive. 0: otherwise."""
        verdicts = {run.verdict for run in self.runs}
        if any(run.wrong for run in self.runs):
            return Exit.FAILS
        if Verdict.ERROR in verdicts:
            return Exit.BROKE
        return Exit.CONFORMS if verdicts - {Verdict.INCONCLUSIVE} else Exit.INCONCLUSIVE

    def rows(self) -> list[SoakRow]:
        """The table: one row for each disturbance, in the order of their first runs."""
        names = list(dict.fromkeys(run.disturbance for run in self.runs))
        return [SoakRow.of(n, [r for r in self.runs if r.disturbance == n]) for n in names]


class SoakRow(BaseModel):
    """One disturbance: its runs, their verdicts, and the verdicts of their judgements."""

    disturbance: Text
    runs: int
    verdicts: dict[Verdict, int]
    judged: dict[Verdict, int]
    wrong: int

    @classmethod
    def of(cls, name: str, runs: Sequence[SoakRun]) -> SoakRow:
        """Count the verdicts of the runs with this disturbance."""
        return cls(
            disturbance=name,
            runs=len(runs),
            verdicts={v: n for v in Verdict if (n := sum(run.verdict is v for run in runs))},
            judged={v: n for v in Verdict if (n := sum(run.judged.get(v, 0) for run in runs))},
            wrong=sum(len(run.wrong) for run in runs),
        )

    @property
    def cells(self) -> list[str]:
        """The cells as text, in the order of `HEAD`."""
        return [
            self.disturbance,
            str(self.runs),
            _counted(self.verdicts),
            _counted(self.judged),
            str(self.wrong),
        ]


HEAD = ("disturbance", "runs", "verdicts of runs", "verdicts of promises", "wrong")


def as_markdown(soak: Soak) -> str:
    """The table, and below it all wrong and open judgements and the problems."""
    lines = [f"| {' | '.join(HEAD)} |", f"|{' --- |' * len(HEAD)}"]
    lines += [f"| {' | '.join(escape(cell) for cell in row.cells)} |" for row in soak.rows()]
    for title, field in (("Wrong", "wrong"), ("Open", "open"), ("Problems", "problems")):
        entries = [
            f"- {escape(run.disturbance)}, {escape(run.folder)}: {escape(text)}"
            for run in soak.runs
            for text in getattr(run, field)
        ]
        lines += ["", f"{title}:", "", *entries] if entries else []
    return "\n".join(lines) + "\n"


def _words(judgement: Judgement) -> str:
    return (
        f"{judgement.requirement} ({judgement.room_kind}) {judgement.verdict}: {judgement.reason}"
    )


def _counted(verdicts: dict[Verdict, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items()) or "none"
