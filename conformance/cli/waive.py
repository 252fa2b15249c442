"""`conform waive RUN`: write waivers for the failures of a run, to be completed by hand."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from conformance.cli.errors import complain
from conformance.verdicts import Exit

VALID_FOR = timedelta(days=90)


def waive(
    run: Annotated[Path, typer.Argument(help="Folder of a run, or its results.json.")],
    hashed: Annotated[
        bool,
        typer.Option("--hashed", help="For a weakness that is not public: no details, no claims."),
    ] = False,
) -> None:
    """Print a waiver for each requirement that failed, with its checks and claims.

    A public one lacks its reason and source: add them. Exit status: 0, or 2 if the run could not be
    read.
    """
    from conformance.reports import compare as reports
    from conformance.reports.waivers import waivers_of
    from conformance.waivers import today

    try:
        results = reports.read_run(run)
    except reports.RunNotReadable as error:
        complain(str(error))
        raise typer.Exit(Exit.BROKE) from None
    text = waivers_of(results, today() + VALID_FOR, hashed=hashed)
    print(text or "# nothing failed in this run", end="\n" if not text else "")
