"""The run's options. One line says what is wrong with an option that cannot be used."""

from __future__ import annotations

import os
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.bench import disturbances
from conformance.catalogue import UnknownProfile, UnknownRequirement, catalogue
from conformance.clients import registry as clients
from conformance.clients.registry import ClientFilesMissing
from conformance.exclusions import Exclusion, ExclusionInvalid, parse_exclusion
from conformance.pytest_plugin.ending import Ending
from conformance.pytest_plugin.fixtures.choices import files_to_serve, split_rules, stack_options
from conformance.pytest_plugin.fixtures.rounds import add_repeat
from conformance.pytest_plugin.keys import (
    CHOICE,
    COLLECTOR,
    EXCLUSIONS,
    FAULT_GROUPS,
    FAULTS,
    LIVE,
    NOTES,
    OPEN_ROOMS,
    PLACEMENTS,
    WAIVERS,
)
from conformance.reference.rules import UnknownRule
from conformance.reports.collect import Collector, Run, WorkerNotes
from conformance.reports.selftest.collect import FaultCollector
from conformance.reports.terminal.progress import LiveProgress
from conformance.selftest.choice import Choice, Part
from conformance.stacks import registry as stacks
from conformance.stacks.base import StackError
from conformance.stacks.programs import known as known_programs
from conformance.waivers import WaiverFile, WaiversInvalid, load_waivers, waivers_path


def pytest_addoption(parser: pytest.Parser) -> None:
    """The run's choices; `conform run` offers the same ones."""
    group = parser.getgroup("plugnmeet", "Plug-N-Meet conformance")
    add = group.addoption
    add("--stack", default="embedded", choices=stacks.NAMES, help="which server is used")
    add("--server-path", default=None, help="the plugnmeet-server to start (--stack native)")
    add("--server-version", default=None,
        help="the images' tag (compose), or what to treat the server as (native)")  # fmt: skip
    add("--deployment", default=None, help="TOML file that describes it (--stack external)")
    add("--insecure", action="store_true", help="accept any certificate (--stack external)")
    add("--client", default="reference", choices=clients.NAMES, help="which client")
    add("--client-files", default=None, help="folder with the client's built files to serve")
    add("--browser-path", default=None, help="the Chromium or Chrome to use")
    add("--livekit-path", default=None, help="the livekit-server to use")
    add("--nats-path", default=None, help="the nats-server to use")
    add("--break", dest="break_rules", action="append", default=[], metavar="RULE",
        help="break one rule of the reference server or client (repeatable)")  # fmt: skip
    add("--requirement", action="append", default=[], metavar="ID",
        help="only the checks of this requirement (repeatable)")  # fmt: skip
    add("--exclude", action="append", default=[], metavar="ID[/ROOM][=WHY]",
        help="leave out a promise by name; shown with the verdict (repeatable)")  # fmt: skip
    add("--profile", default=None, help="judge by this profile of the catalogue (default: all)")
    add("--waivers", default=None, help="TOML file of waivers")
    add("--reports", default="reports", help="folder that the run's report folder goes into")
    add("--run-folder", default=None, help="the run's own folder (default: one made by date)")
    add_repeat(group)
    add("--disturb", action="append", default=[], choices=disturbances.NAMES,
        help="judge under this condition (repeatable)")  # fmt: skip
    add("--faults", action="store_true",
        help="test the suite itself: break each fault of conformance/selftest in turn")  # fmt: skip
    add("--fault", action="append", default=[], metavar="ID", help="only this one (repeatable)")
    add("--fault-area", action="append", default=[], metavar="AREA",
        help="only those that this area of the catalogue has to notice (repeatable)")  # fmt: skip
    add("--fault-part", default=None, metavar="K/N",
        help="of those that need a browser every N-th, from the K-th (from 0) on")  # fmt: skip
    add("--faults-without-browser", action="store_true", help="only those that need no browser")
    add("--live", action="store_true", help="show the run's progress instead of pytest's")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register markers, read the waivers, name the run's folder (workers inherit it)."""
    config.addinivalue_line("markers", "requirement(*ids): which promises a check judges")
    config.addinivalue_line("markers", "channel(name): which kind of room a check is about")
    option = config.option
    for kind, path in (
        (known_programs.LIVEKIT, option.livekit_path),
        (known_programs.NATS, option.nats_path),
    ):
        if path:
            os.environ[kind.variable] = path
    _refuse_bad_options(config)
    config.pluginmanager.register(Ending(), "plugnmeet-ending")
    workerinput = getattr(config, "workerinput", None)
    if workerinput is not None:
        # a worker parses the command line anew; what its controller chose comes this way
        option.run_folder = workerinput["plugnmeet_run_folder"]
    if not option.run_folder:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        option.run_folder = str(Path(option.reports).resolve() / f"{stamp}-{os.getpid()}")
    try:
        waivers = load_waivers(waivers_path(option.waivers)) if option.waivers else WaiverFile([])
        exclusions = [parse_exclusion(one) for one in option.exclude]
    except (WaiversInvalid, ExclusionInvalid, UnknownRequirement) as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[WAIVERS] = waivers
    config.stash[EXCLUSIONS] = exclusions
    config.stash[NOTES] = WorkerNotes()
    config.stash[PLACEMENTS] = {}
    config.stash[FAULT_GROUPS] = {}
    config.stash[OPEN_ROOMS] = {}
    if option.faults:
        config.stash[CHOICE] = _choice(config)
    if workerinput is None:
        _listen(config, waivers, exclusions)


