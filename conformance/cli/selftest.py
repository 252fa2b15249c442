"""`conform selftest`: break things on purpose, and check that the right requirements notice."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from conformance.cli.paths import scenarios_folder
from conformance.cli.run import (
    Browser,
    Reports,
    Workers,
    judged,
    run_folder,
    set_up,
    worker_arguments,
)

_Fault = Annotated[list[str] | None, typer.Option("--fault", help="Only this fault (repeatable).")]
_Area = Annotated[
    list[str] | None,
    typer.Option(
        "--area", help="Only faults that this area must notice, for example KEY (repeatable)."
    ),
]
_Part = Annotated[
    str | None,
    typer.Option(
        "--part",
        help="Only a part of the faults that need a browser: 0/3, 1/3, 2/3, or today/3 (another "
        "part each day of the year).",
    ),
]
_NoBrowser = Annotated[
    bool, typer.Option("--no-browser-only", help="Only faults that need no browser.")
]


def selftest(
    fault: _Fault = None,
    area: _Area = None,
    part: _Part = None,
    no_browser_only: _NoBrowser = False,
    browser_path: Browser = None,
    workers: Workers = None,
    reports: Reports = Path("reports"),
) -> None:
    """Seed each fault of conformance/selftest, and demand that the right requirements notice.

    Exit status: 0 every fault is noticed and nothing else fails, 1 otherwise, 2 could not run or
    the harness broke.
    """
    from conformance.reports.selftest.trial import DATA
    from conformance.selftest.choice import Part

    arguments = [f"--fault={one}" for one in fault or []]
    arguments += [f"--fault-area={one}" for one in area or []]
    if part is not None:
        try:
            turn = Part.read(part, datetime.now(UTC).date())
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--part") from None
        arguments.append(f"--fault-part={turn.number}/{turn.of}")
    arguments += ["--faults-without-browser"] if no_browser_only else []
    arguments += [f"--browser-path={browser_path}"] if browser_path else []
    set_up(browser_path)
    folder = run_folder(reports)
    common = ["--faults", "--live", f"--run-folder={folder}", *worker_arguments(workers)]
    sys.exit(judged([*common, *arguments, str(scenarios_folder())], folder, DATA))
