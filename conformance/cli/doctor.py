"""`conform doctor`: what is installed, what is missing, and the one line that fixes it."""

from __future__ import annotations

import shutil
import sys
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from conformance.cli.options import takes_options
from conformance.verdicts import Exit

if TYPE_CHECKING:
    from conformance.stacks.programs.tools import ProgramKind

LOW_DISK_BYTES = 3_000_000_000
"""A first set-up needs about this much for a few minutes."""


@dataclass(frozen=True)
class Line:
    """One line of the diagnosis. `fix` is None when nothing is wrong."""

    name: str
    found: str
    fix: str | None = None
    needed: bool = True


@takes_options("doctor")
def doctor(given: Namespace) -> None:
    """Show what is installed and what is missing, with the one line that fixes it."""
    from rich.console import Console
    from rich.table import Table

    lines = diagnose(str(given.browser_path) if given.browser_path else None)
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("what", style="cyan")
    table.add_column("found", overflow="fold")
    for line in lines:
        sign = "[green]✓[/]" if line.fix is None else "[red]✗[/]" if line.needed else "[dim]-[/]"
        table.add_row(sign, line.name, line.found)
    console.print(table)
    missing = [line for line in lines if line.fix is not None and line.needed]
    optional = [line for line in lines if line.fix is not None and "only for" in line.found]
    for line in [*missing, *optional]:
        console.print(f"to fix [cyan]{line.name}[/]:  ", end="")
        console.print(line.fix, markup=False, soft_wrap=True)
    if missing:
        raise typer.Exit(Exit.BROKE)
    console.print("everything that a run needs is installed")


def diagnose(browser_path: str | None = None) -> list[Line]:
    """The diagnosis, parts of a run first. It needs no network and starts no service."""
    from conformance.stacks.programs import known as known_programs
    from conformance.stacks.programs import reference_page, tools

    current = reference_page.client_is_current()
    livekit = _tool(known_programs.LIVEKIT)
    dist = reference_page.CLIENT / "dist"
    built = (dist / "index.html").is_file()
    fix = f"{tools.command_name()} setup"
    page = (
        Line("reference client", f"built in {dist}")
        if current
        else Line("reference client", "built, older than its source" if built else "missing", fix)
    )
    return [
        Line("python", f"{sys.version.split()[0]} at {sys.executable}"),
        _tool(known_programs.BROWSER, browser_path),
        livekit,
        _tool(known_programs.NATS),
        page,
        # These two are needed only while something has to be built.
        _builder(_tool(known_programs.NODE), "to build the reference client", not current),
        _builder(_tool(known_programs.GO), "to build LiveKit", livekit.fix is not None),
        _disk(tools.CACHE),
        _builder(
            _tool(known_programs.FFMPEG),
            "REFUSE-2 and REFUSE-4, which are inconclusive without it",
            False,
            "only for",
        ),
        *_other_stacks(),
        *added(),
    ]


def _other_stacks() -> list[Line]:
    """What only a real server needs; the embedded stack runs without it."""
    import subprocess

    from conformance.stacks.programs import known as known_programs

    lines = [
        _builder(_tool(kind), "--stack native", False, "only for")
        for kind in (known_programs.SERVER, known_programs.MARIADB, known_programs.REDIS)
    ]
    docker = shutil.which("docker")
    compose = docker and subprocess.run(
        [docker, "compose", "version", "--short"], capture_output=True
    )
    if compose and compose.returncode == 0:
        version = compose.stdout.decode("utf-8", "replace").strip()
        return [*lines, Line("docker compose", f"{version} at {docker}")]
    fix = "install Docker Engine with its Compose plugin (docker-compose-plugin)"
    absent = Line("docker compose", "not installed; only for --stack compose", fix, needed=False)
    return [*lines, absent]


def added() -> list[Line]:
    """The clients and stacks that other installed packages add; each is loaded to see if it can."""
    from conformance.clients.registry import CLIENTS
    from conformance.extensions import ExtensionProblem, package
    from conformance.stacks.registry import STACKS

    lines = []
    for table in (CLIENTS, STACKS):
        for entry in table.added():
            name = f"{table.what} {entry.name}"
            try:
                table[entry.name]
            except ExtensionProblem as problem:
                found = f"not usable; only for --{table.what} {entry.name}"
                lines.append(Line(name, found, str(problem), needed=False))
            else:
                lines.append(Line(name, f"added by {package(entry)}"))
    return lines


def _tool(kind: ProgramKind, given: str | None = None) -> Line:
    from conformance.stacks.programs import tools

    try:
        tool = tools.find(kind, given)
    except tools.ToolMissing as missing:
        return Line(kind.name, str(missing).split("; to fix it:")[0], missing.fix)
    return Line(kind.name, f"{tool.version} at {tool.path} ({tool.how})")


def _builder(
    line: Line, purpose: str, wanted: bool, otherwise: str = "not needed now; only"
) -> Line:
    if line.fix is None:
        return line
    when = f"set-up installs it, {purpose}" if wanted else f"{otherwise} {purpose}"
    return Line(line.name, f"not installed; {when}", line.fix, needed=False)


def _disk(cache: Path) -> Line:
    where = cache
    while not where.exists():
        where = where.parent
    free = shutil.disk_usage(where).free
    found = f"{free / 1e9:.1f} GB free for {cache}"
    if free < LOW_DISK_BYTES:
        return Line("disk", found, "free some space, or set XDG_CACHE_HOME to a larger disk")
    return Line("disk", found)
