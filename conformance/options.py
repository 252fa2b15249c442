"""Every option of a run, declared once: `conform`'s commands and pytest's are both made of it.

It holds data and imports nothing slow: the command line reads it before anything else.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from conformance.clients import registry as clients
from conformance.stacks import registry as stacks

Value = str | int | bool | Path | None


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        flags: how it is written; the first one names it.
        help: what it is, for every command that `help_in` does not name.
        kind: what its value is. A `bool` takes none; a `Path` stays text in pytest.
        default: its value where it is left out; a repeatable option's is always the empty list.
        name: the attribute that holds it; made of the first flag where it is left out.
        metavar: what stands for the value in the help.
        repeatable: whether it can be given more than once, for a list.
        at_least, at_most: the limits of a number.
        choices: the values that there are, asked for late as they are slow to import.
        commands: the commands of `conform` that have it; empty: pytest alone.
        help_in: what it is for one command, where that differs.
        in_pytest: the flag that pytest has for it; None: pytest has none.
        handed_on: whether a command hands it on to pytest as it was given.
        always: whether it is handed on even where it was left out.
    """

    flags: tuple[str, ...]
    help: str
    kind: type[str | int | bool | Path] = str
    default: Value = None
    name: str = ""
    metavar: str | None = None
    repeatable: bool = False
    at_least: int | None = None
    at_most: int | None = None
    choices: Callable[[], Sequence[str]] | None = None
    commands: tuple[str, ...] = ()
    help_in: Mapping[str, str] = field(default_factory=dict)
    in_pytest: str | None = ""
    handed_on: bool = True
    always: bool = False

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", _attribute(self.flags[0]))
        if self.in_pytest == "":
            object.__setattr__(self, "in_pytest", self.flags[0])
        if self.kind is bool and self.default is None:
            object.__setattr__(self, "default", False)

    @property
    def name_in_pytest(self) -> str:
        """The attribute of pytest's options that holds it; only where pytest has it."""
        if self.in_pytest is None:
            raise ValueError(f"{self.flags[0]} is no option of pytest")
        return self.name if self.in_pytest == self.flags[0] else _attribute(self.in_pytest)

    def words(self, flag: str, value: object) -> list[str]:
        """The option with this value, as arguments of a command line."""
        if isinstance(value, list):
            return [f"{flag}={one}" for one in value]
        if value is None or value is False or (value == self.default and not self.always):
            return []
        return [flag] if value is True else [f"{flag}={value}"]


def _attribute(flag: str) -> str:
    return flag.lstrip("-").replace("-", "_")


def _disturbances() -> Sequence[str]:
    from conformance.bench.disturbances import NAMES

    return NAMES


def _known(own: Iterable[str]) -> str:
    return f"{', '.join(own)}, or one that an installed package adds"


