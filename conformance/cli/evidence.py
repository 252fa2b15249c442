"""`conform evidence reopen FOLDER`: open captured ciphertext again, with Python alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conformance.cli.errors import complain
from conformance.keys.capture import Capture, CaptureUnreadable, Tried, differences, read_capture
from conformance.printable import printable
from conformance.verdicts import Exit, Finding

app = typer.Typer(name="evidence", help="What a run's findings rest on.")


@app.callback()
def _evidence() -> None:
    """What a run's findings rest on."""


@app.command("reopen")
def reopen(
    folder: Annotated[Path, typer.Argument(help="A finding's folder, below a run's evidence/.")],
    sha256: Annotated[
        str | None,
        typer.Option(help="Require this digest of capture.json (results.json has it)."),
    ] = None,
) -> None:
    """Derive the keys again, try them on the captured bytes, and compare with what the run said.

    Exit status: 0 the same result, 1 another result, 2 the evidence cannot be read.
    """
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    folder = _found(folder)
    try:
        _insist(folder, sha256)
        capture = read_capture(folder)
    except CaptureUnreadable as error:
        complain(str(error))
        raise typer.Exit(Exit.BROKE) from None
    _say_finding(console, folder)
    found = capture.try_all()
    _say_opened(console, capture, found)
    different = differences(capture.said, found)
    for line in different[:20]:
        console.print(f"✗ {printable(line)}", markup=False)
    if different:
        console.print(f"Not the same: {len(different)} of {len(found)} tries end differently.")
        raise typer.Exit(Exit.FAILS)
    console.print(f"The same: all {len(found)} tries end as the run said.")


def _found(folder: Path) -> Path:
    """The folder; a bare name is searched for in the evidence of the newest run."""
    if folder.exists() or folder.is_absolute():
        return folder
    named = sorted(Path("reports").glob(f"*/evidence/{folder.name}"))
    return named[-1] if named else folder


def _insist(folder: Path, sha256: str | None) -> None:
    import hashlib

    from conformance.keys.capture import FILE

    file = folder / FILE if folder.is_dir() else folder
    if sha256 is not None and file.is_file():
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        if digest != sha256.lower():
            raise CaptureUnreadable(f"{file} has another digest ({digest}): the file was changed")


def _say_finding(console: object, folder: Path) -> None:
    from rich.console import Console

    from conformance.reports.kept import FINDING
    from conformance.reports.schema_versions import parse_finding

    assert isinstance(console, Console)
    file = (folder if folder.is_dir() else folder.parent) / FINDING
    try:
        finding = Finding.model_validate(parse_finding(file.read_bytes()))
    except (OSError, ValueError):
        console.print("The finding's own file is missing; the captured bytes are tried without it.")
        return
    where = "" if finding.room_kind == "-" else f" ({finding.room_kind})"
    console.print(
        f"{finding.requirement}{where}: {finding.verdict} - {finding.reason}", markup=False
    )


def _say_opened(console: object, capture: Capture, found: list[Tried]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    assert isinstance(console, Console)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("key of", "by profile", "opens", "of", "frames or messages of"):
        table.add_column(column, overflow="fold")
    opening = [one for one in found if one.opened]
    for one in opening:
        sender = f"{one.sender}: {one.channel}"
        cells = (one.key_of, one.profile, str(one.opened), str(one.of), sender)
        table.add_row(*(Text(str(printable(cell))) for cell in cells))
    frames = sum(len(track.frames) for sender in capture.senders for track in sender.tracks)
    messages = sum(len(sender.messages) for sender in capture.senders)
    keys = len({(one.key_of, one.profile) for one in found})
    console.print(f"{keys} keys on {frames} frames and {messages} messages")
    if opening:
        console.print(table)
    else:
        console.print("No key opens anything.")
