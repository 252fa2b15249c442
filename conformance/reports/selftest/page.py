"""Shows the results of a self-test: a matrix in the terminal, a page, and the same as data."""

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
from conformance.reports.selftest.collect import missing
from conformance.reports.terminal.summary import STYLE
from conformance.reports.words import SIGN
from conformance.reports.write import write_files
from conformance.selftest.results import Cell, FaultResult, Outcome, Role, SelfTestResults
from conformance.verdicts import Verdict, worst

PAGE: Final = "selftest.html"
DATA: Final = "selftest.json"

_CLASS: Final[Mapping[Outcome, str]] = {
    Outcome.NOTICED: "pass",
    Outcome.MISSED: "fail",
    Outcome.OVER_REPORTED: "error",
    Outcome.WAITS: "not-applicable",
    Outcome.ACCEPTED: "pass",
}
_WORDS: Final[Mapping[Role, str]] = {
    Role.MUST: "must notice",
    Role.MAY: "may notice",
    Role.SAMPLE: "unrelated",
}


def headline(results: SelfTestResults) -> str:
    """The result in a few words."""
    if results.problems:
        return "The self-test broke"
    if not results.tried:
        return "No fault was tried"
    missed, over = len(results.of(Outcome.MISSED)), len(results.of(Outcome.OVER_REPORTED))
    if not missed and not over:
        if not results.holds:
            return "Nothing was judged"
        noticed = bool(results.of(Outcome.NOTICED))
        return "Every fault was noticed" if noticed else "Every variation was accepted"
    return f"{missed} missed, {over} over-reported"


def sentence(results: SelfTestResults) -> str:
    """The result with its counts."""
    varied = [one for one in results.tried if one.wanted is Verdict.PASS]
    judged = len(results.tried) - len(results.of(Outcome.WAITS)) - len(varied)
    words = f"{len(results.of(Outcome.NOTICED))} of {judged} faults were noticed by what had to"
    if varied:
        accepted = len(results.of(Outcome.ACCEPTED))
        words += f" and {accepted} of {len(varied)} sound variations were accepted"
    words += f", in {results.seconds:.0f} s."
    if results.seed is not None:
        words += f" Values drawn from --seed={results.seed}."
    if waiting := len(results.of(Outcome.WAITS)):
        words += f" {waiting} wait for a scenario."
    return words


def sentence_of_matrix(whole: SelfTestResults) -> str:
    """How far the parts of a whole matrix have come, and when they ran."""
    days = sorted({one.started[:10] for one in whole.tried if one.started})
    known = len(whole.tried) + whole.left_out
    words = f"{len(whole.tried)} of {known} faults tried"
    if days:
        words += f" ({days[0]}{f' to {days[-1]}' if len(days) > 1 else ''})"
    words += f": {len(whole.of(Outcome.NOTICED))} noticed, {len(whole.of(Outcome.MISSED))} missed"
    words += f", {len(whole.of(Outcome.OVER_REPORTED))} over-reported"
    if accepted := len(whole.of(Outcome.ACCEPTED)):
        words += f", {accepted} sound variations accepted"
    whole_rows = sum(one.every_check for one in whole.tried)
    words += f"; every check ran for {whole_rows} of them"
    again = sum(Outcome.MISSED in one.earlier for one in whole.tried)
    return words + (f"; {again} were missed in an earlier trial." if again else ".")


def print_selftest(console: Console, results: SelfTestResults, page: Path) -> None:
    """Print the matrix, faults by areas of the catalogue, and what went wrong."""
    columns = list(catalogue().areas)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="faults x requirements")
    table.add_column("fault", no_wrap=True)
    for area in columns:
        table.add_column(area, overflow="fold")
    for one in results.tried:
        row = [_numbers(one, area) for area in columns]
        table.add_row(Text(f"{MARK[one.outcome]} {one.id}", COLOUR[one.outcome]), *row)
    console.print(table)
    for one in results.tried:
        for cell in one.wrong(*Role):
            line = f"{one.id}: {cell.name} ({_WORDS[cell.part]}): {cell.verdict}: "
            console.print(
                Text(line + cell.reason + missing(cell), COLOUR[one.outcome]), soft_wrap=True
            )
        if one.outcome is Outcome.MISSED and not one.cells:
            console.print(Text(f"{one.id}: no check ran", "red"))
    for problem in results.problems:
        console.print(Text(problem, "magenta"), soft_wrap=True)
    style = "bold green" if results.holds else "bold red"
    console.print(Text(f"{headline(results)}. {sentence(results)}", style), soft_wrap=True)
    console.print(Text(f"page: {page}"), soft_wrap=True)


def _numbers(one: FaultResult, area: str) -> Text:
    """The verdicts of this area's requirements, as `3✗ 5✓`; those that must notice are bold."""
    words = Text()
    for requirement, cell in _by_requirement(one).items():
        name, _, number = requirement.partition("-")
        if name == area:
            bold = "bold " if cell.part is Role.MUST else "dim "
            words.append(f"{number}{SIGN[cell.verdict]} ", bold + STYLE[cell.verdict])
    return words


def _by_requirement(one: FaultResult) -> dict[str, Cell]:
    """One cell for each requirement: a room_kind that must notice, else the worst verdict."""
    best: dict[str, Cell] = {}
    for cell in one.cells:
        other = best.get(cell.requirement)
        if other is None or (other.part is not Role.MUST and cell.part is Role.MUST):
            best[cell.requirement] = cell
        elif other.part is cell.part:
            told = worst([other.verdict, cell.verdict])
            best[cell.requirement] = other if other.verdict is told else cell
    return best


def write_selftest(results: SelfTestResults, folder: Path) -> Path:
    """Write the data and the page into `folder`; the page's path.

    Raises:
        ReportNotWritten: a file cannot be written.
    """
    write_files(
        folder,
        {DATA: lambda: results.model_dump_json(indent=1) + "\n", PAGE: lambda: _page(results)},
    )
    return folder / PAGE


def _page(results: SelfTestResults) -> str:
    cells = {one.id: _by_requirement(one) for one in results.tried}
    asked = {requirement for of_one in cells.values() for requirement in of_one}
    urgent = [Outcome.MISSED, Outcome.OVER_REPORTED, Outcome.NOTICED]
    urgent += [Outcome.ACCEPTED, Outcome.WAITS]
    return (
        environment()
        .get_template("selftest.html.j2")
        .render(
            results=results,
            headline=headline(results),
            sentence=sentence(results),
            trials=sentence_of_matrix(results),
            counts={outcome: len(results.of(outcome)) for outcome in Outcome},
            columns=[one for one in catalogue().requirements if one in asked],
            cells=cells,
            ordered=sorted(results.tried, key=lambda one: urgent.index(one.outcome)),
            sign=SIGN,
            mark=MARK,
            colour=_CLASS,
            words=_WORDS,
            missing=missing,
            version=__version__,
        )
    )
