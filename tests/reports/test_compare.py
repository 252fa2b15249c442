"""The comparison of two runs notices regressions and removed checks, and is safe for any file."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_run import finding, findings, results
from typer.testing import CliRunner

from conformance.cli.main import app
from conformance.reports.compare import RunNotReadable, as_markdown, compare, read_run, unlike
from conformance.reports.model import Results
from conformance.verdicts import Verdict


def changed(requirement: str, verdict: Verdict) -> Results:
    """The whole sample run with one changed finding."""
    return results(
        [
            finding(f.requirement, f.room_kind, verdict, "otherwise")
            if f.requirement == requirement
            else f
            for f in findings()
        ]
    )


def test_the_same_run_has_no_differences() -> None:
    same = compare(results(), results())
    assert same.changes == []
    assert not same.worse
    assert "Nothing got worse" in as_markdown(same)


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        (Verdict.PASS, Verdict.FAIL, True),
        (Verdict.PASS, Verdict.INCONCLUSIVE, True),
        (Verdict.PASS, Verdict.WAIVED, True),
        (Verdict.PASS, Verdict.NOT_APPLICABLE, True),
        (Verdict.WAIVED, Verdict.FAIL, True),
        (Verdict.FAIL, Verdict.PASS, False),
        (Verdict.INCONCLUSIVE, Verdict.PASS, False),
    ],
)
def test_a_verdict_that_changed_is_worse_or_not(
    before: Verdict, after: Verdict, worse: bool
) -> None:
    found = compare(changed("FLOW-1", before), changed("FLOW-1", after))
    about_it = [c for c in found.changes if c.what == "verdict" and c.about.startswith("FLOW-1 ")]
    assert about_it
    assert {c.worse for c in about_it} == {worse}
    assert found.worse is worse


def test_a_removed_requirement_or_check_is_worse() -> None:
    left = [f for f in findings() if f.requirement != "WRONG-3"]
    found = compare(results(), results(left))
    gone = {c.what for c in found.changes if "WRONG-3" in c.about and c.worse}
    assert "check gone" in gone
    assert found.worse
    back = compare(results(left), results())
    assert not [c for c in back.changes if c.worse]


def test_a_new_exclusion_is_worse() -> None:
    excluded = results().model_copy(update={"exclusions": ["SECRET-4: no NATS"]})
    (change,) = compare(results(), excluded).changes
    assert (change.about, change.after, change.worse) == ("excluded", "SECRET-4: no NATS", True)


def test_another_version_is_a_difference_but_not_worse() -> None:
    other = results().model_copy(update={"versions": {"plugnmeet-server": "2.5.0"}})
    found = compare(results(), other)
    assert any(c.about == "version of plugnmeet-server" for c in found.changes)
    assert not found.worse


def test_texts_of_a_run_are_never_markup() -> None:
    hostile = changed("FLOW-1", Verdict.FAIL)
    for judgement in hostile.verdict.judgements:
        judgement.reason = "<script>alert(1)</script> | [x](http://evil)"
    text = as_markdown(compare(results(), hostile))
    assert "<script>" not in text
    assert "(http:" not in text


def test_the_command_has_the_right_exit_status(tmp_path: Path) -> None:
    for name, run in (("old", results()), ("new", changed("FLOW-1", Verdict.FAIL))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.json").write_text(run.model_dump_json(), "utf-8")
    old, new = str(tmp_path / "old"), str(tmp_path / "new" / "results.json")
    assert CliRunner().invoke(app, ["compare", old, old]).exit_code == 0
    markdown = tmp_path / "change.md"
    worse = CliRunner().invoke(app, ["compare", old, new, "--markdown", str(markdown)])
    assert worse.exit_code == 1
    assert "FLOW-1" in worse.output
    assert "Something got worse" in markdown.read_text("utf-8")


def test_an_invalid_run_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(RunNotReadable, match="cannot be read"):
        read_run(tmp_path / "nowhere")
    foreign = tmp_path / "results.json"
    for text in ("<html>", "[]", '{"schema_version": 2}', "[" * 100_000):
        foreign.write_text(text, "utf-8")
        with pytest.raises(RunNotReadable, match="no results that this version reads") as refused:
            read_run(tmp_path)
        assert "\n" not in str(refused.value)
    answer = CliRunner().invoke(app, ["compare", str(foreign), str(foreign)])
    assert answer.exit_code == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stack": "native"}, "stack (embedded, then native)"),
        ({"client": "official"}, "client (reference, then official)"),
        ({"broken_rules": ["encrypt-chat"]}, "broken rules (none, then encrypt-chat)"),
        ({"disturbances": ["slow-network: 3 times"]}, "disturbances (none, then slow-network)"),
        ({"verdict": results().verdict.model_copy(update={"rounds": 5})}, "rounds (1, then 5)"),
    ],
)
def test_runs_of_another_kind_are_refused_unless_told(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    other = results().model_copy(update=change)
    assert unlike(results(), other) == [words]
    paths = []
    for number, run in enumerate((results(), other)):
        paths.append(str(tmp_path / f"{number}.json"))
        Path(paths[-1]).write_text(run.model_dump_json(), "utf-8")
    refused = CliRunner().invoke(app, ["compare", *paths])
    assert refused.exit_code == 2
    assert words in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert CliRunner().invoke(app, ["compare", "--unlike", *paths]).exit_code in (0, 1)


def test_runs_of_two_versions_are_alike() -> None:
    newer = results().model_copy(update={"versions": {"plugnmeet-server": "2.5.0"}})
    assert unlike(results(), newer) == []
