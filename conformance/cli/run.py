"""`conform run` and `conform test`: they set up what is missing, and then run pytest."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from conformance.cli.errors import fail, usage_errors
from conformance.cli.paths import PROJECT, node_root, scenarios_folder
from conformance.cli.setup import ensure
from conformance.verdicts import Exit

if TYPE_CHECKING:
    from conformance.stacks.registry import StackOptions

MAX_WORKERS = 2
"""One worker has the checks that need a recorder or an AI, another the rest; a third idles."""

_CORES_A_WORKER = {"official": 2}
"""The official client's pages, a recorder and an AI at once need more than one core a worker."""

TEST_SECONDS = 300
"""A test of the suite's own that runs longer has hung: it fails, and its log has all stacks."""

_Stack = Annotated[
    str, typer.Option("--stack", help="Which server: embedded, native, compose or external.")
]
_ServerPath = Annotated[
    Path | None,
    typer.Option("--server-path", help="The plugnmeet-server to start (--stack native)."),
]
_ServerVersion = Annotated[
    str | None,
    typer.Option(
        "--server-version",
        help="The images' tag (compose), or the version to treat the server as (native).",
    ),
]
_Deployment = Annotated[
    Path | None,
    typer.Option(
        "--deployment", help="TOML file that describes the deployment (--stack external)."
    ),
]
_Insecure = Annotated[
    bool, typer.Option("--insecure", help="Accept any certificate (--stack external).")
]
_Exclude = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude", help="Leave out ID or ID/room kind; ID=why gives a reason (repeatable)."
    ),
]
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print what the run would do, and do nothing.")
]
_Client = Annotated[str, typer.Option("--client", help="Which client: reference or official.")]
_Files = Annotated[
    Path | None, typer.Option("--client-files", help="Folder of the client's built files.")
]
Browser = Annotated[
    Path | None, typer.Option("--browser-path", help="Chromium or Chrome; found if left out.")
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", "-n", min=1, help="Number of processes; chosen if left out."),
]
_Keyword = Annotated[
    str | None, typer.Option("--select", "-k", help="Only checks whose names match (as pytest).")
]
_Requirement = Annotated[
    list[str] | None, typer.Option("--requirement", help="Only this requirement (repeatable).")
]
_Profile = Annotated[
    str | None, typer.Option("--profile", help="Judge by this profile: article or documented.")
]
_Waivers = Annotated[
    Path | None,
    typer.Option("--waivers", help="TOML file of waivers, or a product version that has one."),
]
Reports = Annotated[Path, typer.Option("--reports", help="Folder in which the run makes its own.")]
_Repeat = Annotated[
    int,
    typer.Option("--repeat", min=1, help="Judge every check N times, in fresh rooms each time."),
]
_Disturb = Annotated[
    list[str] | None,
    typer.Option("--disturb", help="Judge under this disturbance: see docs/soak.md (repeatable)."),
]
_Break = Annotated[
    list[str] | None,
    typer.Option("--break", help="Break this rule of the reference server or client."),
]


def run(
    stack: _Stack = "embedded",
    client: _Client = "reference",
    client_files: _Files = None,
    server_path: _ServerPath = None,
    server_version: _ServerVersion = None,
    deployment: _Deployment = None,
    insecure: _Insecure = False,
    dry_run: _DryRun = False,
    browser_path: Browser = None,
    workers: Workers = None,
    select: _Keyword = None,
    exclude: _Exclude = None,
    requirement: _Requirement = None,
    profile: _Profile = None,
    waivers: _Waivers = None,
    reports: Reports = Path("reports"),
    break_rules: _Break = None,
    repeat: _Repeat = 1,
    disturb: _Disturb = None,
) -> None:
    """Set up what is missing, run every scenario, and write the report of which promises hold.

    Exit status: 0 conforms, 1 does not, 2 could not run or the harness broke, 3 inconclusive.
    """
    from conformance.clients.registry import NAMES as CLIENTS
    from conformance.stacks.registry import NAMES, StackOptions

    for option, given, known in (("--stack", stack, NAMES), ("--client", client, CLIENTS)):
        if given not in known:
            fail(f"{option} {given} is unknown: choose one of {', '.join(known)}")
    arguments = [f"--stack={stack}", f"--client={client}"]
    for name, value in (
        ("client-files", client_files),
        ("server-path", server_path),
        ("server-version", server_version),
        ("deployment", deployment),
    ):
        arguments += [f"--{name}={value}"] if value else []
    arguments += ["--insecure"] if insecure else []
    arguments += [f"--exclude={one}" for one in exclude or []]
    arguments += [f"--browser-path={browser_path}"] if browser_path else []
    arguments += [f"--profile={profile}"] if profile else []
    arguments += [f"--waivers={waivers}"] if waivers else []
    arguments += [f"--break={rule}" for rule in break_rules or []]
    arguments += [f"--requirement={one}" for one in requirement or []]
    arguments += [f"--repeat={repeat}"] if repeat > 1 else []
    arguments += [f"--disturb={one}" for one in disturb or []]
    arguments += ["-k", select] if select else []
    options = StackOptions(
        name=stack,
        folder=Path(),
        client_files=client_files,
        break_rules=(),
        server_path=str(server_path) if server_path else None,
        server_version=server_version,
        deployment=deployment,
        insecure=insecure,
    )
    if dry_run:
        _say_what_would_be_done(options, [*arguments, str(scenarios_folder())])
    services = stack in ("embedded", "native")
    # The SFU tap's page is built together with the reference client's: every run needs it.
    set_up(browser_path, services=services)
    _check_stack(options)
    _change_network(disturb or [])
    folder = run_folder(reports)
    arguments += ["--live", f"--run-folder={folder}", f"--alluredir={folder / 'allure'}"]
    sys.exit(
        judged([*worker_arguments(workers, client), *arguments, str(scenarios_folder())], folder)
    )


def pytest_command(
    browser_path: Browser = None,
    workers: Workers = None,
    reports: Reports = Path("reports"),
) -> None:
    """Set up what is missing, then the suite's own tests and the scenarios with plain pytest."""
    set_up(browser_path)
    own = PROJECT / "tests"
    if not own.is_dir():
        fail("an installed package does not have the suite's own tests; run this in the checkout")
    common = [
        *worker_arguments(workers),
        *([f"--browser-path={browser_path}"] if browser_path else []),
    ]
    print("The suite's own tests", flush=True)
    first = _subprocess([*common, f"--timeout={TEST_SECONDS}", str(own)])
    print("\nThe scenarios, on the embedded stack", flush=True)
    folder = run_folder(reports)
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


def worker_arguments(chosen: int | None, client: str = "reference") -> list[str]:
    """pytest's arguments for the number of processes: as many as the client's pages leave cores."""
    cores = (os.cpu_count() or 1) // _CORES_A_WORKER.get(client, 1)
    count = chosen or max(1, min(MAX_WORKERS, cores))
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
    import subprocess

    command = [sys.executable, "-m", "pytest", *_options(), *arguments]
    return subprocess.run(command, check=False).returncode
