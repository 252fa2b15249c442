"""A waiver covers exactly its failure until it expires; errors say how to fix the file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from conformance.judging import run_verdict
from conformance.verdicts import Exit, Finding, Verdict
from conformance.waived_claims import hashed
from conformance.waiver_files import WaiversInvalid, load_waivers, waivers_path
from conformance.waivers import SCHEMA_FILE, Waiver, WaiverFile, waivers_schema
from conformance.waiving import apply_waivers

TODAY = date(2026, 11, 23)
CLAIM = "mallory is shown decryption errors"
WITHHELD = {"reason": None, "source": None, "claims": [hashed(CLAIM)]}
GOOD = """\
[[waiver]]
id = "WRONG-6"
room_kind = "zero-knowledge"
checks = ["test_shown"]
claims = ["mallory is shown decryption errors"]
reason = "the client swallows the message"
source = "https://example.org/issues/1"
expiry = 2027-01-31
"""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "waivers.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def waiver(**changes: object) -> Waiver:
    fields: dict[str, object] = {
        "id": "WRONG-6",
        "room_kind": "zero-knowledge",
        "checks": ["test_shown"],
        "claims": [CLAIM],
        "reason": "the client swallows the message",
        "source": "https://example.org/issues/1",
        "expiry": date(2027, 1, 31),
    }
    return Waiver.model_validate(fields | changes)


def found(
    verdict: Verdict,
    room_kind: str = "zero-knowledge",
    reason: str = "no message",
    check: str = "test_shown[a]",
    claims: Sequence[str] = (CLAIM,),
) -> Finding:
    return Finding(
        requirement="WRONG-6",
        room_kind=room_kind,
        check=f"scenarios/test_a.py::{check}",
        verdict=verdict,
        reason=reason,
        claims=list(claims) if verdict is Verdict.FAIL else [],
    )


def test_a_good_file_is_read(tmp_path: Path) -> None:
    assert load_waivers(written(tmp_path, GOOD)).waivers == [waiver()]
    assert load_waivers(written(tmp_path, "")).waivers == []


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (GOOD.replace("WRONG-6", "WRONG-66"), 2, "did you mean WRONG-6"),
        (GOOD.replace("zero-knowledge", "simple"), 3, "Choose one of zero-knowledge."),
        (GOOD.replace("https://example.org/issues/1", "no link"), 7, "address of the upstream"),
        (GOOD.replace("2027-01-31", '"soon"'), 8, "expiry = 2027-06-30"),
        (GOOD.replace("the client swallows the message", "bug"), 6, "Say why it fails"),
        (GOOD.replace("id = ", "ident = "), 1, "waiver 1, id: Field required. Add it"),
        (GOOD.replace("reason", "why"), 6, "waiver 1, why: Extra inputs are not permitted"),
        (GOOD + 'who = "me"\n', 9, "waiver 1, who: Extra inputs are not permitted. Remove it"),
        (GOOD + GOOD, 9, "is waived twice in .* Remove one"),
        (GOOD + GOOD.replace("WRONG-6", "KEI-1"), 10, "waiver 2, id: unknown requirement id"),
        (GOOD.replace("[[waiver]]", "[[waivers]]"), 1, r"Name each table \[\[waiver\]\]"),
        (GOOD.replace("[[waiver]]", "[waiver]"), 1, "with double brackets"),
        (GOOD.replace("id =", "id"), 2, r"not TOML: .*\. Write \[\[waiver\]\] id = "),
        ("product = 2.4\n" + GOOD, 1, r'product is not a string\. Write product = "2\.4\.0"\.'),
        ("\n[waiver]\n", 2, r"waiver is not a list\. Write \[\[waiver\]\] with double brackets\."),
        (GOOD.replace("[[waiver]]", "[[other]]"), 1, "unknown key 'other'"),
        (
            GOOD + GOOD.replace("zero-knowledge", "x"),
            11,
            "waiver 2, room_kind: WRONG-6 is not judged in 'x'",
        ),
        (GOOD.replace('checks = ["test_shown"]\n', ""), 1, "waiver 1, checks: .*conform waive RUN"),
        (GOOD.replace(f'claims = ["{CLAIM}"]\n', ""), 1, "waiver 1, claims: .*conform waive RUN"),
        (GOOD.replace('["test_shown"]', "[]"), 4, "waiver 1, checks: .*conform waive RUN"),
        (GOOD.replace("test_shown", "shown"), 4, "'shown' is no check: write the function"),
        (GOOD.replace(CLAIM, "/mallory (/"), 5, "is no regular expression"),
        (GOOD.replace(CLAIM, "sha256:12:34"), 5, "is no sha256:SALT:DIGEST"),
        (b"\n\n# caf\xe9", 3, "not UTF-8"),
        (b"# caf\xe9\n" + GOOD.encode(), 1, "not UTF-8. Save the file as UTF-8."),
    ],
)
def test_a_bad_file_is_refused_with_file_line_and_fix(
    tmp_path: Path, text: str | bytes, line: int, words: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(WaiversInvalid, match=words) as refused:
        load_waivers(path)
    assert str(refused.value).startswith(f"{path}:{line}: ")
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WaiversInvalid, match="cannot be read"):
        load_waivers(tmp_path / "none.toml")


def test_a_failure_as_the_waiver_says_is_waived_and_the_run_conforms() -> None:
    findings, problems = apply_waivers([found(Verdict.FAIL)], [waiver()], today=TODAY)
    assert [f.verdict for f in findings] == [Verdict.WAIVED]
    assert findings[0].waiver == (
        "the client swallows the message (https://example.org/issues/1, until 2027-01-31)"
    )
    assert run_verdict(findings, waiver_problems=problems).exit_code is Exit.CONFORMS
    assert apply_waivers(findings, [waiver()], today=TODAY) == (findings, problems)


@pytest.mark.parametrize(
    ("findings", "changes", "problem"),
    [
        ([found(Verdict.PASS)], {}, "is outdated"),
        ([found(Verdict.NOT_APPLICABLE)], {}, "not applicable"),
        ([found(Verdict.FAIL, check="test_other")], {}, "did not judge test_shown"),
        ([found(Verdict.FAIL, claims=["alice is out"])], {}, "does not name what fails in"),
        ([found(Verdict.FAIL)], {"expiry": date(2026, 11, 22)}, "expired on 2026-11-22"),
        ([found(Verdict.WAIVED)], {"expiry": date(2026, 11, 22)}, "expired on 2026-11-22"),
        ([], {}, "this run did not judge test_shown"),
        ([found(Verdict.FAIL)], {"finding": "kicked"}, "without 'kicked' in the reason"),
    ],
)
def test_an_outdated_waiver_fails_the_run(
    findings: list[Finding], changes: dict[str, object], problem: str
) -> None:
    after, problems = apply_waivers(findings, [waiver(**changes)], today=TODAY)
    assert len(problems) == 1
    assert problem in problems[0]
    assert Verdict.WAIVED not in {f.verdict for f in after}
    assert run_verdict(after, waiver_problems=problems).exit_code is Exit.FAILS


def test_a_waiver_is_valid_on_its_last_day() -> None:
    _, problems = apply_waivers([found(Verdict.FAIL)], [waiver(expiry=TODAY)], today=TODAY)
    assert problems == []


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.ERROR])
def test_a_waiver_excuses_neither_inconclusive_nor_error(verdict: Verdict) -> None:
    findings, problems = apply_waivers([found(verdict)], [waiver()], today=TODAY)
    assert ([f.verdict for f in findings], problems) == ([verdict], [])


def test_a_partial_run_says_nothing_about_waivers_of_what_it_did_not_judge() -> None:
    assert apply_waivers([], [waiver()], today=TODAY, partial=True) == ([], [])


def test_a_failure_elsewhere_is_not_waived() -> None:
    findings, _ = apply_waivers([found(Verdict.FAIL, "simple")], [waiver()], today=TODAY)
    assert findings[0].verdict is Verdict.FAIL


def test_one_waived_and_one_passing_case_of_a_check_is_not_outdated() -> None:
    both = [found(Verdict.FAIL), found(Verdict.PASS)]
    _, problems = apply_waivers(both, [waiver()], today=TODAY)
    assert problems == []


def test_the_committed_schema_is_the_models() -> None:
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == waivers_schema(), (
        "write it anew: python -m conformance.waivers"
    )


def test_the_schema_takes_a_good_file_and_refuses_a_bad_one() -> None:
    good = {"waiver": [waiver().model_dump(mode="json", exclude_none=True)]}
    jsonschema.validate(good, waivers_schema())
    del good["waiver"][0]["reason"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(good, waivers_schema())


def test_a_waiver_counts_only_where_its_part_is_the_products_own() -> None:
    file = WaiverFile([waiver(subject="client"), waiver(room_kind="simple", subject="server")])
    assert file.about({"server": False, "client": False}) == []
    assert [w.subject for w in file.about({"server": True, "client": False})] == ["server"]
    assert len(file.about({"server": True, "client": True})) == 2
    assert WaiverFile([waiver()]).about({"server": False, "client": False}) == [waiver()]


@pytest.mark.parametrize(
    ("beside", "server", "counts"),
    [(None, True, True), (None, False, True), ("reference", True, False),
     ("reference", False, True), ("product", True, True), ("product", False, False)],
)  # fmt: skip
def test_a_waiver_counts_beside_the_other_part_that_it_names(
    beside: str | None, server: bool, counts: bool
) -> None:
    file = WaiverFile([waiver(subject="client", beside=beside)])
    assert bool(file.about({"server": server, "client": True})) is counts


def test_the_field_beside_needs_a_subject() -> None:
    with pytest.raises(ValueError, match="beside is given without subject"):
        waiver(beside="reference")


def test_waivers_of_another_version_are_a_problem() -> None:
    file = WaiverFile([], "2.4.0")
    assert file.version_problem("2.4.0") is None
    assert file.version_problem(None) is None
    assert "2.3.0" in str(file.version_problem("2.3.0"))
    assert WaiverFile([]).version_problem("2.3.0") is None


@pytest.mark.parametrize(
    ("status", "label"),
    [
        ("undisclosed", "undisclosed: details are withheld until the makers have been told"),
        ("reported", "reported to the makers: details are withheld until they publish them"),
    ],
)
def test_a_weakness_that_is_not_public_has_no_details(
    tmp_path: Path, status: str, label: str
) -> None:
    hidden = f"""\
