"""`conform selftest`: break things on purpose, and check that the right requirements notice."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import UTC, datetime

import typer

from conformance.cli.options import takes_options
from conformance.cli.paths import scenarios_folder
from conformance.cli.run import judged, run_folder, set_up, worker_arguments
from conformance.options import pytest_words


@takes_options("selftest")
def selftest(given: Namespace) -> None:
    """Seed each fault of conformance/selftest, and demand that the right requirements notice.

    Exit status: 0 every fault is noticed and nothing else fails, 1 otherwise, 2 could not run or
    the harness broke.
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