OPTIONS: Final = (
    Option(("--stack",), f"Which server: {_known(stacks.STACKS.own)}.", metavar="NAME",
        default=stacks.DEFAULT, commands=("run",), always=True),
    Option(("--client",), f"Which client: {_known(clients.CLIENTS.own)}.", metavar="NAME",
        default=clients.DEFAULT, commands=("run",), always=True),
    Option(("--client-files",), "Folder of the client's built files.", Path,
        commands=("run", "up"),
        help_in={"up": "Folder of a client's built files; else the reference client's."}),
    Option(("--server-path",), "The plugnmeet-server to start (--stack native).", Path,
        commands=("run",)),
    Option(("--server-version",),
        "The images' tag (--stack compose), or the server's version (--stack native).",
        commands=("run",)),
    Option(("--deployment",), "TOML file that describes the deployment (--stack external).", Path,
        commands=("run",)),
    Option(("--insecure",), "Accept any certificate (--stack external).", bool, commands=("run",)),
    Option(("--dry-run",), "Print what the run would do, and do nothing.", bool, commands=("run",),
        in_pytest=None),
    Option(("--calm",), "Runs without any disturbance.", int, 1, at_least=0, commands=("soak",),
        in_pytest=None),
    Option(("--runs",), "Runs under each disturbance.", int, 1, at_least=0, commands=("soak",),
        in_pytest=None),
    Option(("--fault",), "Only this fault (repeatable).", metavar="ID", repeatable=True,
        commands=("selftest",)),
    Option(("--area",), "Only faults that this area must notice, for example KEY (repeatable).",
        metavar="AREA", repeatable=True, commands=("selftest",), in_pytest="--fault-area"),
    Option(("--part",),
        "Only a part of the faults: 0/3, 1/3, 2/3, or today/3 (another part each day of the year).",
        metavar="K/N", commands=("selftest",), in_pytest="--fault-part"),
    Option(("--seed",),
        "Draw the faults' values from this number, to repeat a trial; else from a new one.",
        int, at_least=0, commands=("selftest",), in_pytest="--fault-seed", metavar="N"),
    Option(("--every-check",),
        "Run every check for each fault, not only a sample: measures what is over-reported.", bool,
        commands=("selftest",)),
    Option(("--state",),
        "Keep results in this file over several parts; leave out what is settled in it.", Path,
        commands=("selftest",), in_pytest="--fault-state"),
    Option(("--without-browser",), "Only faults that need no browser.", bool,
        commands=("selftest",), in_pytest="--faults-without-browser"),
    Option(("--browser-path",), "Chromium or Chrome; found if left out.", Path,
        commands=("run", "test", "selftest", "soak", "bench", "doctor")),
    Option(("--port",), "The server's port; else a free one.", int, at_least=1, at_most=65535,
        commands=("up",), in_pytest=None),
    Option(("--livekit-path",), "The livekit-server to use; found if left out.", Path),
    Option(("--nats-path",), "The nats-server to use; found if left out.", Path),
    Option(("--workers", "-n"), "Number of processes; chosen if left out.", int, at_least=1,
        commands=("run", "test", "selftest", "soak", "bench"), in_pytest=None),
    Option(("--select", "-k"), "Only checks whose names match (as pytest).", commands=("run",),
        in_pytest=None),
    Option(("--exclude",), "Leave out a requirement; the report shows it (repeatable).",
        metavar="ID[/ROOM_KIND][=WHY]", repeatable=True, commands=("run",)),
    Option(("--requirement",), "Only this requirement (repeatable).", metavar="ID",
        repeatable=True, commands=("run", "soak")),
    Option(("--profile",), "Judge by this profile: article or documented.", commands=("run",)),
    Option(("--waivers",), "TOML file of waivers, or the product's version whose waivers to use.",
        commands=("run",)),
    Option(("--reports",), "Folder in which the run makes its own.", Path, Path("reports"),
        commands=("run", "test", "up", "selftest", "soak", "bench"), handed_on=False,
        help_in={"up": "Folder for the logs."}),
    Option(("--run-folder",), "The run's own folder; one made by date if left out.", Path),
    Option(("--break",), "Break this rule of the reference server or client (repeatable).",
        metavar="RULE", name="break_rules", repeatable=True, commands=("run", "soak", "up"),
        help_in={"soak": "Break this rule; a pass of its requirements is then wrong (repeatable).",
            "up": "Break this rule of the reference server (repeatable)."}),
    Option(("--repeat",), "Judge every check N times, in fresh rooms each time.", int, 1,
        metavar="N", at_least=1, commands=("run",)),
    Option(("--disturb",), "Judge under this disturbance: see docs/soak.md (repeatable).",
        repeatable=True, choices=_disturbances, commands=("run", "soak"),
        help_in={"soak": "Only this disturbance (repeatable); else all."}),
    Option(("--faults",), "Test the suite itself: seed each fault of conformance/selftest in turn.",
        bool),
    Option(("--live",), "Show the run's progress instead of pytest's.", bool),
)  # fmt: skip
"""In the order in which help shows them and commands hand them on."""


def options_of(command: str) -> list[Option]:
    """The options of one command of `conform`."""
    return [option for option in OPTIONS if command in option.commands]


def pytest_words(command: str, given: argparse.Namespace) -> list[str]:
    """What a command was given, as the arguments that it hands on to pytest."""
    return [
        word
        for option in options_of(command)
        if option.in_pytest is not None and option.handed_on
        for word in option.words(option.in_pytest, getattr(given, option.name))
    ]


def command_words(names: Iterable[str], given: argparse.Namespace) -> list[str]:
    """These options as they were given, as arguments of another command of `conform`."""
    wanted = set(names)
    return [
        word
        for option in OPTIONS
        if option.name in wanted
        for word in option.words(option.flags[0], getattr(given, option.name))
    ]