[[waiver]]
id = "WRONG-6"
room_kind = "zero-knowledge"
status = "{status}"
checks = ["test_shown"]
claims = ["{hashed(CLAIM)}"]
expiry = 2027-01-31
"""
    (read,) = load_waivers(written(tmp_path, hidden)).waivers
    assert read.label == f"{label} (until 2027-01-31)"
    jsonschema.validate(
        {"waiver": [read.model_dump(mode="json", exclude_none=True)]}, waivers_schema()
    )
    for detail in (
        'reason = "the client swallows the message"',
        'source = "https://example.org/issues/1"',
        'finding = "no toast"',
    ):
        name = detail.partition(" ")[0]
        words = f'status is "{status}", so {name} must not be given'
        with pytest.raises(WaiversInvalid, match=words) as refused:
            load_waivers(written(tmp_path, hidden + detail))
        assert "\n" not in str(refused.value)
        told = {"id": "WRONG-6", "room_kind": "-", "status": status, "expiry": "2027-01-31"}
        told |= {"checks": ["test_a"], "claims": ["a"]}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"waiver": [told | {name: "https://a.example"}]}, waivers_schema())


@pytest.mark.parametrize("missing", ["reason", "source"])
def test_a_public_weakness_has_a_reason_and_a_source(tmp_path: Path, missing: str) -> None:
    text = "".join(line for line in GOOD.splitlines(True) if not line.startswith(missing))
    with pytest.raises(WaiversInvalid, match=f'{missing} is missing.*status = "undisclosed"'):
        load_waivers(written(tmp_path, text))
    explicit = load_waivers(written(tmp_path, GOOD + 'status = "public"\n'))
    assert explicit.waivers == [waiver()]


@pytest.mark.parametrize(
    ("old", "new", "line"), [("channel", "room_kind", 3), ("link", "source", 7)]
)
def test_a_field_by_its_old_name_is_refused_with_the_new_one(
    tmp_path: Path, old: str, new: str, line: int
) -> None:
    path = written(tmp_path, GOOD.replace(new, old))
    with pytest.raises(WaiversInvalid) as refused:
        load_waivers(path)
    assert str(refused.value) == (
        f"{path}:{line}: waiver 1, {old}: the field is now called {new}. Rename {old} to {new}."
    )


@pytest.mark.parametrize("field", ["status", "subject", "beside"])
def test_a_value_that_is_no_choice_is_refused_with_the_choices(tmp_path: Path, field: str) -> None:
    path = written(tmp_path, GOOD + f'{field} = "private"\n')
    with pytest.raises(WaiversInvalid, match=rf"waiver 1, {field}: .*\. Write {field} = ") as said:
        load_waivers(path)
    assert str(said.value).startswith(f"{path}:9: ")


def test_a_version_names_the_waivers_that_come_with_the_suite() -> None:
    file = load_waivers(waivers_path("2.4.0"))
    assert file.product == "2.4.0"
    assert file.waivers
    assert waivers_path("v2.4.0") == waivers_path("2.4.0")
    with pytest.raises(WaiversInvalid, match=r"no waivers for version 1\.0"):
        waivers_path("1.0")


def test_every_file_of_waivers_that_comes_with_the_suite_is_sound() -> None:
    folder = Path(__file__).parents[2] / "waivers"
    for path in folder.glob("*.toml"):
        file = load_waivers(path)
        assert path.stem == f"plugnmeet-{file.product}"
        assert all(w.subject for w in file.waivers), "say whose weakness it is"
        jsonschema.validate(
            {"waiver": [w.model_dump(mode="json", exclude_none=True) for w in file.waivers]},
            waivers_schema(),
        )


def test_a_truncated_file_is_reported_without_a_line(tmp_path: Path) -> None:
    path = written(tmp_path, "product = ")
    with pytest.raises(WaiversInvalid) as refused:
        load_waivers(path)
    assert str(refused.value).startswith(f"{path}:1: not TOML") or refused.value.line is None
    assert ":None" not in str(refused.value)


def test_a_waiver_that_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WaiversInvalid, match=r"waiver 1, entry: .* Write \[\[waiver\]\]"):
        load_waivers(written(tmp_path, "waiver = [7]"))


def test_a_missing_file_is_reported_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    why = f"{path}: cannot be read (No such file or directory). Give the path of a TOML file."
    with pytest.raises(WaiversInvalid) as refused:
        load_waivers(path)
    assert str(refused.value) == why


def test_a_version_without_waivers_is_told_those_that_have_some() -> None:
    with pytest.raises(WaiversInvalid) as refused:
        waivers_path("0.1.0")
    line = str(refused.value)
    start = "plugnmeet-0.1.0.toml: there are no waivers for version 0.1.0. Known versions: "
    assert line.startswith(start)
    assert line.endswith("; or give the path of a file.")
    known = line.removeprefix(start).removesuffix("; or give the path of a file.").split(", ")
    assert "2.4.0" in known
    assert all(one[0].isdigit() for one in known)


def test_a_file_that_is_named_like_a_version_is_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "2.4").write_text("", "utf-8")
    assert waivers_path("2.4") == Path("2.4")
    assert waivers_path("my.toml") == Path("my.toml")


@pytest.mark.parametrize(
    ("given", "where"),
    [
        (waiver(), "https://example.org/issues/1"),
        (waiver(status="undisclosed", **WITHHELD), "the evidence of the finding"),
        (waiver(status="reported", **WITHHELD), "the report to the makers"),
    ],
)
def test_an_expired_waiver_says_what_to_check(given: Waiver, where: str) -> None:
    _, problems = apply_waivers([found(Verdict.FAIL)], [given], today=date(2027, 2, 1))
    assert problems == [
        "the waiver of WRONG-6 (zero-knowledge) expired on 2027-01-31: "
        f"look at {where}, then renew it or remove it"
    ]


def test_the_last_day_still_counts() -> None:
    [one], problems = apply_waivers([found(Verdict.FAIL)], [waiver()], today=date(2027, 1, 31))
    assert (one.verdict, problems) == (Verdict.WAIVED, [])


def test_a_failure_no_longer_waived_fails_and_names_no_waiver() -> None:
    [once], _ = apply_waivers([found(Verdict.FAIL)], [waiver()], today=TODAY)
    [again], _ = apply_waivers([once], [], today=TODAY)
    assert (again.verdict, again.waiver) == (Verdict.FAIL, None)


def test_another_failure_than_the_waived_one_is_reported() -> None:
    given = waiver(finding="no toast")
    _, problems = apply_waivers([found(Verdict.FAIL)], [given], today=TODAY)
    assert problems == [
        "the waiver of WRONG-6 (zero-knowledge) matches nothing: test_shown failed, but "
        "without 'no toast' in the reason; check whether this is a new failure"
    ]
