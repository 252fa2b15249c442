"""`conform explain` explains requirements, faults and rules, and suggests names for unknown ids."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from conformance.catalogue import EXPLANATIONS, catalogue
from conformance.cli.inventory import listing
from conformance.cli.inventory.checks import CheckRow
from conformance.cli.main import app
from conformance.reference.rules import rules_of
from conformance.selftest import faults


@pytest.fixture(autouse=True)
def _collected_once(monkeypatch: pytest.MonkeyPatch, checks: list[CheckRow]) -> None:
    monkeypatch.setattr(listing, "collect", lambda *_: checks)


def explain(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["explain", *arguments], env={"COLUMNS": "1000"})


def data(name: str) -> dict[str, Any]:
    done = explain(name, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["schema_version"] == 1
    return found


@pytest.mark.parametrize("requirement_id", catalogue().requirements)
def test_a_requirement_is_explained_with_its_checks_and_faults(requirement_id: str) -> None:
    requirement, said = catalogue()[requirement_id], data(requirement_id)
    assert said["explain"] == "requirement"
    assert {name: said[name] for name in EXPLANATIONS} == {
        name: getattr(requirement, name) for name in EXPLANATIONS
    }
    assert {check["room_kind"] for check in said["checks"]} == set(requirement.room_kinds)
    must = {one["id"] for one in said["faults"]["must"]}
    assert must == {
        fault.id
        for fault in faults().values()
        if any(fault.needs(requirement_id, one) for one in requirement.room_kinds)
    }
    assert must, "no seeded fault shows that this requirement is judged at all"
    shown = explain(requirement_id).stdout
    for text in (requirement.text, requirement.sentence, *(said[n] for n in EXPLANATIONS), *must):
        assert text in shown
    for check in said["checks"]:
        assert check["id"] in shown
        assert check["function"] in shown


def test_a_fault_names_its_rules_and_who_has_to_notice() -> None:
    said = data("media-key-without-session")
    assert said["explain"] == "fault"
    assert said["must"] == ["KEY-4/zero-knowledge"]
    assert [rule["id"] for rule in said["rules"]] == ["media-key-session-bound"]
    assert [check["room_kind"] for check in said["checks"]] == ["zero-knowledge"]
    shown = explain("media-key-without-session").stdout
    assert "conform selftest --fault media-key-without-session" in shown
    assert said["rules"][0]["promise"] in shown


def test_every_fault_and_every_rule_can_be_explained() -> None:
    for name in faults():
        assert data(name)["explain"] == "fault"
    for side in ("client", "server"):
        for name in rules_of(side):
            said = data(name)
            assert (said["explain"], said["side"]) == ("rule", side)


def test_a_rule_names_its_promise_and_the_faults_that_break_it() -> None:
    shown = explain("media-key-session-bound").stdout
    assert rules_of("client")["media-key-session-bound"].promise in shown
    assert "media-key-without-session" in shown
    assert " run --break media-key-session-bound" in shown


def test_an_id_is_found_in_other_spellings() -> None:
    assert data("key_4")["id"] == "KEY-4"


@pytest.mark.parametrize(
    ("unknown", "near"),
    [
        ("KEY-44", "did you mean KEY-4"),
        ("downgrade-folowed", "did you mean downgrade-followed?"),
        ("promt-by-itself", "did you mean prompt-by-itself"),
        ("zzz", "`conform list` shows"),
    ],
)
def test_an_unknown_id_is_one_line_with_near_names(unknown: str, near: str) -> None:
    done = explain(unknown)
    assert done.exit_code == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"conform: no requirement, fault or rule has the id {unknown!r}: ")
    assert near in line
