"""Reports show all texts of a subject as text, in HTML, XML, Markdown and on the terminal."""

from __future__ import annotations

import io
import json
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console
from typer.testing import CliRunner

from conformance.cli import evidence, vectors
from conformance.cli.main import app as conform
from conformance.judging import run_verdict
from conformance.keys.capture import Capture
from conformance.printable import printable
from conformance.reports.html.page import page
from conformance.reports.junit import write_junit
from conformance.reports.markdown import escape, summary
from conformance.reports.model import Results, Series, Shot, load_results
from conformance.reports.terminal.summary import print_summary
from conformance.verdicts import Evidence, Finding, Verdict

HOSTILE = (
    "</style></title></script><script>alert(1)</script><svg onload=alert(1)>\" onclick='x",
    "\x1b[2J\x1b]0;owned\x07\x9b31m\r\x00\ufffe\ud800\u202egreen",
    "]]> <!-- --> <![CDATA[ &lt;b&gt; &#0;",
    "| a | `b` **c** [d](https://evil.example) ![e](x) @team #1 \n# title\n- x\n> q\n```",
    "{{ 7 * 7 }} {% raw %} [red]rich[/red] [link=file:///etc/passwd]x[/link]",
    "javascript:alert(1)",
)
TEXTS = st.sampled_from(HOSTILE) | st.text(max_size=60)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def run_with(text: str, data: Any, verdict: Verdict = Verdict.FAIL) -> Results:
    """A run that has this text in every field that a subject can fill."""
    evidence = Evidence(kind=text, summary=text, path=text, sha256=text, data={"said": data})
    found = Finding(
        requirement="WRONG-2",
        room_kind="zero-knowledge",
        check=text,
        verdict=verdict,
        reason=text,
        controls=[text],
        evidence=[evidence],
        started=text,
        waiver=text,
    )
    other = found.model_copy(update={"requirement": printable(text), "room_kind": printable(text)})
    return Results(
        run_id=text,
        started=text,
        command=text,
        stack=text,
        client=text,
        verdict=run_verdict([found, other], bench_problems=[text], waiver_problems=[text]),
        findings=[found, other],
        selection=text,
        exclusions=[text],
        versions={text: text},
        broken_rules=[text],
        series=[Series(room=text, viewer=text, viewer_key="right", sender=text, sender_key="none")],
        shots=[Shot(caption=text, room=text, participant=text, path=text)],
    )


