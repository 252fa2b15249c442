"""`conform run` and `conform test`: they set up what is missing, and then run pytest."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from conformance.cli.child import status_of
from conformance.cli.errors import fail, usage_errors
from conformance.cli.options import takes_options
from conformance.cli.paths import PROJECT, node_root, scenarios_folder
from conformance.cli.setup import ensure
from conformance.options import pytest_words
from conformance.stacks.registry import DEFAULT
from conformance.stacks.spec import StackOptions
from conformance.verdicts import Exit

MAX_WORKERS = 2
"""One worker has the checks that need a recorder or an AI, another the rest; a third idles."""

TEST_SECONDS = 300
"""A test of the suite's own that runs longer has hung: it fails, and its log has all stacks."""


@takes_options("run")
def run(given: Namespace) -> None:
    """Set up what is missing, run every scenario, and write the report of which promises hold.

    Exit status: 0 conforms, 1 does not, 2 could not run or the harness broke, 3 inconclusive.
    """
    from conformance.extensions import ExtensionProblem
    from conformance.subject import Subject, stack_options

    try:
        subject = Subject.of(given)
    except ExtensionProblem as problem:
        fail(str(problem))
    arguments = pytest_words("run", given)
    arguments += ["-k", given.select] if given.select else []
    options = stack_options(given, Path(), given.client_files)
    if given.dry_run:
        _say_what_would_be_done(options, [*arguments, str(scenarios_folder())])
    # The SFU tap's page is built together with the reference client's: every run needs it.
    set_up(given.browser_path, services=subject.stack.needs_local_services)
    _check_stack(options)
    _change_network(given.disturb)
    folder = run_folder(given.reports)
    arguments += ["--live", f"--run-folder={folder}", f"--alluredir={folder / 'allure'}"]
    workers = worker_arguments(given.workers, subject.client.cores)
    sys.exit(judged([*workers, *arguments, str(scenarios_folder())], folder))


@takes_options("test")
def pytest_command(given: Namespace) -> None:
    """Set up what is missing, then the suite's own tests and the scenarios with plain pytest."""
    set_up(given.browser_path)
    own = PROJECT / "tests"
    if not own.is_dir():
        fail("an installed package does not have the suite's own tests; run this in the checkout")
    common = [*worker_arguments(given.workers), *pytest_words("test", given)]
    print("The suite's own tests", flush=True)
    first = _subprocess([*common, f"--timeout={TEST_SECONDS}", str(own)])
    print(f"\nThe scenarios, on the {DEFAULT} stack", flush=True)
    folder = run_folder(given.reports)
    second = _subprocess([*common, f"--run-folder={folder}", str(scenarios_folder())])
    sys.exit(second if first == 0 else first)


def _check_stack(options: StackOptions) -> None:
    """Fail with one line if the stack cannot start, before a browser starts."""
    import asyncio

    from conformance.stacks.errors import StackError
    from conformance.stacks.registry import make_stack

    try:
        asyncio.run(make_stack(options).preflight())
    except StackError as error:
        fail(str(error))


def _change_network(names: Sequence[str]) -> None:
    """Continue in a network of the run's own where a disturbance needs one; set-up is done."""
    from conformance.bench.disturbances import NAMES, needs_own_network
    from conformance.cli import own_network

    if unknown := set(names) - set(NAMES):
        fail(f"--disturb {unknown.pop()} is unknown: choose one of {', '.join(NAMES)}")
    if needs_own_network(names):
        if missing := own_network.missing():
            fail(missing)
        own_network.enter(sys.argv[1:])


def _say_what_would_be_done(options: StackOptions, arguments: Sequence[str]) -> NoReturn:
    """Print what the run would do, and end; nothing is started, contacted or written."""
    from conformance.stacks.errors import StackError
    from conformance.stacks.registry import describe

    try:
        lines = describe(options)
    except StackError as error:
        fail(str(error))
    print(f"This run would use the {options.name} stack:")
    for line in lines:
        print(f"- {line}")
    print("and these checks:", flush=True)
    status = _pytest(["--collect-only", "-q", "--no-header", *arguments])
    sys.exit(Exit.BROKE if status else 0)


def set_up(browser: Path | None, *, reference_client: bool = True, services: bool = True) -> None:
    from rich.console import Console

    from conformance.stacks.errors import StackError
    from conformance.stacks.programs import known as known_programs

    if browser is not None:
        os.environ[known_programs.BROWSER.variable] = str(browser)
    try:
        ensure(Console(highlight=False), reference_client=reference_client, services=services)
    except StackError as error:
        fail(str(error))


def worker_arguments(chosen: int | None, cores: int = 1) -> list[str]:
    """pytest's arguments for the number of processes; `cores` is what one process needs."""
    count = chosen or max(1, min(MAX_WORKERS, (os.cpu_count() or 1) // cores))
    return ["-n", str(count)] if count > 1 else []


def run_folder(reports: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    folder = reports.resolve() / f"{stamp}-{os.getpid()}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        fail(f"{folder} cannot be made ({error.strerror}): give another folder with --reports")
    return folder


def _options() -> list[str]:
    """Options that make pytest the same in a checkout and in a package, in every folder."""
    options = ["-p", "conformance.pytest_plugin", "-o", "asyncio_mode=auto"]
    config = PROJECT / "pyproject.toml"
    if config.is_file():
        return [*options, "-c", str(config)]
    return [*options, "-p", "no:cacheprovider", "--rootdir", str(node_root())]


def _pytest(arguments: Sequence[str]) -> int:
    import pytest

    return int(pytest.main([*_options(), *arguments], plugins=[usage_errors()]))


def judged(arguments: Sequence[str], folder: Path, written: str = "results.json") -> int:
    """Run pytest; its exit status counts only if it wrote results, else the run could not run."""
    # No scenario uses Hypothesis, which every worker would import, nor pytest's temporary folders,
    # which would stay.
    status = _pytest(["-p", "no:hypothesispytest", "-p", "no:tmpdir", *arguments])
    return status if (folder / written).is_file() else int(Exit.BROKE)


def _subprocess(arguments: Sequence[str]) -> int:
    return status_of([sys.executable, "-m", "pytest", *_options(), *arguments])
