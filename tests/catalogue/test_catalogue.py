"""The catalogue is valid, its released profiles do not change, and its coverage is as declared."""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from pathlib import Path

import pytest

import conformance
from conformance.catalogue import (
    EXPLANATIONS,
    UnknownProfile,
    UnknownRequirement,
    catalogue,
    parse_catalogue,
    requirement,
)

FILE = Path(conformance.__file__).with_name("requirements.toml")

FROZEN = {
    "article@2026-11-23": "5022ef191d787c93",
    "documented@2026-11-23": "aeb5b738ebac3aec",
    "documented@2026-11-25": "16b9808d3ef02980",
    "article@2026-11-27": "f756e7707156c7f8",
    "documented@2026-11-27": "6aa76f0e403a4d53",
}


def test_no_requirement_was_removed() -> None:
    areas = Counter(r.area for r in catalogue().requirements.values())
    first_edition = {
        "ROOM": 5, "SECRET": 6, "KEY": 8, "FLOW": 5, "WRONG": 9, "NOKEY": 9,
        "BLIND": 6, "REFUSE": 6, "HOSTILE": 6,
    }  # fmt: skip
    assert all(areas[area] >= number for area, number in first_edition.items())
    assert list(areas) == list(catalogue().areas)


def test_ids_of_an_area_are_numbered_without_a_gap() -> None:
    for area, count in Counter(r.area for r in catalogue().requirements.values()).items():
        assert all(f"{area}-{n}" in catalogue() for n in range(1, count + 1))


def test_what_the_article_says_shows_the_articles_sentence() -> None:
    missing = [r.id for r in catalogue().requirements.values() if r.level == "M" and not r.sentence]
    assert missing == []


@pytest.mark.parametrize("requirement_id", catalogue().requirements)
def test_a_judged_requirement_says_how_it_is_judged(requirement_id: str) -> None:
    found = catalogue()[requirement_id]
    for name in EXPLANATIONS:
        text = getattr(found, name)
        assert text.endswith("."), name
        assert 15 < len(text) < 450, name


def test_a_judged_requirement_that_does_not_say_how_is_refused() -> None:
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    (entry,) = (one for one in data["requirement"] if one["id"] == "KEY-4")
    entry["fails"] = ""
    with pytest.raises(ValueError, match="KEY-4: a judged requirement needs fails"):
        parse_catalogue(data)
    entry["not_yet"] = "nobody has written the scenario"
    parse_catalogue(data)


def test_wrong_and_no_key_are_each_explained_with_their_own_person() -> None:
    for n in range(1, 10):
        wrong, nokey = catalogue()[f"WRONG-{n}"], catalogue()[f"NOKEY-{n}"]
        assert "mallory, who typed a wrong secret" in wrong.judged
        assert "nemo, who typed no secret" in nokey.judged


def test_wrong_and_no_key_have_the_same_nine_requirements() -> None:
    for n in range(1, 10):
        wrong, nokey = catalogue()[f"WRONG-{n}"], catalogue()[f"NOKEY-{n}"]
        assert wrong.text.removeprefix("Wrong key") == nokey.text.removeprefix("No key")
        assert (wrong.level, wrong.subject, wrong.kinds) == (
            nokey.level,
            nokey.subject,
            nokey.kinds,
        )


@pytest.mark.parametrize("key", FROZEN)
def test_a_released_profile_never_changes(key: str) -> None:
    profile = catalogue().profile(key)
    frozen = [*profile.ids, *(f"{i}: {', '.join(k)}" for i, k in profile.kinds.items())]
    assert hashlib.sha256("\n".join(frozen).encode()).hexdigest()[:16] == FROZEN[key], (
        "a profile is frozen: add a further [[profile]] with a later date instead"
    )


def test_profiles_hold_the_levels_that_they_are_for() -> None:
    levels = {name: {catalogue()[i].level for i in catalogue().profile(name).ids}
              for name in ("article", "documented")}  # fmt: skip
    assert levels == {"article": {"M"}, "documented": {"M", "D"}}


def test_an_unknown_id_is_refused_with_near_ones() -> None:
    with pytest.raises(UnknownRequirement, match=r"unknown requirement id 'wrong_2'.*WRONG-2"):
        _ = catalogue()["wrong_2"]


def test_an_unknown_profile_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownProfile, match="choose one of article, documented"):
        catalogue().profile("strict")


def test_the_mark_refuses_an_unknown_id_at_import() -> None:
    assert requirement("WRONG-2", "WRONG-4").args == ("WRONG-2", "WRONG-4")
    with pytest.raises(UnknownRequirement):
        requirement("WRONG-2", "WRONG-44")


def test_a_duplicate_id_is_refused() -> None:
    entry = {"id": "ROOM-1"}
    with pytest.raises(ValueError, match="ROOM-1 is in the catalogue twice"):
        parse_catalogue({"requirement": [entry, entry]})


def test_expected_pairs_are_those_of_covered_requirements_in_their_rooms() -> None:
    expected = catalogue().expected()
    assert ("SECRET-5", "plain") in expected
    assert ("ROOM-4", "-") in expected
    assert ("WRONG-2", "simple") not in expected
    assert not [i for i, _ in expected if catalogue()[i].not_yet]
    article = catalogue().expected(catalogue().profile("article"))
    assert ("WRONG-2", "zero-knowledge") in article
    assert ("WRONG-7", "zero-knowledge") not in article


def test_coverage_problems_name_missing_and_outdated_entries(waiting: str) -> None:
    marked = {r.id for r in catalogue().covered()}
    assert catalogue().coverage_problems(marked) == []
    problems = catalogue().coverage_problems((marked - {"FLOW-1"}) | {waiting, "ROOM-57"})
    assert [p.split(":")[0] for p in problems] == [
        "unknown requirement id 'ROOM-57'", "FLOW-1", waiting,
    ]  # fmt: skip


def test_a_profile_can_demand_a_requirement_in_some_rooms_only() -> None:
    article, documented = catalogue().newest_profiles()
    assert article.counts("REFUSE-3", "simple")
    assert article.counts("REFUSE-3", "zero-knowledge")
    assert documented.counts("REFUSE-3", "zero-knowledge")
    assert not documented.counts("REFUSE-3", "simple")
    assert documented.counts("KEY-4", "simple")
    assert not documented.counts("ROOM-5", "-")


def test_a_profile_narrows_only_what_it_has() -> None:
    text = (Path(conformance.__file__).parent / "requirements.toml").read_text("utf-8")
    data = tomllib.loads(text)
    data["profile"][0]["kinds"] = {"HOSTILE-1": ["simple"]}
    with pytest.raises(ValueError, match="narrows 'HOSTILE-1', which it does not have"):
        parse_catalogue(data)
