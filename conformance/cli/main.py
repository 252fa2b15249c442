"""The command line: names and help of the commands, and one clear line for what goes wrong."""

from __future__ import annotations

import sys

import typer

from conformance.cli.bench import bench
from conformance.cli.compare import compare
from conformance.cli.doctor import doctor
from conformance.cli.errors import NAME, Commands
from conformance.cli.inventory.explain import explain
from conformance.cli.inventory.listing import list_command
from conformance.cli.matrix import matrix
from conformance.cli.run import pytest_command, run
from conformance.cli.selftest import selftest
from conformance.cli.setup import setup
from conformance.cli.soak import soak
from conformance.cli.up import up
from conformance.cli.waive import waive

app = typer.Typer(
    name=NAME,
    cls=Commands,
    help="Decides whether Plug-N-Meet's end-to-end encryption is real.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("run")(run)
app.command("test")(pytest_command)
app.command("list")(list_command)
app.command("explain")(explain)
app.command("up")(up)
app.command("doctor")(doctor)
app.command("setup")(setup)
app.command("bench")(bench)
app.command("compare")(compare)
app.command("waive")(waive)
app.command("selftest")(selftest)
app.command("matrix")(matrix)
app.command("soak")(soak)


def _add_groups(asked: set[str]) -> None:
    # cryptography and playwright take long to import; only these commands need them at once
    if not asked or asked & {"vectors", "--help"}:
        from conformance.cli.vectors import app as vectors

        app.add_typer(vectors, name="vectors")
    if not asked or asked & {"evidence", "--help"}:
        from conformance.cli.evidence import app as evidence

        app.add_typer(evidence, name="evidence")


def main() -> None:
    """Run the command line; the exit statuses are those of `conformance.verdicts.Exit`."""
    _add_groups(set(sys.argv[1:2]))
    app(standalone_mode=True)
