"""`conform soak`: many runs against the reference parts, with and without disturbances."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.cli.child import status_of
from conformance.cli.errors import fail
from conformance.cli.options import takes_options
from conformance.cli.run import set_up
from conformance.options import command_words

if TYPE_CHECKING:
    from conformance.reports.soak import Soak, SoakRun

CALM = "none"
_HANDED_ON = ("requirement", "break_rules", "browser_path", "workers")


@takes_options("soak")
def soak(given: Namespace) -> None:
    """Run many times against the reference parts, which keep every promise, and count verdicts.

    Exit status: 0 no verdict was wrong, 1 a verdict was wrong, 2 the harness broke, 3 nothing was
    decided.
    """
    from conformance.bench.disturbances import NAMES
    from conformance.reports.soak import Soak

    names = given.disturb or list(NAMES)
    if unknown := set(names) - set(NAMES):
        fail(f"--disturb {unknown.pop()} is unknown: choose one of {', '.join(NAMES)}")
    set_up(given.browser_path)
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    folder = given.reports.resolve() / f"{stamp}-soak"
    arguments = command_words(_HANDED_ON, given)
    done = Soak()
    for name in [CALM] * given.calm + [name for _ in range(given.runs) for name in names]:
        number = len(done.runs) + 1
        done.runs.append(_one(name, folder / f"{number:03}-{name}", arguments))
        _keep(done, folder)  # after each, so that an interrupted soak leaves its results
    _show(done, folder)
    sys.exit(int(done.exit_code))


def _one(name: str, folder: Path, arguments: list[str]) -> SoakRun:
    from conformance.reports.model import load_results
    from conformance.reports.soak import SoakRun
    from conformance.verdicts import Verdict

    disturb = [] if name == CALM else [f"--disturb={name}"]
    command = [sys.executable, "-P", "-m", "conformance.cli", "run", f"--reports={folder}"]
    status = status_of([*command, *disturb, *arguments])
    found = list(folder.glob("*/results.json"))
    if not found:
        problem = f"the run ended with status {status} and left no results"
        return SoakRun(
            disturbance=name, folder=folder.name, verdict=Verdict.ERROR, problems=[problem]
        )
    return SoakRun.of(name, load_results(found[0]))


def _keep(soak: Soak, folder: Path) -> None:
    from conformance.reports.soak import as_markdown

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "soak.json").write_text(soak.model_dump_json(indent=1) + "\n", "utf-8")
    (folder / "soak.md").write_text(as_markdown(soak), "utf-8")


def _show(soak: Soak, folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from conformance.reports.soak import HEAD

    console = Console(highlight=False)
    table = Table(*HEAD)
    for row in soak.rows():
        table.add_row(*(Text(cell) for cell in row.cells))
    console.print(table)
    for run in soak.runs:
        for text in (*run.wrong, *run.open, *run.problems):
            console.print(Text(f"{run.disturbance}: {text}"), soft_wrap=True)
    console.print(Text(f"written: {folder / 'soak.md'}"), soft_wrap=True)
