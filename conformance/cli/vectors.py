"""`conform vectors verify`: check the published vectors in Python and in the browser's WebCrypto,
or in a program that is given."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from playwright.async_api import Error as PlaywrightError

from conformance.cli.errors import complain
from conformance.cli.options import declared
from conformance.clients.browser import BrowserNotStarted, driving, launch
from conformance.clients.vectors.program import DEADLINE_S, ProgramBroke, verify_program
from conformance.clients.vectors.webcrypto import verify_in_browser
from conformance.keys.published.locate import vectors_folder
from conformance.keys.published.vectors import VectorReport, VectorsUnreadable, verify
from conformance.printable import printable
from conformance.stacks.programs.tools import ToolMissing
from conformance.verdicts import Exit

app = typer.Typer(name="vectors", help="Published key, frame and message vectors.")


class NoBrowser(Exception):
    """There is no browser for WebCrypto, or it failed; the message says what to do."""


@app.callback()
def _vectors() -> None:
    """Published key, frame and message vectors."""


@app.command("verify")
def verify_command(
    path: Annotated[
        Path | None,
        typer.Argument(help="A vector file or a folder of them; the published ones if left out."),
    ] = None,
    in_browser: Annotated[
        bool,
        typer.Option("--browser/--no-browser", help="Try the browser's WebCrypto too."),
    ] = True,
    executable: Annotated[
        Path | None,
        declared("--browser-path"),
    ] = None,
    program: Annotated[
        str | None,
        typer.Option(metavar="CMD", help="Check this program instead; see vectors/PROTOCOL.md."),
    ] = None,
    deadline: Annotated[
        float,
        typer.Option(min=0.05, max=3600, help="Seconds that the program may take for one answer."),
    ] = DEADLINE_S,
    skip: Annotated[
        list[str] | None,
        typer.Option(help="Leave out this type, profile, codec, KDF or flag (with --program)."),
    ] = None,
) -> None:
    """Check this package and the browser's WebCrypto, or one program, against the vectors.

    Exit status: 0 everything matches, 1 a mismatch, 2 could not be checked, 3 what was checked
    matches, but something was left out.
    """
    path = path or vectors_folder()
    if program is None and skip:
        raise typer.BadParameter("it needs --program", param_hint="--skip")
    try:
        if program is not None:
            reports = [_said(asyncio.run(verify_program(program, path, deadline, skip or ())))]
            raise typer.Exit(_status(reports))
        reports = [_said(verify(path))]
        if in_browser:
            reports.append(_said(asyncio.run(_verify_in_browser(path, executable))))
        else:
            typer.echo("WebCrypto: left out (--no-browser)")
    except ProgramBroke as error:
        _say_mismatches(error.report)
        complain(str(error))
        raise typer.Exit(Exit.BROKE) from None
    except (VectorsUnreadable, NoBrowser) as error:
        complain(str(error))
        raise typer.Exit(Exit.BROKE) from None
    raise typer.Exit(_status(reports))


def _status(reports: list[VectorReport]) -> Exit:
    """Wrong comes first; what was not tried is never a success (docs/verdicts.md)."""
    if any(report.mismatches for report in reports):
        return Exit.FAILS
    return Exit.CONFORMS if all(report.ok for report in reports) else Exit.INCONCLUSIVE


def _said(report: VectorReport) -> VectorReport:
    """Print the result of an implementation, and return it."""
    _say_mismatches(report)
    names = ", ".join(report.files)
    wrong = len(report.mismatches)
    how = f"{wrong} wrong" if wrong else "all right" if report.tests else "no test at all"
    left_out = f", {report.left_out} left out" if report.left_out else ""
    asked = f"{report.requests} requests, " if report.requests else ""
    typer.echo(
        printable(
            f"{report.implementation}: {report.tests} tests{left_out}, {how} "
            f"({asked}{names}; {report.seconds:.1f} s)"
        )
    )
    for flags, choice in sorted(report.choices.items()):
        counts = f"accepted {choice.accepted}, refused {choice.refused}"
        typer.echo(printable(f"  {flags}: {counts} (either is right)"))
    words = [f"{word} ({count} tests)" for word, count in report.skipped.items() if count]
    if words:
        typer.echo(printable(f"  left out by --skip, hence inconclusive: {', '.join(words)}"))
    for word in (word for word, count in report.skipped.items() if not count):
        typer.echo(printable(f"  --skip {word} leaves out nothing"))
    return report


def _say_mismatches(report: VectorReport) -> None:
    for mismatch in report.mismatches:
        typer.echo(printable(f"  {mismatch}"))


async def _verify_in_browser(path: Path, executable: Path | None) -> VectorReport:
    try:
        async with driving() as playwright:
            browser = await launch(playwright, executable)
            async with browser:
                return await verify_in_browser(await browser.new_page(), path)
    except (ToolMissing, BrowserNotStarted) as error:
        raise NoBrowser(f"{error} (or leave it out with --no-browser)") from None
    except PlaywrightError as error:
        first = (str(error).splitlines() or ["no reason given"])[0]
        raise NoBrowser(
            f"the browser failed while it tried the vectors ({first}); "
            "run again, or leave it out with --no-browser"
        ) from None
