"""`conform waive` writes the waivers of what failed in a run."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from conformance.cli.waive import waive
from conformance.verdicts import Verdict
from conformance.waiver_files import load_waivers
from tests.reports.sample_run import results, with_verdicts


def test_it_prints_a_waiver_for_each_failure_of_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = results(with_verdicts({"WRONG-6": (Verdict.FAIL, "no message")}))
    (tmp_path / "results.json").write_text(failed.model_dump_json(), "utf-8")
    waive(tmp_path, hashed=True)
    written = tmp_path / "waivers.toml"
    written.write_text(capsys.readouterr().out, "utf-8")
    [read] = load_waivers(written).waivers
    assert (read.id, read.status) == ("WRONG-6", "undisclosed")
    assert read.accepts("no message")


def test_a_run_that_cannot_be_read_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        waive(tmp_path)
    assert ended.value.exit_code == 2
    assert "cannot be read" in capsys.readouterr().err
