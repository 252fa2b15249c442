"""The fault files: a fault breaks every rule, and every judged requirement must notice a fault."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from conformance.catalogue import UnknownRequirement, catalogue
from conformance.manifest import manifest
from conformance.reference.rules import rules_of
from conformance.selftest import Fault, Target, UnknownFault, fault_named, faults

LEAST = 80


def fault(**more: object) -> Fault:
    return Fault.model_validate(
        {
            "id": "a-fault",
            "breaks": "Something is broken.",
            "where": "server",
            "rules": ["refuse-rtmp"],
            "must": ["REFUSE-2"],
            **more,
        }
    )


def variation(**more: object) -> Fault:
    habit = {"id": "another-way", "where": "client", "rules": ["one-layer"], "verdict": "pass"}
    return fault(**{**habit, **more})


def test_there_are_enough_faults() -> None:
    assert len(faults()) >= LEAST


@pytest.mark.parametrize("side", ["server", "client"])
def test_every_rule_is_broken_by_a_fault(side: str) -> None:
    broken = {rule for one in faults().values() for rule in one.rule_ids}
    assert set(rules_of(side)) - broken == set()  # type: ignore[arg-type]


def test_every_covered_requirement_has_a_fault_that_it_must_notice() -> None:
    must = {target.requirement for one in faults().values() for target in one.must}
    covered = {r.id for r in catalogue().requirements.values() if r.not_yet is None}
    assert covered - must == set()


def test_a_fault_that_breaks_one_rule_is_noticed_by_what_the_rule_names() -> None:
    rules = {**rules_of("server"), **rules_of("client")}
    for one in faults().values():
        if len(one.rules) == 1 and not one.is_variation:
            (rule,) = one.rule_ids
            named = set(rules[rule].requirement)
            assert {target.requirement for target in one.must} & named, one.id


@pytest.mark.parametrize(
    "changed",
    [
        {"rules": ["refuse-rtmp"]},
        {"rules": ["one-layer", "no-snapshots"]},
        {"reason": "something"},
        {"verdict": "fail"},
    ],
)
def test_a_variation_breaks_habits_only_and_nobody_breaks_a_habit_else(
    changed: dict[str, object],
) -> None:
    with pytest.raises(ValidationError, match="variation"):
        variation(**changed)


def test_whoever_must_notice_is_judged_there() -> None:
    """A pair that no check judges would count as missed, whatever the others say."""
    judged = [place for check in manifest() for place in check.places]
    for one in faults().values():
        for target in one.must:
            assert one.waits or any(target.covers(*place) for place in judged), (one.id, target)


def test_only_faults_of_uncovered_requirements_wait() -> None:
    for one in faults().values():
        not_yet = [catalogue()[target.requirement].not_yet is not None for target in one.must]
        assert all(not_yet) or not any(not_yet), f"{one.id} would be missed as a whole"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"rules": ["refuse-rtpm"]}, "did you mean"),
        ({"must": ["REFUSE-99"]}, "REFUSE-99"),
        ({"must": ["REFUSE-2/somewhere"]}, "neither an id"),
        ({"must": []}, "must"),
        ({"may": [{"what": ["REFUSE-1"], "why": ""}]}, "why"),
        ({"id": "A fault"}, "id"),
        ({"verdict": "pass"}, "variation"),
        ({"verdict": "error"}, "verdict"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_an_invalid_fault_names_its_mistake(changed: dict[str, object], words: str) -> None:
    with pytest.raises((ValidationError, UnknownRequirement), match=words):
        fault(**changed)


def test_a_target_is_one_requirement_in_one_or_all_kinds_of_room() -> None:
    assert Target.read("KEY-4").covers("KEY-4", "simple")
    assert Target.read("KEY-4/simple").covers("KEY-4", "simple")
    assert not Target.read("KEY-4/simple").covers("KEY-4", "zero-knowledge")
    assert not Target.read("KEY-4").covers("KEY-5", "simple")
    assert Target.read("KEY-*").covers("KEY-5", "simple")
    assert Target.read("*").covers("ROOM-4", "-")
    assert str(Target.read("KEY-4/simple")) == "KEY-4/simple"


def test_rules_are_sorted_by_the_program_that_keeps_them() -> None:
    both = fault(rules=["refuse-rtmp", "encrypt-chat"])
    assert both.server_rules == ["refuse-rtmp"]
    assert both.client_rules == ["encrypt-chat"]


def test_a_requirement_that_may_notice_has_a_reason() -> None:
    one = fault(may=[{"what": ["REFUSE-1/simple"], "why": "the same bot is sent"}])
    assert one.may_because("REFUSE-1", "simple") == "the same bot is sent"
    assert one.may_because("REFUSE-1", "zero-knowledge") is None


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(UnknownFault, match="no fault 'none'"):
        fault_named("none")


def test_a_reason_is_one_for_all_or_one_for_each_that_must_notice() -> None:
    assert fault(reason="it was done").pattern("REFUSE-2", "simple") == "it was done"
    each = fault(
        must=["REFUSE-1", "REFUSE-2/simple"],
        reason={"REFUSE-1/simple": "recorded", "REFUSE-1": "taken", "REFUSE-2": "broadcast"},
    )
    assert each.pattern("REFUSE-1", "simple") == "recorded"
    assert each.pattern("REFUSE-1", "zero-knowledge") == "taken"
    assert each.pattern("REFUSE-2", "simple") == "broadcast"
    assert fault().pattern("REFUSE-2", "simple") is None


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("(", "no regular expression"),
        ({"REFUSE-3": "recorded"}, "not among those that must notice"),
        ({"REFUSE-2": "["}, "no regular expression"),
    ],
)
def test_an_invalid_reason_names_its_mistake(reason: object, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        fault(reason=reason)
