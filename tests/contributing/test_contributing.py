"""The recipes of CONTRIBUTING.md, followed on a copy of the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
COPIED = (
    "conformance",
    "scenarios",
    "tests",
    "vectors",
    "waivers",
    "conftest.py",
    "pyproject.toml",
)
LEFT_OUT = shutil.ignore_patterns("node_modules", "__pycache__", ".import_linter_cache")

REQUIREMENT = """
[[requirement]]
id = "ROOM-6"
level = "S"
subject = "server"
text = "The title of a room is at most a thousand characters long."
source = "good practice"
judged = "The check creates a room with a longer title."
controls = "A room with a short title is created."
fails = "The long title is accepted."
inconclusive = "The server does not answer."
not_applicable = "Never: every server has to do this."
"""
RULE = """
[[rule]]
id = "title-is-short"
promise = "A title has at most a thousand characters."
requirement = ["ROOM-6"]
breaks = "Every title is accepted."
"""
SERVER_FAULT = '''

@fault("title-is-short")
class LongTitles(Fault):
    """The server accepts every title."""

    def on_secret(self, secret: str, room_id: str) -> str:
        return secret
'''
SEEDED_FAULT = """
[[fault]]
id = "long-title-accepted"
breaks = "The server accepts a title of any length."
where = "server"
rules = ["title-is-short"]
must = ["ROOM-6"]
reason = "room .+ is active"
"""
SCENARIO = '''

@requirement("ROOM-6")
async def test_long_title_is_refused(stack: Stack) -> None:
    """A room with a title of more than a thousand characters is not created."""
    room_id = await create_once(stack, RoomKind.PLAIN)
    await control(room_is(stack, room_id, active=True))
    await holds(room_is(stack, room_id, active=True))
    await stack.api.see_room_ended(room_id)
'''
CLIENT = """
from conformance.clients.reference import ReferenceDriver
from conformance.clients.spec import ClientSpec

CLIENT = ClientSpec(name="acme", driver=lambda rules: ReferenceDriver(list(rules)), summary="ours")
"""
ENTRY_POINT = """[plugnmeet_conformance.clients]
acme = acme_conformance:CLIENT
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the recipes touch."""
    copy = tmp_path / "tree"
    copy.mkdir()
    for name in COPIED:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=LEFT_OUT)
        else:
            shutil.copy(source, copy / name)
    return copy


def append(file: Path, text: str) -> None:
    """Add `text` at the end of a file that exists."""
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


def run(tree: Path, *arguments: str, path: Path | None = None) -> str:
    """What a program of the copy prints; the test fails if the program does.

    Args:
        path: a further folder of `PYTHONPATH`.
    """
    places = [str(tree), *([str(path)] if path else [])]
    done = subprocess.run(
        [sys.executable, "-P", *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def pytest_in(tree: Path, *arguments: str) -> str:
    """Run some of the copy's own tests."""
    return run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)


def test_a_requirement_a_scenario_and_a_fault_are_added(tree: Path) -> None:
    catalogue = tree / "conformance/requirements.toml"
    text = catalogue.read_text(encoding="utf-8")
    place = text.index('[[requirement]]\nid = "SECRET-1"')  # areas stand in their order
    catalogue.write_text(text[:place] + REQUIREMENT.lstrip() + "\n" + text[place:], "utf-8")
    append(tree / "scenarios/test_room.py", SCENARIO)
    run(tree, "-m", "conformance.cli.inventory.manifest")
    append(tree / "conformance/reference/rules/server.toml", RULE)
    append(tree / "conformance/reference/server/faults/requests.py", SERVER_FAULT)
    append(tree / "conformance/selftest/server.toml", SEEDED_FAULT)
    pytest_in(
        tree,
        "tests/catalogue",
        "tests/selftest/test_faults.py",
        "tests/selftest/test_coverage.py",
        "tests/plugin/test_manifest.py::test_the_committed_manifest_is_that_of_the_scenarios",
        "tests/reference_server/test_seeded_faults.py",
    )
    explained = run(tree, "-m", "conformance.cli", "explain", "ROOM-6")
    assert "test_long_title_is_refused" in explained
    assert "long-title-accepted" in explained


def test_a_requirement_without_a_scenario_is_noticed(tree: Path) -> None:
    append(tree / "conformance/requirements.toml", REQUIREMENT)
    with pytest.raises(AssertionError, match="no scenario covers these"):
        pytest_in(tree, "tests/catalogue")


def test_a_rule_without_a_fault_is_noticed(tree: Path) -> None:
    append(tree / "conformance/reference/rules/server.toml", RULE.replace("ROOM-6", "ROOM-5"))
    with pytest.raises(AssertionError, match="title-is-short"):
        pytest_in(tree, "tests/selftest/test_faults.py")


def test_a_client_is_added_by_an_entry_point(tree: Path, tmp_path: Path) -> None:
    package = tmp_path / "package"
    metadata = package / "acme_conformance-1.0.dist-info"
    metadata.mkdir(parents=True)
    (package / "acme_conformance.py").write_text(CLIENT, "utf-8")
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: acme-conformance\nVersion: 1.0\n"
    )
    (metadata / "entry_points.txt").write_text(ENTRY_POINT)
    listed = run(tree, "-m", "conformance.cli", "list", "clients", path=package)
    assert "acme" in listed
    assert "ours" in listed
