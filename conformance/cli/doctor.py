"""`conform doctor`: what is there, what is missing, and the one line that mends it."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.verdicts import Exit

if TYPE_CHECKING:
    from conformance.stacks.programs.tools import ProgramKind

LOW_DISK_BYTES = 3_000_000_000
"""Set-up from nothing needs about this much for a few minutes."""


@dataclass(frozen=True)
class Line:
    """One line of the diagnosis. `mend` is None when nothing is wrong."""

    name: str
    found: str
    mend: str | None = None
    needed: bool = True


def doctor(
    browser_path: Annotated[
        Path | None, typer.Option("--browser-path", help="Chromium or Chrome; found if left out.")
    ] = None,
) -> None:
    """Show what is there and what is missing, with the one line that mends it."""
    from rich.console import Console
    from rich.table import Table

    lines = diagnose(str(browser_path) if browser_path else None)
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("what", style="cyan")
    table.add_column("found", overflow="fold")
    for line in lines:
        sign = "[green]✓[/]" if line.mend is None else "[red]✗[/]" if line.needed else "[dim]-[/]"
        table.add_row(sign, line.name, line.found)
    console.print(table)
    missing = [line for line in lines if line.mend is not None and line.needed]
    optional = [line for line in lines if line.mend is not None and "only for" in line.found]
    for line in [*missing, *optional]:
        console.print(f"to mend [cyan]{line.name}[/]:  ", end="")
        console.print(line.mend, markup=False, soft_wrap=True)
    if missing:
        raise typer.Exit(Exit.BROKE)
    console.print("everything that a run needs is there")


def diagnose(browser_path: str | None = None) -> list[Line]:
    """The diagnosis, the parts of a run first; needs no network and starts no service."""
    from conformance.stacks.programs import known as known_programs
    from conformance.stacks.programs import reference_page, tools

    current = reference_page.client_is_current()
    livekit = _tool(known_programs.LIVEKIT)
    dist = reference_page.CLIENT / "dist"
    built = (dist / "index.html").is_file()
    mend = f"{tools.command_name()} setup"
    page = (
        Line("reference client", f"built in {dist}")
        if current
        else Line("reference client", "built, older than its source" if built else "missing", mend)
    )
    return [
        Line("python", f"{sys.version.split()[0]} at {sys.executable}"),
        _tool(known_programs.BROWSER, browser_path),
        livekit,
        _tool(known_programs.NATS),
        page,
        # These two only matter while something is still to be built.
        _builder(_tool(known_programs.NODE), "to build the reference client", not current),
        _builder(_tool(known_programs.GO), "to build LiveKit", livekit.mend is not None),
        _disk(tools.CACHE),
        _builder(
            _tool(known_programs.FFMPEG),
            "REFUSE-2 and 4, inconclusive without it",
            False,
            "only for",
        ),
        *_other_stacks(),
    ]


def _other_stacks() -> list[Line]:
    """What only a real server needs: nothing of it keeps the embedded stack from running."""
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
    mend = "install Docker Engine with its Compose plugin (docker-compose-plugin)"
    absent = Line("docker compose", "not there; only for --stack compose", mend, needed=False)
    return [*lines, absent]


def _tool(kind: ProgramKind, given: str | None = None) -> Line:
    from conformance.stacks.programs import tools

    try:
        tool = tools.find(kind, given)
    except tools.ToolMissing as missing:
        return Line(kind.name, str(missing).split("; to mend it:")[0], missing.mend)
    return Line(kind.name, f"{tool.version} at {tool.path} ({tool.how})")


def _builder(
    line: Line, purpose: str, wanted: bool, otherwise: str = "not needed now; only"
) -> Line:
    if line.mend is None:
        return line
    when = f"set-up brings it, {purpose}" if wanted else f"{otherwise} {purpose}"
    return Line(line.name, f"not there; {when}", line.mend, needed=False)


def _disk(cache: Path) -> Line:
    where = cache
    while not where.exists():
        where = where.parent
    free = shutil.disk_usage(where).free
    found = f"{free / 1e9:.1f} GB free for {cache}"
    if free < LOW_DISK_BYTES:
        return Line("disk", found, "free some space, or set XDG_CACHE_HOME to a larger disk")
    return Line("disk", found)
