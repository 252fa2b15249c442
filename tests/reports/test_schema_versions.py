"""An earlier results.json is read as the current version; a newer one is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sample_run import results
from typer.testing import CliRunner

from conformance.cli.main import app
from conformance.reports.compare import RunNotReadable, compare, read_run
from conformance.reports.model import Results, load_results
from conformance.reports.schema_versions import (
    CURRENT,
    RENAMED,
    NewerSchema,
    current_check,
    parse_finding,
    parse_results,
)
from conformance.verdicts import Finding, Verdict

VERSION_1 = Path(__file__).with_name("results_version_1.json")
"""Eleven checks of a real run of version 1, without evidence and figures."""


def current_text() -> str:
    """The run of the version 1 file as version 2 writes it, made by plain replacement."""
    text = VERSION_1.read_text("utf-8").replace('"schema_version": 1', '"schema_version": 2')
    for group in ("lived-", "refusals-", "sessions-"):
        text = text.replace(group, "")
    return text.replace('"channel": ', '"room_kind": ')


def test_the_version_that_is_written_is_the_current_one() -> None:
    assert results().schema_version == CURRENT


def test_a_version_1_file_is_read() -> None:
    text = VERSION_1.read_text("utf-8")
    assert '"channel"' in text
    assert all(f"{group}-" in text for group in ("lived", "refusals", "sessions"))
    read = load_results(VERSION_1)
    assert read.schema_version == CURRENT
    assert {f.room_kind for f in read.findings} == {"plain", "simple", "zero-knowledge"}
    assert {j.room_kind for j in read.verdict.judgements} == {"plain", "simple", "zero-knowledge"}
    named = {f.check for f in read.findings} | {c.check for c in read.verdict.checks}
    assert "scenarios/test_key.py::test_a_replayed_session_is_not_shown[zero-knowledge]" in named
    assert not [check for check in named if any(old in check for old in RENAMED)]


def test_the_old_file_and_the_same_run_of_today_do_not_differ(tmp_path: Path) -> None:
    new = tmp_path / "results.json"
    new.write_text(current_text(), "utf-8")
    assert compare(read_run(VERSION_1), read_run(new)).changes == []
    answer = CliRunner().invoke(app, ["compare", str(VERSION_1), str(new)])
    assert answer.exit_code == 0
    assert "0 differences" in answer.output


def test_a_check_that_is_gone_since_the_old_file_is_noticed() -> None:
    old, new = load_results(VERSION_1), Results.model_validate_json(current_text())
    gone = "scenarios/test_blind.py::test_neither_secret_nor_key_stays_in_the_browser[simple]"
    new.findings = [finding for finding in new.findings if finding.check != gone]
    (change,) = compare(old, new).changes
    assert (change.what, change.about) == ("check gone", f"BLIND-6: {gone}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("t.py::test_x[lived-zero-knowledge]", "t.py::test_x[zero-knowledge]"),
        ("t.py::test_x[late-sessions-simple]", "t.py::test_x[late-simple]"),
        ("t.py::test_x[simple]", "t.py::test_x[simple]"),
        ("t.py::test_x[shortlived-simple]", "t.py::test_x[shortlived-simple]"),
        ("t.py::test_x[refusals-simple-more]", "t.py::test_x[refusals-simple-more]"),
        ("sanity check, first of the run", "sanity check, first of the run"),
    ],
)
def test_only_whole_parameter_ids_are_renamed(old: str, new: str) -> None:
    assert current_check(old) == new


def test_a_newer_version_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps({"schema_version": CURRENT + 1, "more": []}), "utf-8")
    with pytest.raises(NewerSchema, match="update plugnmeet-conformance"):
        load_results(file)
    with pytest.raises(RunNotReadable, match="schema version 3 is newer") as refused:
        read_run(file)
    assert "\n" not in str(refused.value)
    answer = CliRunner().invoke(app, ["compare", str(file), str(file)])
    assert answer.exit_code == 2


@pytest.mark.parametrize(
    "text",
    [
        '{"schema_version": 1}',
        '{"schema_version": 1, "findings": 7, "verdict": []}',
        '{"schema_version": 1, "findings": [7, {"check": 7}], "verdict": {"checks": {}}}',
        '{"schema_version": true}',
        '{"schema_version": "1"}',
        '{"schema_version": 0}',
    ],
)
def test_a_malformed_file_of_an_earlier_version_is_refused(tmp_path: Path, text: str) -> None:
    parse_results(text.encode())
    (tmp_path / "results.json").write_text(text, "utf-8")
    with pytest.raises(RunNotReadable, match="no results that this version reads"):
        read_run(tmp_path)


def test_a_field_of_version_1_is_refused_in_a_file_of_the_current_version() -> None:
    text = current_text().replace('"room_kind": ', '"channel": ')
    with pytest.raises(ValueError, match="room_kind"):
        Results.model_validate(parse_results(text.encode()))


def test_the_finding_of_an_earlier_version_is_read() -> None:
    finding = Finding(
        requirement="FLOW-1", room_kind="simple", check="a", verdict=Verdict.PASS, reason="seen"
    )
    text = finding.model_dump_json().replace('"room_kind"', '"channel"')
    assert Finding.model_validate(parse_finding(text.encode())) == finding
    assert Finding.model_validate(parse_finding(finding.model_dump_json().encode())) == finding
