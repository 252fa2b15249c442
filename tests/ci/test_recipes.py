"""The CI recipes are valid by their systems' schemas and use options that this program has."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli.main import app
from conformance.waiver_files import waivers_path

RECIPES = Path(__file__).parents[2] / "docs" / "ci"


@pytest.mark.parametrize(
    ("file", "schema"),
    [
        ("github-actions.yml", "vendor.github-workflows"),
        ("gitlab-ci.yml", "vendor.gitlab-ci"),
    ],
)
def test_a_recipe_is_valid_by_its_systems_schema(file: str, schema: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, RECIPES / file],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", ["github-actions.yml", "gitlab-ci.yml", "Jenkinsfile"])
def test_a_recipe_uses_existing_options(file: str) -> None:
    text = (RECIPES / file).read_text("utf-8")
    offered = CliRunner().invoke(app, ["run", "--help"], env={"COLUMNS": "250"}).output
    command = text[text.index("./conform run") :]
    command = command[: command.index("e2ee")]
    used = set(re.findall(r"--[a-z-]+", command))
    assert {"--stack", "--client", "--waivers", "--reports"} <= used
    assert not [option for option in used if option not in offered]
    tried = CliRunner().invoke(app, ["selftest", "--help"], env={"COLUMNS": "250"}).output
    (trial,) = re.findall(r"\./conform selftest (.*)", text)
    assert {"--part", "--reports"} == set(re.findall(r"--[a-z-]+", trial))
    assert "--part" in tried
    for version in re.findall(r"--waivers (\S+)", text):
        assert waivers_path(version).is_file()
    assert "junit.xml" in text or file == "github-actions.yml"
    assert "summary.md" in text
    assert "|| true" not in command, "a verdict that is thrown away gates nothing"
