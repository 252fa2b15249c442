"""`conform matrix FILES`: one matrix of self-tests that ran in parts, on other days or machines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conformance.cli.errors import complain
from conformance.verdicts import Exit


def matrix(
    parts: Annotated[
        list[Path], typer.Argument(help="State files, selftest.json files, or their folders.")
    ],
    to: Annotated[Path, typer.Option("--to", help="Folder for the page and the data.")] = Path(
        "matrix"
    ),
) -> None:
    """Put the parts of a self-test together, show what is missing, and write the page.

    Exit status: 0 every fault was tried and noticed and nothing was over-reported, 1 otherwise, 2 a
    file could not be read or written.
    """
    from rich.console import Console

    from conformance.reports.selftest.page import (
        DATA,
        print_selftest,
        sentence_of_matrix,
        write_selftest,
    )
    from conformance.reports.write import ReportNotWritten
    from conformance.selftest import faults
    from conformance.selftest.matrix import StateNotReadable, merged, read_state

    console = Console(highlight=False)
    try:
        read = [(file, read_state(file / DATA if file.is_dir() else file)) for file in parts]
        for file, one in read:
            if one is None:
                raise StateNotReadable(f"{file} holds no results of a self-test: give another file")
        whole = merged([one for _, one in read if one is not None])
        page = write_selftest(whole, to)
    except (StateNotReadable, ReportNotWritten) as error:
        complain(str(error))
        raise typer.Exit(Exit.BROKE) from None
    print_selftest(console, whole, page)
    tried = {one.id for one in whole.tried}
    if missing := [one for one in faults() if one not in tried]:
        console.print(f"not tried: {', '.join(missing)}", markup=False, soft_wrap=True)
    console.print(sentence_of_matrix(whole), markup=False, soft_wrap=True)
    if missing or not whole.holds:
        raise typer.Exit(Exit.FAILS)
