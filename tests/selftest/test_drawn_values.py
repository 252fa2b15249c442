"""What a rule leaves open is drawn in each trial, and a seed repeats it."""

from __future__ import annotations

from random import Random

import pytest

from conformance.clients.reference import ReferenceDriver
from conformance.reference.rules import Rules, rules_of, with_all_values
from conformance.reference.rules.draws import Draw, UnknownValue, completed, split, written
from conformance.selftest.choice import Choice
from tests.selftest.test_faults import fault

ROUNDS = "enough-rounds"


def test_a_seed_repeats_the_values_and_another_one_changes_them() -> None:
    one = fault(rules=[ROUNDS, "secret-long"])
    assert one.drawn(7).rules == one.drawn(7).rules
    assert len({one.drawn(seed).rules[0] for seed in range(20)}) > 10
    assert Choice(ids=["thousand-rounds"], seed=7).fault("thousand-rounds").rules == [
        Choice(ids=["thousand-rounds"], seed=7).faults()[0].rules[0]
    ]


def test_a_value_that_a_fault_gives_is_not_drawn() -> None:
    pinned = fault(rules=[f"{ROUNDS}:rounds=600000"])
    assert pinned.drawn(1).rules == [f"{ROUNDS}:rounds=600000"]
    assert pinned.rule_ids == [ROUNDS]
    assert pinned.client_rules == [f"{ROUNDS}:rounds=600000"]


@pytest.mark.parametrize("side", ["server", "client"])
def test_every_value_is_drawn_within_its_limits(side: str) -> None:
    for rule in rules_of(side).values():  # type: ignore[arg-type]
        for seed in range(30):
            text = with_all_values(rule.id, side, Random(seed))  # type: ignore[arg-type]
            _, given = split(text)
            for name, one in rule.draws.items():
                value = one.read(given[name])
                assert value in one.among or one.least <= value <= one.most  # type: ignore[operator]


def test_values_are_written_so_that_they_are_read_as_they_were() -> None:
    values = {"encoding": "a,b=c:d", "length": 3}
    assert split(written("a-rule", values)) == ("a-rule", {"encoding": "a,b=c:d", "length": "3"})
    assert split("a-rule") == ("a-rule", {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("enough-rounds:cycles=1", "no value 'cycles'; the rule has rounds"),
        ("enough-rounds:rounds=many", "rounds: 'many' is no whole number"),
        ("enough-rounds:rounds", "write the values of a rule as enough-rounds:name=value"),
        ("encrypt-chat:rounds=1", "the rule has no values"),
    ],
)
def test_a_value_that_a_rule_does_not_have_is_refused(text: str, words: str) -> None:
    with pytest.raises(UnknownValue, match=words):
        Rules([text], "client")
    with pytest.raises(UnknownValue, match=words):
        ReferenceDriver([text])


def test_a_text_is_one_of_those_that_are_listed() -> None:
    one = Draw(usual="hex", among=["hex", "base64"])
    assert {one.draw(Random(seed)) for seed in range(20)} == {"hex", "base64"}
    with pytest.raises(UnknownValue, match="'base32' is not among hex, base64"):
        completed("a-rule", {"encoding": one}, {"encoding": "base32"})
    with pytest.raises(ValueError, match="give usual with least and most"):
        Draw(usual=3)


def test_the_page_gets_every_value() -> None:
    (script,) = ReferenceDriver([ROUNDS, "encrypt-chat"]).init_scripts()
    assert f'"{ROUNDS}:rounds=1000", "encrypt-chat"' in script


def test_a_server_breaks_a_rule_with_its_values_everywhere_or_in_one_room() -> None:
    rules = Rules(["secret-long:characters=5"])
    assert not rules.keeps("secret-long")
    assert rules.value("secret-long", "characters") == 5
    assert Rules().value("secret-long", "characters") == 8
    rules.lie_in("lying", ["kind-as-announced"])
    assert rules.in_room("lying").value("secret-long", "characters") == 5
