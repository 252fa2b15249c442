"""The table of options gives `conform` and pytest their options, and passes values between them."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from conformance.cli.main import app
from conformance.cli.options import takes_options
from conformance.options import OPTIONS, command_words, options_of, pytest_words
from conformance.pytest_plugin.choices import pytest_addoption

COMMANDS = sorted({command for option in OPTIONS for command in option.commands})


def heard_by_pytest(words: list[str]) -> argparse.Namespace:
    """The options that pytest's parser reads from these arguments."""
    parser = pytest.Parser(_ispytest=True)
    pytest_addoption(parser)
    return parser.parse(words)


def heard_by_command(command: str, words: list[str]) -> argparse.Namespace:
    """The options that a command of `conform` reads from these arguments."""
    kept: list[argparse.Namespace] = []
    alone = typer.Typer()
    alone.command()(takes_options(command)(kept.append))
    done = CliRunner().invoke(alone, words)
    assert done.exit_code == 0, done.output
    return kept[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_is_in_its_help(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "300"}).output
    for option in options_of(command):
        for flag in option.flags:
            assert flag in shown
        assert option.help_in.get(command, option.help) in shown


def test_no_flag_and_no_attribute_comes_twice() -> None:
    for command in COMMANDS:
        options = options_of(command)
        flags = [flag for option in options for flag in option.flags]
        assert len(flags) == len(set(flags))
        assert len({option.name for option in options}) == len(options)
    in_pytest = [option for option in OPTIONS if option.in_pytest is not None]
    assert len({option.name_in_pytest for option in in_pytest}) == len(in_pytest)


def test_options_of_a_command_arrive_in_pytest() -> None:
    words = [
        "--stack=native", "--client=official", "--client-files=/page", "--server-path=/server",
        "--server-version=2.4.0", "--insecure", "--deployment=/d.toml", "--browser-path=/chrome",
        "--exclude=FLOW-1=known", "--exclude=WRONG-2", "--requirement=WRONG-2", "--profile=article",
        "--waivers=2.4.0", "--break=refuse-recording", "--repeat=3", "--disturb=busy-cores",
    ]  # fmt: skip
    given = heard_by_command("run", words)
    assert given.client_files == Path("/page")
    arrived = heard_by_pytest(pytest_words("run", given))
    for option in options_of("run"):
        if option.in_pytest is None or not option.handed_on:
            continue
        sent, came = getattr(given, option.name), getattr(arrived, option.name_in_pytest)
        assert came == (str(sent) if isinstance(sent, Path) else sent)
        assert came not in (None, False, [], option.default), f"{option.flags[0]} is not tried"


def test_missing_options_have_the_default_on_both_sides() -> None:
    given = heard_by_command("run", [])
    assert pytest_words("run", given) == ["--stack=embedded", "--client=reference"]
    arrived = heard_by_pytest([])
    for option in options_of("run"):
        if option.in_pytest is not None:
            sent, came = getattr(given, option.name), getattr(arrived, option.name_in_pytest)
            assert came == (str(sent) if isinstance(sent, Path) else sent)


def test_selftest_options_have_other_names_in_pytest() -> None:
    given = heard_by_command("selftest", ["--area=WRONG", "--part=1/3", "--without-browser"])
    words = pytest_words("selftest", given)
    assert words == ["--fault-area=WRONG", "--fault-part=1/3", "--faults-without-browser"]
    arrived = heard_by_pytest(words)
    assert (arrived.fault_area, arrived.fault_part) == (["WRONG"], "1/3")
    assert arrived.faults_without_browser is True


def test_soak_hands_on_to_run() -> None:
    given = heard_by_command("soak", ["--break=refuse-recording", "--workers=2", "--runs=3"])
    words = command_words(("break_rules", "workers", "requirement"), given)
    assert words == ["--workers=2", "--break=refuse-recording"]
    assert heard_by_command("run", words).workers == 2


@pytest.mark.parametrize("command", ["run", "soak"])
def test_a_repeatable_option_is_a_list_of_its_own(command: str) -> None:
    first = heard_by_command(command, [])
    first.requirement.append("WRONG-2")
    assert heard_by_command(command, []).requirement == []
