"""The command line: names and help of the commands, and one clear line for what goes wrong."""

from __future__ import annotations

import sys

import typer

from conformance.cli.compare import compare
from conformance.cli.doctor import doctor
from conformance.cli.run import bench, pytest_command, run
from conformance.cli.setup import setup
from conformance.cli.up import up
from conformance.verdicts import Exit

app = typer.Typer(
    name="conform",
    help="Decides whether Plug-N-Meet's end-to-end encryption is real.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("run")(run)
app.command("test")(pytest_command)
app.command("up")(up)
app.command("doctor")(doctor)
app.command("setup")(setup)
app.command("bench")(bench)
app.command("compare")(compare)


def _add_vectors() -> None:
    # cryptography and playwright are dear to import; only this command needs them at once
    from conformance.cli.vectors import app as vectors

    app.add_typer(vectors, name="vectors")


def main() -> None:
    """Run the command line; the exit statuses are those of `conformance.verdicts.Exit`."""
    if "vectors" in sys.argv[1:2] or "--help" in sys.argv[1:2]:
        _add_vectors()
    try:
        app(standalone_mode=True)
    except KeyboardInterrupt:
        sys.stderr.write("conform: interrupted\n")
        sys.exit(Exit.BROKE)
