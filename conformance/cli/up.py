"""`conform up`: a stack to try by hand, with one link for each participant."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from argparse import Namespace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from conformance.cli.errors import complain
from conformance.cli.options import takes_options
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


@takes_options("up")
def up(given: Namespace) -> None:
    """Start a stack, print a link for each participant and kind of room, and run until Ctrl-C."""
    from rich.console import Console

    from conformance.clients.registry import given_page
    from conformance.clients.spec import ClientFilesMissing
    from conformance.stacks.errors import StackError

    console = Console(highlight=False)
    try:
        files = given_page(given.client_files) if given.client_files else None
        ensure(console, reference_client=files is None)
        from conformance.stacks.embedded import EmbeddedStack

        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        stack = EmbeddedStack(
            given.reports.resolve() / f"{stamp}-up",
            client_files=files,
            break_rules=given.break_rules,
            server_port=given.port,
            token_validity_s=LINK_VALIDITY_S,
        )
        asyncio.run(_serve(stack, console))
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("\nstopped; nothing is left running")
    except (StackError, ClientFilesMissing) as error:
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
