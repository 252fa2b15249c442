"""A waiver covers the checks and the claims that it names, and nothing beside them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from conformance.reports.waivers import waivers_of
from conformance.verdicts import Finding, Verdict
from conformance.waived_claims import hashed, names
from conformance.waiver_files import load_waivers, waivers_path
from conformance.waiving import apply_waivers
from tests.reports.sample_run import results as run
from tests.verdicts.test_waivers import CLAIM, TODAY, found, waiver, written


def test_another_check_of_the_requirement_is_not_waived() -> None:
    both = [found(Verdict.FAIL), found(Verdict.FAIL, check="test_other[a]")]
    after, problems = apply_waivers(both, [waiver()], today=TODAY)
    assert [f.verdict for f in after] == [Verdict.WAIVED, Verdict.FAIL]
    assert problems == []


def test_another_claim_of_the_same_check_is_not_waived() -> None:
    both = found(Verdict.FAIL, claims=[CLAIM, "mallory is in the room"])
    [after], problems = apply_waivers([both], [waiver()], today=TODAY)
    assert after.verdict is Verdict.FAIL
    assert problems == [
        "the waiver of WRONG-6 (zero-knowledge) does not name what fails in test_shown: "
        "'mallory is in the room'; check whether this is a new failure"
    ]
    two = [waiver(), waiver(claims=["mallory is in the room"], checks=["test_shown[a]"])]
    [after], problems = apply_waivers([both], two, today=TODAY)
    assert after.verdict is Verdict.WAIVED


def test_a_waiver_of_some_cases_of_a_check_does_not_waive_the_others() -> None:
    given = waiver(checks=["test_shown[waiting]"])
    findings = [
        found(Verdict.FAIL, check="test_shown[waiting]"),
        found(Verdict.FAIL, check="test_shown[stranger]"),
    ]
    after, _ = apply_waivers(findings, [given], today=TODAY)
    assert [f.verdict for f in after] == [Verdict.WAIVED, Verdict.FAIL]


def test_each_check_that_a_waiver_names_must_fail() -> None:
    given = waiver(checks=["test_shown", "test_told"])
    findings = [found(Verdict.FAIL), found(Verdict.PASS, check="test_told[a]")]
    _, problems = apply_waivers(findings, [given], today=TODAY)
    assert problems == [
        "the waiver of WRONG-6 (zero-knowledge) is outdated: test_told passes now; remove it"
    ]


@pytest.mark.parametrize(
    ("name", "claim", "means"),
    [
        ("alice sees bob", "alice sees  bob", True),
        ("alice sees bob", "alice sees bobby", False),
        ("/alice (sees|hears) bob/", "alice hears bob", True),
        ("/alice (sees|hears)/", "alice hears bob", False),
        (hashed("alice sees bob", "00112233"), "alice sees bob", True),
        (hashed("alice sees bob", "00112233"), "alice sees anything of bob", False),
        ('bob reads "a-0123456789abcdef01234567"', 'bob reads "a-abcdef0123456789abcdef01"', True),
    ],
)  # fmt: skip
def test_a_claim_is_named_by_its_sentence_a_pattern_or_a_hash(
    name: str, claim: str, means: bool
) -> None:
    assert names(name, claim) is means


def test_the_salt_makes_hashes_of_one_claim_differ() -> None:
    assert hashed("alice sees bob") != hashed("alice sees bob")
    assert hashed("alice sees bob", "00112233") == hashed("alice sees bob", "00112233")


def test_what_is_written_for_a_run_waives_exactly_its_failures(tmp_path: Path) -> None:
    failed = [
        found(Verdict.FAIL, claims=[CLAIM, 'he reads "x"']),
        found(Verdict.FAIL, check="test_other"),
    ]
    results = run(failed)
    text = waivers_of(results, date(2027, 1, 31), hashed=True)
    assert CLAIM not in text
    waivers = load_waivers(written(tmp_path, text)).waivers
    after, problems = apply_waivers(failed, waivers, today=TODAY)
    assert ({f.verdict for f in after}, problems) == ({Verdict.WAIVED}, [])
    text = waivers_of(results, date(2027, 1, 31))
    text = text.replace('reason = ""', f'reason = "{CLAIM}"')
    text = text.replace('source = ""', 'source = "https://example.org"')
    assert load_waivers(written(tmp_path, text)).waivers[0].checks == [
        "test_shown[a]",
        "test_other",
    ]
    assert waivers_of(run([found(Verdict.PASS)]), date(2027, 1, 31)) == ""


def test_the_waiver_of_secret_6_does_not_cover_somebody_without_a_token() -> None:
    [given] = [w for w in load_waivers(waivers_path("2.4.0")).waivers if w.id == "SECRET-6"]
    stranger = Finding(
        requirement="SECRET-6",
        room_kind="simple",
        check="scenarios/test_secret.py::test_secret_reaches_nobody_else[stranger]",
        verdict=Verdict.FAIL,
        reason="not so: someone without a token does not get the secret",
        claims=["someone without a token does not get the secret"],
    )
    waiting = stranger.model_copy(
        update={
            "check": stranger.check.replace("stranger", "waiting"),
            "claims": ["someone waiting does not get the secret"],
        }
    )
    after, _ = apply_waivers([stranger, waiting], [given], today=TODAY)
    assert [f.verdict for f in after] == [Verdict.FAIL, Verdict.WAIVED]
