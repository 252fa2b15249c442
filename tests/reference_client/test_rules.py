"""The reference client's promises are the ones that its rules file lists."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import conformance

CLIENT = Path(conformance.__file__).parent / "reference" / "client"
RULES = Path(conformance.__file__).parent / "reference" / "rules" / "client.toml"


@pytest.fixture(scope="module")
def rules() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = tomllib.loads(RULES.read_text(encoding="utf-8"))["rule"]
    return listed


@pytest.fixture(scope="module")
def source() -> str:
    files = sorted((CLIENT / "src").rglob("*.ts*"))
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_each_rule_is_asked_in_the_source_and_each_asked_is_a_rule(
    rules: list[dict[str, Any]], source: str
) -> None:
    asked = set(re.findall(r"keeps\('([a-z-]+)'\)", source))
    if "keeps(`encrypt-${channel}`)" in source:
        asked |= {"encrypt-chat", "encrypt-whiteboard", "encrypt-signals"}
    assert asked == {rule["id"] for rule in rules}


def test_the_list_in_the_source_is_the_rules_file_in_its_order(
    rules: list[dict[str, Any]], source: str
) -> None:
    listed = re.search(r"export const RULES = \[(.*?)\]", source, re.DOTALL)
    assert listed is not None
    assert re.findall(r"'([a-z-]+)'", listed.group(1)) == [rule["id"] for rule in rules]


def test_each_rule_says_what_is_promised_and_what_breaks(rules: list[dict[str, Any]]) -> None:
    assert all(rule["promise"] and rule["breaks"] and rule["requirement"] for rule in rules)
    assert all(set(rule) == {"id", "promise", "requirement", "breaks"} for rule in rules)


def test_each_requirement_named_by_a_rule_is_in_the_catalogue(
    rules: list[dict[str, Any]],
) -> None:
    from conformance.catalogue import catalogue

    named = {requirement for rule in rules for requirement in rule["requirement"]}
    assert named <= set(catalogue().requirements)
