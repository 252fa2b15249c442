"""results.json is a complete copy of the results, satisfies its schema, and is written safely."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import jsonschema
import pytest
from sample_run import MIXED, results

from conformance.reports.model import SCHEMA_FILE, load_results, results_schema
from conformance.reports.write import ReportNotWritten, write_report


def test_results_survive_the_round_trip(tmp_path: Path) -> None:
    before = results(MIXED, folder=tmp_path)
    write_report(before, tmp_path)
    assert load_results(tmp_path / "results.json") == before


def test_the_committed_schema_is_the_models() -> None:
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == results_schema(), (
        "write it anew: python -m conformance.reports.model"
    )


def test_results_satisfy_their_schema(tmp_path: Path) -> None:
    write_report(results(MIXED, folder=tmp_path), tmp_path)
    schema = json.loads((tmp_path / "results.schema.json").read_text(encoding="utf-8"))
    data = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(data, schema)


def test_a_run_folder_has_every_format_and_nothing_half_written(tmp_path: Path) -> None:
    page = write_report(results(), tmp_path / "new" / "run")
    assert page == tmp_path / "new" / "run" / "index.html"
    assert sorted(p.name for p in page.parent.iterdir()) == [
        "index.html", "junit.xml", "results.json", "results.schema.json", "summary.md",
    ]  # fmt: skip


def test_a_folder_that_is_a_file_gives_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("here")
    with pytest.raises(ReportNotWritten, match=r"was not written: .*run.*--reports$") as refused:
        write_report(results(), tmp_path / "run")
    assert "\n" not in str(refused.value)


def test_a_full_disk_gives_one_clear_line_and_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Path.write_text

    def full(path: Path, text: str, encoding: str | None = None) -> int:
        if "index.html" in path.name:
            original(path, text[:100], encoding=encoding)
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return original(path, text, encoding=encoding)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ReportNotWritten, match="No space left on device; free some space"):
        write_report(results(), tmp_path)
    assert "index.html" not in {p.name.strip(".") for p in tmp_path.iterdir()}
    assert not [p for p in tmp_path.iterdir() if p.name.endswith(".part")]
    assert load_results(tmp_path / "results.json").run_id == results().run_id


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_real_full_device_gives_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / ".results.json.part").symlink_to("/dev/full")
    with pytest.raises(ReportNotWritten, match="No space left on device"):
        write_report(results(), tmp_path)


def test_a_file_in_the_way_gives_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "index.html").mkdir()
    with pytest.raises(ReportNotWritten, match=r"index\.html: .*another folder with --reports"):
        write_report(results(), tmp_path)
