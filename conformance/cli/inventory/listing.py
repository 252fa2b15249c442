"""`conform list`: what there is, as a table or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from conformance.cli.errors import fail
from conformance.cli.inventory import rows
from conformance.cli.inventory.checks import CheckRow, NotCollected, collect
from conformance.cli.paths import node_root, scenarios_folder

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA_VERSION = 1
"""Of what `--json` prints: raised when a field is renamed or removed."""
_WIDTH_OF_A_PIPE = 200
_UNBROKEN = ("id", "level", "subject", "where", "sort", "room_kind")


class What(StrEnum):
    """What can be listed."""

    REQUIREMENTS = "requirements"
    CHECKS = "checks"
    FAULTS = "faults"
    RULES = "rules"
    CLIENTS = "clients"
    STACKS = "stacks"
    PROFILES = "profiles"
    DISTURBANCES = "disturbances"


_ROWS: dict[What, tuple[Callable[[], Sequence[Any]], Sequence[str]]] = {
    What.REQUIREMENTS: (rows.requirement_rows, ("id", "level", "subject", "room_kinds", "text")),
    What.CHECKS: (lambda: check_rows(), ("id", "requirements", "room_kind", "text")),
    What.FAULTS: (rows.fault_rows, ("id", "where", "breaks", "must")),
    What.RULES: (rows.rule_rows, ("id", "side", "breaks", "requirements")),
    What.CLIENTS: (rows.client_rows, ("id", "text")),
    What.STACKS: (rows.stack_rows, ("id", "text")),
    What.PROFILES: (
        rows.profile_rows,
        ("id", "sort", "requirements", "role", "bits", "session_bound", "text"),
    ),
    What.DISTURBANCES: (rows.disturbance_rows, ("id", "own_network", "text")),
}
"""The rows of each, and the fields that the table shows; JSON has all of them."""


def list_command(
    what: Annotated[What, typer.Argument(help="What to list.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """List requirements, checks, seeded faults, rules, clients, stacks, profiles or disturbances.

    JSON is an object: schema_version, list (what was asked for), entries (one object each). Every
    entry has an id; docs/commands.md names the other fields. `conform explain ID` says more about
    one requirement, fault or rule.

    Exit status: 0 listed, 2 bad usage or the scenarios cannot be read.
    """
    read, columns = _ROWS[what]
    try:
        found = read()
    except NotCollected as error:
        fail(str(error))
    if as_json:
        print_json({"list": what.value, "entries": [asdict(row) for row in found]})
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(
            name.replace("_", " "),
            no_wrap=name in _UNBROKEN and what is not What.CHECKS,
            overflow="fold",
        )
    for row in found:
        table.add_row(*(Text(rows.cell(getattr(row, name))) for name in columns))
    out = console()
    out.print(table)
    out.print(Text(f"{len(found)} {what.value}"))


def check_rows() -> list[CheckRow]:
    """Every check of the scenarios of this checkout or package.

    Raises:
        NotCollected: a scenario cannot be imported.
    """
    return collect(scenarios_folder(), node_root())


def print_json(data: dict[str, Any]) -> None:
    """Print an object with the version of its shape first."""
    typer.echo(json.dumps({"schema_version": SCHEMA_VERSION, **data}, ensure_ascii=False, indent=1))


def console() -> Console:
    """A console; what goes to a pipe is wide, so that rows stay lines."""
    from rich.console import Console

    usual = Console(highlight=False)
    if usual.is_terminal:
        return usual
    return Console(highlight=False, width=max(usual.width, _WIDTH_OF_A_PIPE))
