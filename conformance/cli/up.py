"""`conform up`: a stack to try by hand, with one link for each participant."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.cli.errors import complain
from conformance.cli.setup import ensure
from conformance.verdicts import Exit

if TYPE_CHECKING:
    from rich.console import Console

    from conformance.stacks.embedded import EmbeddedStack

LINK_VALIDITY_S = 12 * 3600
"""Links stay valid for a day of trying things out; the product's own last ten minutes."""

PEOPLE = {
    "plain": ("alice", "bob"),
    "simple": ("alice", "bob"),
    "zero-knowledge": ("alice", "bob", "mallory"),
}
HINTS = {
    "plain": "no encryption",
    "simple": "the server supplies the secret",
    "zero-knowledge": "alice and bob type the same key, mallory types another one or none",
}


def up(
    client_files: Annotated[
        Path | None,
        typer.Option(
            "--client-files", help="Folder of a client's built files; else the reference client's."
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=1, max=65535, help="The server's port; else a free one."),
    ] = None,
    break_rules: Annotated[
        list[str] | None,
        typer.Option("--break", help="Break this rule of the reference server (repeatable)."),
    ] = None,
    reports: Annotated[Path, typer.Option("--reports", help="Folder for the logs.")] = Path(
        "reports"
    ),
) -> None:
    """Start a stack, print a link for each participant and kind of room, and run until Ctrl-C."""
    from rich.console import Console

    from conformance.stacks.errors import StackError

    console = Console(highlight=False)
    try:
        if client_files is not None and not (client_files / "index.html").is_file():
            raise StackError(
                f"--client-files {client_files}: no index.html there; "
                "give the folder of the built client"
            )
        ensure(console, reference_client=client_files is None)
        from conformance.stacks.embedded import EmbeddedStack

        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        stack = EmbeddedStack(
            reports.resolve() / f"{stamp}-up",
            client_files=client_files,
            break_rules=break_rules or (),
            server_port=port,
            token_validity_s=LINK_VALIDITY_S,
        )
        asyncio.run(_serve(stack, console))
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("\nstopped; nothing is left running")
    except StackError as error:
        complain(str(error))
        raise typer.Exit(Exit.BROKE) from None


async def _serve(stack: EmbeddedStack, console: Console) -> None:
    this = asyncio.current_task()
    assert this is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(NotImplementedError):  # a loop without signals: Ctrl-C still works
            asyncio.get_running_loop().add_signal_handler(number, this.cancel)
    async with stack:
        await _show_links(stack, console)
        raise await stack.first_death()


async def _show_links(stack: EmbeddedStack, console: Console) -> None:
    from rich.table import Table

    from conformance.stacks.kinds import RoomKind

    table = Table(title=f"ready in {stack.timings['stack']:.1f} s", title_justify="left")
    for column in ("room", "participant"):
        table.add_column(column, no_wrap=True)
    table.add_column("link", overflow="fold")
    links: list[tuple[str, str, str]] = []
    for kind in RoomKind:
        room = f"try-{kind.value}"
        await stack.api.create_room(room, kind, title=f"Try: {kind.value}")
        for index, name in enumerate(PEOPLE[kind.value]):
            token = await stack.api.join_token(
                room, f"{kind.value}-{name}", name.capitalize(), is_admin=index == 0
            )
            links.append((kind.value, name, stack.api.join_url(token)))
    if console.is_terminal:
        for kind_name, name, link in links:
            first = name == "alice"
            table.add_row(
                f"{kind_name}\n[dim]{HINTS[kind_name]}[/]" if first else "",
                name + (" (admin)" if first else ""),
                f"[link={link}]{link}[/link]",
                end_section=name == PEOPLE[kind_name][-1],
            )
        console.print(table)
    else:  # for a pipe: whole links, one per line
        for kind_name, name, link in links:
            typer.echo(f"{kind_name}\t{name}\t{link}")
    where = stack.endpoints.server_url
    logs = next(iter(stack.logs.values())).parent
    console.print(f"server {where}, logs in {logs}; Ctrl-C stops everything", soft_wrap=True)