class _Tags(HTMLParser):
    """All tags, attributes' names and link targets of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in ("href", "src"):
                self.links.append(value or "")


def _tags(html: str) -> _Tags:
    read = _Tags()
    read.feed(html)
    return read


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> _Tags:
    """Tags and attributes of a page about a harmless subject."""
    return _tags(page(run_with("harmless", {"a": 1}), tmp_path_factory.mktemp("plain")))


every_text = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)


@every_text
@given(TEXTS, DATA)
@example(HOSTILE[0], HOSTILE[0])
@example("0001-01-01T00:00:00+23:59", {})
@example("x/../../etc\n", {})
def test_the_page_has_no_tag_or_attribute_of_a_subject(
    plain: _Tags, tmp_path: Path, text: str, data: Any
) -> None:
    html = page(run_with(text, data), tmp_path)
    html.encode()
    read = _tags(html)
    assert read.tags <= plain.tags
    assert read.attributes <= plain.attributes
    for link in read.links:
        inside = link.startswith(("#", "data:"))
        assert inside or (link[:1].isalnum() and ":" not in link and ".." not in link)


@every_text
@given(TEXTS, DATA)
@example("\x00\x08\ufffe\ud800", None)
def test_junit_is_xml_for_any_text(tmp_path: Path, text: str, data: Any) -> None:
    for verdict in (Verdict.FAIL, Verdict.WAIVED, Verdict.ERROR, Verdict.NOT_APPLICABLE):
        write_junit(run_with(text, data, verdict), tmp_path / "junit.xml")
        suites = ElementTree.parse(tmp_path / "junit.xml").getroot()
        assert {one.tag for one in suites.iter()} <= {
            "testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out",
            "properties", "property",
        }  # fmt: skip


@every_text
@given(TEXTS, DATA)
def test_results_are_read_again_as_they_were_written(tmp_path: Path, text: str, data: Any) -> None:
    written = run_with(text, data)
    file = tmp_path / "results.json"
    file.write_text(written.model_dump_json(), "utf-8")
    json.loads(file.read_bytes(), parse_constant=pytest.fail)
    assert load_results(file) == written


def _markdown_tags(text: str) -> set[str]:
    html = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    return _tags(html).tags


@given(TEXTS)
@example("1. x")
@example("- x")
@example("+ x\n\n    code")
def test_a_text_in_markdown_stays_in_its_line(text: str) -> None:
    shown = escape(printable(text))
    assert "\n" not in shown
    tags = _markdown_tags(f"It said: {shown}\n\n| a |\n| --- |\n| {shown} |\n")
    assert tags <= {"p", "table", "thead", "tbody", "tr", "th", "td"}
    rows = MarkdownIt("gfm-like", {"linkify": False}).render(f"| a |\n| --- |\n| {shown} |\n")
    assert rows.count("<td>") <= 1


@given(TEXTS, DATA)
def test_the_summary_has_no_link_picture_or_code_of_a_subject(text: str, data: Any) -> None:
    tags = _markdown_tags(summary(run_with(text, data)))
    assert not tags & {"a", "img", "script", "code", "pre", "svg", "h1"}


@given(TEXTS)
def test_the_terminal_gets_no_control_character(text: str) -> None:
    shown = io.StringIO()
    print_summary(Console(file=shown, width=100), run_with(text, {}))
    assert not [
        c for c in shown.getvalue() if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")
    ]


@pytest.mark.parametrize(("depth", "cut"), [(50, False), (61, True), (900, True)])
def test_deeply_nested_evidence_is_truncated(depth: int, cut: bool) -> None:
    nested: Any = []
    for _ in range(depth):
        nested = [nested]
    shown = json.dumps(printable({"said": nested}))
    assert ("\\u2026" in shown) is cut
    assert shown.count("[") == (60 if cut else depth + 1)


ESCAPE = "\x1b]0;owned\x07"


@pytest.mark.parametrize("command", ["evidence", "compare", "vectors"])
def test_files_of_others_send_no_escape_to_the_terminal(command: str, tmp_path: Path) -> None:
    files = {"capture.json": "{}", "results.json": "{}", "vectors.json": "{}"}
    capture = Capture(combined=[], senders=[]).model_dump(mode="json")
    files["capture.json"] = json.dumps(capture | {ESCAPE: 1})
    files["results.json"] = json.dumps(run_with("x", {}).model_dump(mode="json") | {ESCAPE: 1})
    published = json.loads((Path(__file__).parents[2] / "vectors/data_message.json").read_bytes())
    files["vectors.json"] = json.dumps(published | {ESCAPE: 1})
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    given_to = {
        "evidence": (evidence.app, ["reopen", str(tmp_path)]),
        "compare": (conform, ["compare", str(tmp_path), str(tmp_path)]),
        "vectors": (vectors.app, ["verify", "--no-browser", str(tmp_path / "vectors.json")]),
    }
    done = CliRunner().invoke(*given_to[command])
    assert done.exit_code == 2
    assert "owned" in done.output
    assert "\x1b" not in done.output


def test_words_of_a_vector_file_send_no_escape_to_the_terminal(tmp_path: Path) -> None:
    published = json.loads((Path(__file__).parents[2] / "vectors/data_message.json").read_bytes())
    test = published["testGroups"][0]["tests"][0]
    test["comment"], test["plainHex"] = ESCAPE, "00"
    (tmp_path / "vectors.json").write_text(json.dumps(published), "utf-8")
    done = CliRunner().invoke(
        vectors.app, ["verify", "--no-browser", str(tmp_path / "vectors.json")]
    )
    assert done.exit_code == 1
    assert "owned" in done.output
    assert "\x1b" not in done.output


def test_a_finding_beside_a_capture_sends_no_escape_to_the_terminal(tmp_path: Path) -> None:
    finding = run_with("x", {}).findings[0].model_dump(mode="json")
    (tmp_path / "finding.json").write_text(json.dumps(finding | {"room_kind": ESCAPE}), "utf-8")
    capture = Capture(combined=[], senders=[]).model_dump_json()
    (tmp_path / "capture.json").write_text(capture, "utf-8")
    done = CliRunner().invoke(evidence.app, ["reopen", str(tmp_path)])
    assert done.exit_code == 0
    assert "owned" in done.output
    assert "\x1b" not in done.output
