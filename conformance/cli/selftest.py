"""`conform selftest`: break things on purpose, and see that the right requirements notice."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import UTC, datetime

import typer

from conformance.cli.options import takes_options
from conformance.cli.run import judged, run_folder, scenarios_folder, set_up, worker_arguments
from conformance.options import pytest_words


@takes_options("selftest")
def selftest(given: Namespace) -> None:
    """Break each fault of conformance/selftest, and demand that the right requirements notice.

    Exit status: 0 all noticed and no false alarm, 1 not so, 2 could not run or the bench broke.
    """
    from conformance.reports.selftest.page import DATA
    from conformance.selftest.choice import Part

    if given.part is not None:
        try:
            turn = Part.read(given.part, datetime.now(UTC).date())
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--part") from None
        given.part = f"{turn.number}/{turn.of}"
    arguments = pytest_words("selftest", given)
    set_up(given.browser_path)
    folder = run_folder(given.reports)
    common = ["--faults", "--live", f"--run-folder={folder}", *worker_arguments(given.workers)]
    sys.exit(judged([*common, *arguments, str(scenarios_folder())], folder, DATA))
