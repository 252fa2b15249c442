"""`conform setup`: install what a run needs. A command that needs a stack calls `ensure`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING

from conformance.cli.errors import complain
from conformance.verdicts import Exit

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from conformance.stacks.programs.provision import Step

HEARTBEAT_S = 30.0
"""How often a set-up without a terminal says that it is still working."""


def setup() -> None:
    """Install what a run needs: LiveKit, a browser, the reference client's page."""
    import typer
    from rich.console import Console

    from conformance.stacks.errors import StackError

    console = Console(highlight=False)
    try:
        if not ensure(console):
            console.print("everything is installed; `conform doctor` shows what and where")
    except StackError as error:
        complain(str(error))
        raise typer.Exit(Exit.BROKE) from None


def ensure(console: Console, *, reference_client: bool = True, services: bool = True) -> bool:
    """Install what a run needs and what is missing; True if something was installed.

    `reference_client`: whether its page is needed; not where another client's files are given.
    `services`: whether NATS and LiveKit are needed; not where a deployment has its own.

    Prints what it is going to install before it does so. Where nothing is missing this takes
    milliseconds and no lock.

    Raises:
        StackError: `SetupFailed` or `ToolMissing`, with the one line that fixes it.
    """
    from conformance.stacks.programs import provision

    def plan() -> list[Step]:
        return provision.plan(reference_client=reference_client, services=services)

    if not plan():
        return False
    from conformance.stacks.programs import tools

    with provision.full_disk_told("set-up"):
        tools.CACHE.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(console):
        steps = plan()  # another set-up may have finished meanwhile
        if not steps:
            return False
        console.print("[bold]Set-up[/] (once for this user), will install:")
        for step in steps:
            console.print(f"  [cyan]{step.name}[/]: {step.says}", soft_wrap=True)
        _bring_all(console, steps)
    return True


@contextmanager
def _one_at_a_time(console: Console) -> Iterator[None]:
    from filelock import FileLock, Timeout

    from conformance.stacks.programs import tools

    lock = FileLock(tools.CACHE / "setup.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        console.print("another set-up is running for this user; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _bring_all(console: Console, steps: list[Step]) -> None:
    """Run all steps at the same time: one waits for the network while another computes."""
    from conformance.stacks.programs import provision, tools

    stop = threading.Event()
    began = time.monotonic()
    log = tools.CACHE / "setup.log"
    with provision.full_disk_told("set-up"):
        log.write_text("", "utf-8")
    with ThreadPoolExecutor(len(steps)) as pool, _Display(console) as display:
        jobs: dict[Future[str], Step] = {}
        for step in steps:
            fix = f"see {log}, then {tools.command_name()} setup"
            shop = provision.Workshop(step.name, log, fix, display.line(step.name), stop)
            jobs[pool.submit(step.bring, shop)] = step
        failed: BaseException | None = None
        left = set(jobs)
        try:
            while left:
                done, left = wait(left, timeout=HEARTBEAT_S, return_when="FIRST_COMPLETED")
                if not done:
                    display.heartbeat([jobs[job].name for job in left], time.monotonic() - began)
                for job in done:
                    seconds = time.monotonic() - began
                    if (error := job.exception()) is not None:
                        failed = failed or error
                        display.done(jobs[job].name, "[red]failed[/]", seconds)
                    else:
                        display.done(jobs[job].name, job.result(), seconds)
        finally:
            stop.set()
    if failed is not None:
        raise failed


class _Display:
    """Spinners with the last line of output on a terminal; plain lines elsewhere."""

    def __init__(self, console: Console) -> None:
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._console = console
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("[cyan]{task.description}[/]"),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[last]}[/]", markup=True),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> _Display:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def line(self, name: str) -> Callable[[str], None]:
        """A callable that shows a step's last line of output."""
        from rich.markup import escape

        task = self._tasks[name] = self._progress.add_task(name, total=None, last="")
        width = max(20, self._console.width - 40)

        def show(text: str) -> None:
            self._progress.update(task, last=escape(text[:width]))

        return show

    def heartbeat(self, names: list[str], seconds: float) -> None:
        if not self._console.is_terminal:
            self._console.print(
                f"  … {', '.join(sorted(names))}: still working after {seconds:.0f} s"
            )

    def done(self, name: str, what: str, seconds: float) -> None:
        self._progress.remove_task(self._tasks[name])
        self._console.print(f"  [cyan]{name}[/]: {what} ({seconds:.0f} s)", soft_wrap=True)
