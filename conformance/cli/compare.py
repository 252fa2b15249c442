"""`conform compare OLD NEW`: what changed between two runs or versions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conformance.cli.errors import complain
from conformance.verdicts import Exit


def compare(
    old: Annotated[Path, typer.Argument(help="Folder of the earlier run, or its results.json.")],
    new: Annotated[Path, typer.Argument(help="Folder of the later run, or its results.json.")],
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Write the changes as Markdown to this file.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the changes as JSON to this file.")
    ] = None,
    unlike: Annotated[
        bool,
        typer.Option("--unlike", help="Compare runs of another kind (stack, client, rounds, …)."),
    ] = False,
) -> None:
    """Show what changed between two runs; a check that no longer runs is a change too.

    Runs with another stack or client, other rounds, broken rules or disturbances are refused.

    Exit status: 0 nothing got worse, 1 something got worse, 2 a run could not be read, or the runs
    are not alike.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from conformance.reports import compare as reports

    try:
        before, after = reports.read_run(old), reports.read_run(new)
        different = [] if unlike else reports.unlike(before, after)
        if different:
            complain(
                f"these runs are not alike: they differ in {' and in '.join(different)}; "
                "compare them all the same with --unlike"
            )
            raise typer.Exit(Exit.BROKE)
        found = reports.compare(before, after)
        for file, text in (
            (markdown, reports.as_markdown(found)),
            (json_file, found.model_dump_json(indent=1) + "\n"),
        ):
            if file is not None:
                _write(file, text)
    except (reports.RunNotReadable, OSError) as error:
        complain(str(error))
        raise typer.Exit(Exit.BROKE) from None
    console = Console(highlight=False)
    if found.changes:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=console.is_terminal)
        for column in ("", "what", "about", "before", "after"):
            table.add_column(column, overflow="fold", no_wrap=column in ("", "what"))
        for change in found.changes:
            style = "red" if change.worse else ""
            table.add_row(
                Text("✗" if change.worse else "", style),
                Text(change.what, style),
                Text(change.about),
                Text(change.before),
                Text(change.after),
            )
        console.print(table)
    worse = sum(change.worse for change in found.changes)
    words = f"{len(found.changes)} differences, {worse} of them worse"
    console.print(Text(f"{found.old} → {found.new}: {words}"), soft_wrap=True)
    if found.worse:
        raise typer.Exit(Exit.FAILS)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise OSError(f"{file} cannot be written ({error.strerror})") from error
