"""Every mistake gives one line that begins with the program's name `conform`, and exit status 2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli.main import app


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lisst"], "No such command 'lisst'"),
        (["list"], "Missing argument"),
        (["list", "nothing"], "'requirements', 'checks'"),
        (["explain"], "Missing argument"),
        (["run", "--rooom"], "No such option"),
        (["run", "--workers", "0"], "--workers"),
        (
            ["run", "--stack", "imaginary"],
            "--stack imaginary: there is no such stack; known: embedded",
        ),
        (
            ["run", "--client", "imaginary"],
            "--client imaginary: there is no such client; known: reference",
        ),
        (["soak", "--disturb", "noise"], "--disturb noise is unknown: choose one of"),
        (["selftest", "--part", "9/3"], "'9/3' is no part"),
        (["compare", "no-run", "no-run"], "no-run"),
        (["run", "--dry-run", "--requirement", "KEY-44"], "unknown requirement id 'KEY-44'"),
    ],
)
def test_a_mistake_is_one_line_that_begins_with_the_programs_name(
    arguments: list[str], words: str
) -> None:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2, done.output
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("conform: ")
    assert words in line


def test_help_names_the_program_and_every_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "conformance.cli", "--help"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "Usage: conform [OPTIONS] COMMAND" in done.stdout
    assert "conformance.cli" not in done.stdout
    for command in ("run", "list", "explain", "vectors", "evidence"):
        assert f" {command} " in done.stdout
