"""Reports a self-test: the matrix in the terminal, a page, and the data as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance import __version__
from conformance.catalogue import catalogue
from conformance.reports.html.page import environment
from conformance.reports.selftest.collect import SIGN as MARK
from conformance.reports.selftest.collect import STYLE as COLOUR
from conformance.reports.terminal.summary import STYLE
from conformance.reports.words import SIGN
from conformance.reports.write import write_files
from conformance.selftest.trial import Cell, Outcome, Part, Trial, Tried
from conformance.verdicts import worst

PAGE: Final = "selftest.html"
DATA: Final = "selftest.json"

_CLASS: Final[Mapping[Outcome, str]] = {
    Outcome.NOTICED: "pass",
    Outcome.MISSED: "fail",
    Outcome.OVER_REPORTED: "error",
    Outcome.WAITS: "not-applicable",
}
_WORDS: Final[Mapping[Part, str]] = {
    Part.MUST: "must notice",
    Part.MAY: "may notice",
    Part.SAMPLE: "unrelated",
}


def headline(trial: Trial) -> str:
    """The result of the self-test in a few words."""
    if trial.problems:
        return "The self-test failed"
    if not trial.tried:
        return "No fault was tested"
    missed, over = len(trial.of(Outcome.MISSED)), len(trial.of(Outcome.OVER_REPORTED))
    if not missed and not over:
        return "Every fault was noticed" if trial.holds else "Nothing was judged"
    return f"{missed} missed, {over} over-reported"


def sentence(trial: Trial) -> str:
    """The result of the self-test in one sentence, with counts."""
    judged = len(trial.tried) - len(trial.of(Outcome.WAITS))
    words = f"{len(trial.of(Outcome.NOTICED))} of {judged} faults were noticed by every check "
    words += f"that must notice, in {trial.seconds:.0f} s."
    if waiting := len(trial.of(Outcome.WAITS)):
        words += f" {waiting} {'waits' if waiting == 1 else 'wait'} for a scenario."
    return words


def print_trial(console: Console, trial: Trial, page: Path) -> None:
    """Print the matrix of faults and areas of the catalogue, and every wrong verdict."""
    columns = list(catalogue().areas)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="faults x requirements")
    table.add_column("fault", no_wrap=True)
    for area in columns:
        table.add_column(area, overflow="fold")
    for one in trial.tried:
        row = [_numbers(one, area) for area in columns]
        table.add_row(Text(f"{MARK[one.outcome]} {one.id}", COLOUR[one.outcome]), *row)
    console.print(table)
    for one in trial.tried:
        for cell in one.wrong(*Part):
            line = f"{one.id}: {cell.name} ({_WORDS[cell.part]}): {cell.verdict}: "
            console.print(Text(line + cell.reason, COLOUR[one.outcome]), soft_wrap=True)
        if one.outcome is Outcome.MISSED and not one.cells:
            console.print(Text(f"{one.id}: no check ran", "red"))
    for problem in trial.problems:
        console.print(Text(problem, "magenta"), soft_wrap=True)
    style = "bold green" if trial.holds else "bold red"
    console.print(Text(f"{headline(trial)}. {sentence(trial)}", style), soft_wrap=True)
    console.print(Text(f"page: {page}"), soft_wrap=True)


def _numbers(one: Tried, area: str) -> Text:
    """The verdicts of this area's requirements, as in `3✗ 5✓`; in bold if they must notice."""
    words = Text()
    for requirement, cell in _by_requirement(one).items():
        name, _, number = requirement.partition("-")
        if name == area:
            bold = "bold " if cell.part is Part.MUST else "dim "
            words.append(f"{number}{SIGN[cell.verdict]} ", bold + STYLE[cell.verdict])
    return words


def _by_requirement(one: Tried) -> dict[str, Cell]:
    """One cell for each requirement: the most severe one of the kinds of room that must notice."""
    best: dict[str, Cell] = {}
    for cell in one.cells:
        other = best.get(cell.requirement)
        if other is None or (other.part is not Part.MUST and cell.part is Part.MUST):
            best[cell.requirement] = cell
        elif other.part is cell.part:
            told = worst([other.verdict, cell.verdict])
            best[cell.requirement] = other if other.verdict is told else cell
    return best


def write_trial(trial: Trial, folder: Path) -> Path:
    """Write the data and the page into `folder`; return the path of the page.

    Raises:
        ReportNotWritten: a file cannot be written.
    """
    write_files(
        folder,
        {DATA: lambda: trial.model_dump_json(indent=1) + "\n", PAGE: lambda: _page(trial)},
    )
    return folder / PAGE


def _page(trial: Trial) -> str:
    cells = {one.id: _by_requirement(one) for one in trial.tried}
    asked = {requirement for of_one in cells.values() for requirement in of_one}
    urgent = [Outcome.MISSED, Outcome.OVER_REPORTED, Outcome.NOTICED, Outcome.WAITS]
    return (
        environment()
        .get_template("selftest.html.j2")
        .render(
            trial=trial,
            headline=headline(trial),
            sentence=sentence(trial),
            counts={outcome: len(trial.of(outcome)) for outcome in Outcome},
            columns=[one for one in catalogue().requirements if one in asked],
            cells=cells,
            ordered=sorted(trial.tried, key=lambda one: urgent.index(one.outcome)),
            sign=SIGN,
            mark=MARK,
            colour=_CLASS,
            words=_WORDS,
            version=__version__,
        )
    )
