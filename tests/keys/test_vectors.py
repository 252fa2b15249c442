"""The published vector files are current, and judging by them notices wrong implementations."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.keys.generation.vector_files import NOTES, documents
from conformance.keys.profiles import PROFILES
from conformance.keys.published.locate import SCHEMA_FILE, vectors_folder
from conformance.keys.published.schema_tests import utf8_of
from conformance.keys.published.vectors import (
    VectorsUnreadable,
    expected,
    judged,
    load_vectors,
    python_outcomes,
    verify,
)

FOLDER = vectors_folder()
FILES = sorted(path.name for path in FOLDER.glob("*.json"))
VECTORS = [name for name in FILES if name != SCHEMA_FILE]


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    return documents()


def test_the_committed_files_are_what_the_generator_gives(generated: dict[str, str]) -> None:
    assert {name: (FOLDER / name).read_text(encoding="utf-8") for name in FILES} == generated


def test_every_flag_is_used_and_stands_in_the_readme_beside_its_type() -> None:
    files = [json.loads((FOLDER / name).read_text(encoding="utf-8")) for name in VECTORS]
    assert set().union(*(file["notes"] for file in files)) == set(NOTES)
    assert list(NOTES) == sorted(NOTES)
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    listed = {
        flag: row[1].strip()
        for row in (line.split("|") for line in readme.splitlines())
        if len(row) == 5 and row[1].strip().isupper()
        for flag in row[3].strip().split(", ")
    }
    assert listed == {flag: note.bug_type for flag, note in NOTES.items()}


def test_every_note_says_more_than_its_name() -> None:
    for note in NOTES.values():
        assert note.description.endswith(".")
        assert note.effect is None or note.effect.endswith(".")
        assert all(link.startswith("https://") for link in note.links or ())
        harmless = note.bug_type in ("BASIC", "EDGE_CASE", "FUNCTIONALITY")
        assert note.effect or harmless, "what the bug does to people"


def test_each_acceptable_test_has_a_flag_that_leaves_the_choice() -> None:
    choice = {
        "Av1", "CounterWrap", "EmptySecret", "EmptySession", "IvLength", "KnownDivergence",
        "LoneSurrogate", "MayDrop", "NoSlice", "NotSessionBound", "NotText", "Redundancy",
        "TrailerCollision", "UnescapedTwice",
    }  # fmt: skip
    for file in load_vectors(FOLDER).values():
        for _, test in file.tests():
            if test.result == "acceptable":
                assert choice & set(test.flags), test.comment


def test_no_test_demands_that_another_session_is_opened() -> None:
    for name, file in load_vectors(FOLDER).items():
        for _, test in file.tests():
            crosses = {"OtherSession", "SessionSpelling"} & set(test.flags)
            assert not (crosses and test.result == "valid") or name.name == "key_derivation.json"


def test_text_with_a_lone_surrogate_is_the_text_with_replacement_characters() -> None:
    assert utf8_of("d83ddd11") == "🔑".encode()
    assert utf8_of("0061d83d0062") == "a\ufffdb".encode()
    assert utf8_of("dd11d83d") == "\ufffd\ufffd".encode()


@pytest.mark.parametrize("name", VECTORS)
def test_a_published_file_keeps_its_schema(name: str) -> None:
    schema = json.loads((FOLDER / SCHEMA_FILE).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads((FOLDER / name).read_text(encoding="utf-8")), schema)


def test_every_profile_has_derivation_vectors() -> None:
    file = load_vectors(FOLDER / "key_derivation.json")[FOLDER / "key_derivation.json"]
    assert [group.profile for group in file.test_groups] == list(PROFILES)


def test_every_group_of_frames_and_messages_has_tests_that_open_and_tests_that_do_not() -> None:
    for name in ("media_frame.json", "data_message.json"):
        for group in load_vectors(FOLDER / name)[FOLDER / name].test_groups:
            optional = getattr(group, "codec", "") in ("av1", "red")
            opens = "acceptable" if optional else "valid"
            assert {opens, "invalid"} <= {test.result for test in group.tests}


def test_this_package_gets_every_vector_right_in_fifteen_seconds_of_work() -> None:
    started = time.process_time()
    report = verify(FOLDER)
    assert report.mismatches == []
    assert report.files == VECTORS
    assert report.tests >= 2500
    assert time.process_time() - started < 15


@pytest.mark.parametrize("name", VECTORS)
def test_an_implementation_that_refuses_everything_is_wrong_on_every_valid_test(name: str) -> None:
    [(path, file)] = load_vectors(FOLDER / name).items()
    outcomes = {test.tc_id: {"refused": "always"} for _, test in file.tests()}
    wrong = {mismatch.tc_id for mismatch in judged(path, file, outcomes)} - {0}
    assert wrong == {test.tc_id for _, test in file.tests() if test.result == "valid"}


@pytest.mark.parametrize("name", VECTORS)
def test_an_implementation_that_is_silent_is_wrong_on_every_test(name: str) -> None:
    [(path, file)] = load_vectors(FOLDER / name).items()
    wrong = {mismatch.tc_id for mismatch in judged(path, file, {})} - {0}
    assert wrong == {test.tc_id for _, test in file.tests()}


@pytest.mark.parametrize("name", ["media_frame.json", "data_message.json"])
def test_an_implementation_that_opens_everything_is_wrong_on_every_invalid_test(name: str) -> None:
    [(path, file)] = load_vectors(FOLDER / name).items()
    outcomes = {
        test.tc_id: expected(test) or {"plainHex": "00", "ivHex": "00"} for _, test in file.tests()
    }
    wrong = {mismatch.tc_id for mismatch in judged(path, file, outcomes)} - {0}
    assert wrong == {test.tc_id for _, test in file.tests() if test.result == "invalid"}


def test_a_group_key_that_the_profile_does_not_derive_is_noticed() -> None:
    [(path, file)] = load_vectors(FOLDER / "data_message.json").items()
    outcomes = dict(python_outcomes(file)) | {-1: {"keyHex": "00" * 32}}
    [mismatch] = judged(path, file, outcomes)
    assert "key of group 1, IV, ciphertext, tag under keys of session-bound-pbkdf2" in str(mismatch)


def _without(document: dict[str, Any], *where: Any) -> None:
    *parents, last = where
    for parent in parents:
        document = document[parent]
    del document[last]


def _set(document: dict[str, Any], value: Any, *where: Any) -> None:
    *parents, last = where
    for parent in parents:
        document = document[parent]
    document[last] = value


TEST = ("testGroups", 0, "tests", 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: _without(d, "notes"), "notes: Field required"),
        (lambda d: _set(d, 3, "numberOfTests"), "numberOfTests is 3"),
        (lambda d: _set(d, 2, *TEST, "tcId"), "same tcId"),
        (lambda d: _set(d, "1", *TEST, "tcId"), "tcId: Input should be a valid integer"),
        (lambda d: _set(d, "xyz", *TEST, "keyHex"), "keyHex: String should match"),
        (lambda d: _without(d, *TEST, "plainHex"), "tcId 1 is valid and lacks plainHex"),
        (lambda d: _set(d, "a text", "notes", "Modified"), "notes.Modified: Input should be"),
        (lambda d: _set(d, "BUG", "notes", "Modified", "bugType"), "bugType: Input should be"),
        (lambda d: _set(d, ["CVE-1"], "notes", "Modified", "cves"), "cves.0: String should match"),
        (lambda d: _set(d, "invalid", *TEST, "result"), "must not have plainHex"),
        (lambda d: _set(d, ["Unknown"], *TEST, "flags"), "flag Unknown, which the notes lack"),
        (lambda d: _set(d, "acceptable", *TEST, "result"), "but no flag says why"),
        (lambda d: _set(d, "no-such", "testGroups", 0, "profile"), "profile 'no-such' is unknown"),
        (lambda d: _set(d, "Rotation", "testGroups", 0, "type"), "'Rotation'"),
        (lambda d: _set(d, "wycheproof", "format"), "format: Input should be"),
        (lambda d: _set(d, 1, "extra"), "extra: Extra inputs"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_the_place(
    change: Callable[[dict[str, Any]], None], said: str, tmp_path: Path
) -> None:
    document = json.loads((FOLDER / "data_message.json").read_text(encoding="utf-8"))
    change(document)
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(VectorsUnreadable) as caught:
        load_vectors(path)
    line = str(caught.value)
    assert said in line
    assert line.startswith(f"{path}: not a vector file")
    assert "\n" not in line


def test_errors_of_one_file_are_kept_after_the_next(tmp_path: Path) -> None:
    for name in ("data_message.json", "ratchet.json"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    content = json.loads((tmp_path / "data_message.json").read_bytes())
    test = next(t for t in content["testGroups"][0]["tests"] if t["result"] == "valid")
    test["plainHex"] = "00"
    (tmp_path / "data_message.json").write_text(json.dumps(content), "utf-8")
    report = verify(tmp_path)
    assert report.implementation == "Python"
    assert [(one.file, one.tc_id) for one in report.mismatches] == [
        ("data_message.json", test["tcId"])
    ]
    assert 0 <= report.seconds < 60
