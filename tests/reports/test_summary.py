"""Markdown and terminal show the verdict and its reasons, and nothing that a subject injects."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from rich.console import Console
from sample_run import MIXED, finding, findings, results

from conformance.catalogue import catalogue
from conformance.judging import run_verdict
from conformance.reports.markdown import escape, summary
from conformance.reports.terminal.progress import LiveProgress
from conformance.reports.terminal.summary import print_summary
from conformance.verdicts import Verdict


def printed(run_results, **options) -> str:  # type: ignore[no-untyped-def]
    console = Console(file=io.StringIO(), width=120)
    print_summary(console, run_results, **options)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_markdown_says_verdict_counts_and_reasons() -> None:
    text = summary(results(MIXED))
    assert text.startswith("## ✗ Does not conform\n")
    passed = len(catalogue().expected()) - 6
    others = "1 waived, 2 not applicable, 1 fail, 1 inconclusive, 1 error"
    assert f"{passed} pass, {others}" in text
    assert "| WRONG-6 | zero-knowledge | ✗ fail | not within 25 s" in text
    assert "waived: known in 2.4.0" in text


def test_markdown_says_what_no_scenario_judges(waiting: str) -> None:
    assert f"Not judged by any scenario of this version: {waiting}." in summary(results())


def test_a_conforming_run_needs_no_attention() -> None:
    text = summary(results())
    assert text.startswith("## ✓ Conforms\n")
    assert "What needs attention" not in text


@pytest.mark.parametrize(
    "hostile",
    [
        "<img src=x onerror=alert(1)>",
        "[link](https://evil.example)",
        "![pixel](https://evil.example/p.png)",
        "a | b | c",
        "`code` **bold** ~~gone~~ $x$",
        "@everyone see #1 and www.evil.example",
        "two\n\n# lines",
    ],
)
def test_markdown_of_a_subject_is_shown_literally(hostile: str) -> None:
    shown = escape(hostile)
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(shown)
    assert re.findall(r"<\s*(\w+)", html) == ["p"]
    for active in ("\n", "://", "@", "www.", " #1", " | "):
        assert active not in shown
    found = [*findings(), finding("WRONG-6", verdict=Verdict.FAIL, reason=hostile)]
    rows = [line for line in summary(results(found)).splitlines() if line.startswith("| WRONG-6")]
    assert [line.count(" | ") for line in rows] == [3, 2]


def test_the_terminal_says_verdict_reasons_and_where_the_report_is() -> None:
    text = printed(results(MIXED), report=Path("reports/run/index.html"))
    assert "✗ Does not conform" in text
    assert "WRONG-6" in text
    assert "none shown" in text
    assert "exit status 1" in text
    assert "report: reports/run/index.html" in text


def test_the_terminal_still_says_what_was_found_when_the_report_was_not_written() -> None:
    text = printed(results(MIXED), not_written=OSError("the report was not written: disk full"))
    assert "WRONG-6" in text
    assert "the report was not written: disk full" in text


def test_a_partial_run_says_so() -> None:
    found = [finding("WRONG-2")]
    run = results(found).model_copy(
        update={"verdict": run_verdict(found, partial=True), "selection": "wrong_key"}
    )
    assert "Conforms (partial run)" in printed(run)
    assert "**Partial run**, only: wrong\\_key" in summary(run)


def test_the_terminal_takes_no_markup_or_escapes_from_a_subject() -> None:
    hostile = "[bold red]boo[/] \x1b]0;title\x07"
    text = printed(results([finding("WRONG-6", verdict=Verdict.FAIL, reason=hostile)]))
    assert "[bold red]boo[/]" in text
    assert "\x1b" not in text


def test_live_progress_without_a_terminal_is_plain_lines() -> None:
    console = Console(file=io.StringIO(), width=100)
    live = LiveProgress(console)
    live.started(2)
    live.check_started("a::test_one")
    live.finding(finding("WRONG-2"))
    other = finding("WRONG-6", verdict=Verdict.FAIL, reason="[red]none[/]")
    live.finding(other.model_copy(update={"check": "a::test_two"}))
    live.finished()
    assert console.file.getvalue().splitlines() == [  # type: ignore[attr-defined]
        "2 checks",
        "1/2 ✓ pass  WRONG-2 (zero-knowledge)",
        "2/2 ✗ fail  WRONG-6 (zero-knowledge): [red]none[/]",
    ]
    assert live.verdict is Verdict.FAIL


def test_live_progress_on_a_terminal_shows_what_is_not_green_and_ends() -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    live = LiveProgress(console)
    live.started(1)
    live.check_started("a::test_wrong_key_sees_nobody[zero-knowledge]")
    live.finding(finding("WRONG-6", verdict=Verdict.INCONCLUSIVE, reason="too thin"))
    live.finished()
    assert "too thin" in console.file.getvalue()  # type: ignore[attr-defined]
