"""The run's options. An option that cannot be used ends the run with a message of one line."""

from __future__ import annotations

import os
import secrets
import shlex
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conformance.catalogue import UnknownProfile, UnknownRequirement, catalogue
from conformance.clients.registry import refuse_rules
from conformance.clients.spec import CannotBreakRules, ClientFilesMissing
from conformance.exclusions import Exclusion, ExclusionInvalid, parse_exclusion
from conformance.extensions import ExtensionProblem
from conformance.options import OPTIONS, Option
from conformance.pytest_plugin.ending import Ending
from conformance.pytest_plugin.fixtures.choices import split_rules, stack_options
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
from conformance.reference.rules.draws import UnknownValue
from conformance.reports.collect import Collector, Run, WorkerNotes
from conformance.reports.selftest.collect import FaultCollector
from conformance.reports.terminal.progress import LiveProgress
from conformance.selftest.choice import Choice, Part
from conformance.selftest.matrix import read_state, settled
from conformance.stacks.base import StackError
from conformance.stacks.programs import known as known_programs
from conformance.stacks.registry import refuse_contradictions
from conformance.subject import Subject
from conformance.waiver_files import WaiversInvalid, load_waivers, waivers_path
from conformance.waivers import WaiverFile


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the run's options, from the same table as those of `conform run`."""
    group = parser.getgroup("plugnmeet", "Plug-N-Meet conformance")
    for option in OPTIONS:
        if option.in_pytest is not None:
            group.addoption(option.in_pytest, **_in_pytests_words(option))


def _in_pytests_words(option: Option) -> dict[str, Any]:
    words: dict[str, Any] = {"dest": option.name_in_pytest, "help": option.help}
    if option.kind is bool:
        return words | {"action": "store_true"}
    if option.kind is int:
        words["type"] = partial(_whole_number, option)
    if option.choices is not None:
        words["choices"] = option.choices()
    words["metavar"] = option.metavar
    if option.repeatable:
        return words | {"action": "append", "default": []}
    default = option.default
    return words | {"default": str(default) if isinstance(default, Path) else default}


def _whole_number(option: Option, given: str) -> int:
    least = option.at_least or 0
    if not given.isdecimal() or int(given) < least:
        raise pytest.UsageError(f"{option.flags[0]} {given}: give a whole number, at least {least}")
    return int(given)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register markers, read the waivers and name the run's folder. Workers inherit its name."""
    config.addinivalue_line("markers", "requirement(*ids): the requirements that a check judges")
    config.addinivalue_line("markers", "room_kind(name): the kind of room that a check is about")
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
        # a worker parses the command line again; the controller hands over the folder that it chose
        option.run_folder = workerinput["plugnmeet_run_folder"]
        option.fault_seed = workerinput["plugnmeet_fault_seed"]
    if option.fault_seed is None:
        option.fault_seed = secrets.randbelow(10**9)
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
    """Prepare the collector and the display of findings in the process that started the run."""
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
            requirements=option.requirement,
            narrowed=bool(_narrowing(config)),
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
    if not Subject.of(option).can_seed_faults or option.break_rules:
        raise pytest.UsageError("a self-test breaks only the suite's own server and client")
    try:
        part = Part.read(option.fault_part, datetime.now(UTC).date()) if option.fault_part else None
        choice = Choice(
            ids=option.fault,
            areas=option.fault_area,
            part=part,
            browser=not option.faults_without_browser,
            seed=option.fault_seed,
            every_check=option.every_check,
            settled=_settled(option),
        )
        choice.faults()
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    return choice


def _settled(option: Any) -> set[str]:
    """The faults whose results an earlier part has left in the state file.

    Raises:
        StateNotReadable: the file is no state.
    """
    if not option.fault_state:
        return set()
    return settled(read_state(Path(option.fault_state)), every_check=option.every_check)


def _refuse_bad_options(config: pytest.Config) -> None:
    """Raise a UsageError for an option that cannot be used, before anything starts."""
    option = config.option
    try:
        for requirement in option.requirement:
            catalogue()[requirement]
        if option.profile:
            catalogue().profile(option.profile)
        _, client_rules = split_rules(option.break_rules)
        refuse_rules(Subject.of(option).client, client_rules)
        refuse_contradictions(stack_options(option, Path()))
    except (
        UnknownRequirement,
        UnknownProfile,
        ExtensionProblem,
        ClientFilesMissing,
        CannotBreakRules,
        UnknownRule,
        UnknownValue,
        StackError,
    ) as error:
        raise pytest.UsageError(str(error)) from error


def _selection(config: pytest.Config) -> str:
    """What the command line selects, as pytest writes it; empty for a whole run."""
    asked = [f"--requirement {requirement}" for requirement in config.option.requirement]
    return " ".join([*asked, *_narrowing(config)])


def _narrowing(config: pytest.Config) -> list[str]:
    """What the command line selects by `-k`, `-m` and names.

    A selection from elsewhere (PYTEST_ADDOPTS, a configuration file, `--deselect`, another plugin)
    is not the user's: what it leaves out is missing.
    """
    given = [str(one) for one in config.invocation_params.args]
    option = config.option
    parts = [
        f"{flag} {value}"
        for flag, value in (("-k", option.keyword), ("-m", option.markexpr))
        if value and any(one.startswith(flag) for one in given)
    ]
    named = [one for one in config.args if one in given]
    return parts + [one for one in named if "::" in one or Path(one).is_file()]