def _listen(config: pytest.Config, waivers: WaiverFile, exclusions: list[Exclusion]) -> None:
    """In the process that started the run: prepare where findings go and how they are shown."""
    option = config.option
    if option.faults:
        config.stash[FAULTS] = FaultCollector(
            config.stash[CHOICE],
            Path(option.run_folder),
            shlex.join(["pytest", *config.invocation_params.args]),
        )
    else:
        run = Run(
            command=shlex.join(["pytest", *config.invocation_params.args]),
            stack=option.stack,
            client=option.client,
            selection=_selection(config),
            profile=option.profile,
            rounds=option.repeat,
            disturbances=option.disturb,
            broken_rules=option.break_rules,
        )
        config.stash[COLLECTOR] = Collector(run, Path(option.run_folder), waivers, exclusions)
        if option.live:
            config.stash[LIVE] = LiveProgress()
    if option.live:
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            config.pluginmanager.unregister(reporter)


def _choice(config: pytest.Config) -> Choice:
    """The faults that a self-test breaks.

    Raises:
        UsageError: one of the ids is unknown, or the server or the client cannot have faults.
    """
    option = config.option
    if option.stack != "embedded" or option.client != "reference" or option.break_rules:
        raise pytest.UsageError("a self-test breaks only the suite's own server and client")
    try:
        part = Part.read(option.fault_part, datetime.now(UTC).date()) if option.fault_part else None
        choice = Choice(
            ids=option.fault,
            areas=option.fault_area,
            part=part,
            browser=not option.faults_without_browser,
        )
        choice.faults()
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    return choice


def _refuse_bad_options(config: pytest.Config) -> None:
    """One line for what cannot be used, before anything is started."""
    option = config.option
    try:
        for requirement in option.requirement:
            catalogue()[requirement]
        if option.profile:
            catalogue().profile(option.profile)
        split_rules(option.break_rules)
        if option.client != "reference" or option.client_files:
            files_to_serve(option)
        stacks.refuse_contradictions(stack_options(option, Path()))
    except (
        UnknownRequirement,
        UnknownProfile,
        ClientFilesMissing,
        UnknownRule,
        StackError,
    ) as error:
        raise pytest.UsageError(str(error)) from error


def _selection(config: pytest.Config) -> str:
    """The options that narrow the run down, in pytest's own words; empty for a whole run."""
    option = config.option
    parts = [f"--requirement {requirement}" for requirement in option.requirement]
    parts += [f"-k {option.keyword}" if option.keyword else ""]
    parts += [f"-m {option.markexpr}" if option.markexpr else ""]
    parts += [arg for arg in config.args if "::" in arg or Path(arg).is_file()]
    return " ".join(part for part in parts if part)
