"""`conform list` lists everything as a table and as JSON of a stable shape."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from conformance.bench import disturbances
from conformance.catalogue import catalogue
from conformance.cli.inventory import listing
from conformance.cli.inventory.checks import CheckRow, NotCollected, collect
from conformance.cli.main import app
from conformance.clients import registry as clients
from conformance.keys.profiles import PROFILES
from conformance.reference.rules import rules_of
from conformance.selftest import faults
from conformance.stacks import registry as stacks

KEYS = {
    "requirements": ["id", "level", "subject", "room_kinds", "text", "covered"],
    "checks": ["id", "requirements", "room_kind", "file", "function", "line", "text"],
    "faults": ["id", "where", "breaks", "rules", "must", "may"],
    "rules": ["id", "side", "promise", "breaks", "requirements"],
    "clients": ["id", "text"],
    "stacks": ["id", "text"],
    "profiles": ["id", "sort", "text", "requirements", "role", "bits", "session_bound"],
    "disturbances": ["id", "text", "own_network"],
}


def conform(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "250"})


def entries(what: str) -> list[dict[str, Any]]:
    done = conform("list", what, "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["schema_version"], said["list"]) == (1, what)
    found: list[dict[str, Any]] = said["entries"]
    return found


@pytest.fixture(autouse=True)
def _collected_once(monkeypatch: pytest.MonkeyPatch, checks: list[CheckRow]) -> None:
    monkeypatch.setattr(listing, "collect", lambda *_: checks)


@pytest.mark.parametrize("what", KEYS)
def test_json_has_the_same_keys_in_every_entry_and_unique_ids(what: str) -> None:
    found = entries(what)
    assert all(list(entry) == KEYS[what] for entry in found)
    assert len({entry["id"] for entry in found}) == len(found) > 0


@pytest.mark.parametrize(
    ("what", "ids"),
    [
        ("requirements", list(catalogue().requirements)),
        ("faults", list(faults())),
        ("rules", [*rules_of("server"), *rules_of("client")]),
        ("clients", clients.CLIENTS.names()),
        ("stacks", stacks.STACKS.names()),
        ("profiles", [*(p.key for p in catalogue().profiles), *PROFILES]),
        ("disturbances", list(disturbances.NAMES)),
    ],
)
def test_everything_is_listed_in_both_forms(what: str, ids: Sequence[str]) -> None:
    assert [entry["id"] for entry in entries(what)] == ids
    table = conform("list", what)
    assert table.exit_code == 0
    assert not [one for one in ids if one not in table.stdout]
    assert f"{len(ids)} {what}" in table.stdout


@pytest.mark.parametrize("what", ["clients", "stacks"])
def test_every_choice_has_a_description(what: str) -> None:
    assert all(entry["text"] for entry in entries(what))


def test_checks_judge_every_requirement_in_every_kind_of_room(checks: list[CheckRow]) -> None:
    judged = {(one, check.room_kind) for check in checks for one in check.requirements}
    assert judged == set(catalogue().expected())


def test_a_check_has_its_place_and_its_sentence(checks: list[CheckRow]) -> None:
    (check,) = [c for c in checks if c.id.endswith("two_sessions[simple]") and "media" in c.id]
    assert check.id == "scenarios/test_key.py::test_no_media_key_opens_two_sessions[simple]"
    assert check.requirements == ["KEY-4"]
    assert (check.room_kind, check.file) == ("simple", "scenarios/test_key.py")
    assert check.function == "test_no_media_key_opens_two_sessions"
    source = (listing.node_root() / check.file).read_text("utf-8")
    assert f'"""{check.text}' in source
    lines = source.splitlines()
    assert "def test_no_media_key_opens_two_sessions" in "\n".join(lines[check.line - 1 :][:5])


def test_scenarios_of_an_installed_package_have_their_own_root(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(
        "from conformance.catalogue import requirement\n\n\n"
        '@requirement("KEY-4")\nasync def test_one(rooms):\n    """It holds."""\n\n\n'
        "def test_no_check():\n    pass\n"
    )
    (found,) = collect(tmp_path, tmp_path)
    assert (found.id, found.room_kind, found.text) == ("test_a.py::test_one", "-", "It holds.")


def test_scenarios_that_cannot_be_imported_are_one_line_and_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "test_broken.py").write_text(
        "from conformance.catalogue import requirement\nrequirement('KEY-44')\n"
    )
    with pytest.raises(NotCollected, match=r"cannot be read: .*unknown requirement id 'KEY-44'"):
        collect(tmp_path, tmp_path)
    monkeypatch.setattr(listing, "collect", lambda *_: collect(tmp_path, tmp_path))
    done = conform("list", "checks")
    assert done.exit_code == 2
    assert done.stderr.startswith("conform: the scenarios in ")
    assert done.stderr.count("\n") == 1
