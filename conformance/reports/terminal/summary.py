"""Prints the end of a run: the verdict, everything that is not green, and the report's path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.reports.model import Results
from conformance.reports.rounds import sentence as steadiness
from conformance.reports.words import SIGN, attention, headline, sentence
from conformance.verdicts import Judgement, Verdict

STYLE: Final[Mapping[Verdict, str]] = {
    Verdict.PASS: "green",
    Verdict.WAIVED: "cyan",
    Verdict.NOT_APPLICABLE: "dim",
    Verdict.FAIL: "red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.ERROR: "magenta",
}


def print_summary(
    console: Console,
    results: Results,
    *,
    report: Path | None = None,
    not_written: Exception | None = None,
) -> None:
    """Print the verdict of the run.

    Text of the subject is never interpreted as markup.

    Args:
        report: the path of the report page.
        not_written: the error that prevented the report from being written.
    """
    verdict = results.verdict
    style = STYLE[verdict.verdict]
    concerning = attention(results)
    if concerning:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=console.is_terminal)
        table.add_column("", no_wrap=True)
        table.add_column("requirement", no_wrap=True)
        table.add_column("room", no_wrap=True)
        table.add_column("why", ratio=1, overflow="fold")
        groups: dict[tuple[Verdict, str], list[Judgement]] = {}
        for judgement in concerning:
            groups.setdefault((judgement.verdict, judgement.reason), []).append(judgement)
        for (kind, reason), group in groups.items():
            first = group[0]
            table.add_row(
                Text(f"{SIGN[kind]} {kind}", STYLE[kind]),
                Text(first.requirement if len(group) == 1 else f"{len(group)} promises"),
                Text(first.room_kind if len({j.room_kind for j in group}) == 1 else "…"),
                Text(reason),
            )
        console.print(table)
    for problem in verdict.problems:
        console.print(Text(f"{SIGN[Verdict.ERROR]} {problem}", style))
    counts = ", ".join(f"{count} {name}" for name, count in verdict.counts().items() if count)
    console.print(
        Text.assemble(
            (f"{SIGN[verdict.verdict]} {headline(results)}", f"bold {style}"),
            f"  {sentence(results)}",
        ),
        soft_wrap=True,
    )
    details = f"{counts or 'nothing judged'} · exit status {int(verdict.exit_code)}"
    console.print(Text(details, "dim"), soft_wrap=True)
    if steadiness(results):
        console.print(Text(steadiness(results)), soft_wrap=True)
    for exclusion in results.exclusions:
        console.print(Text(f"excluded by name: {exclusion}", "bold"), soft_wrap=True)
    if results.broken_rules:
        console.print(Text(f"broken on purpose: {', '.join(results.broken_rules)}", "bold"))
    for disturbance in results.disturbances:
        console.print(Text(f"disturbed on purpose: {disturbance}", "bold"), soft_wrap=True)
    if not_written is not None:
        console.print(Text(str(not_written), "bold red"), soft_wrap=True)
    elif report is not None:
        console.print(Text(f"report: {report}"), soft_wrap=True)
