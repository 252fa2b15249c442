"""Each rule of the reference client has exactly one fault, apart from the honest code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import conformance

SOURCE = Path(conformance.__file__).parent / "reference" / "client" / "src"
FAULTS = SOURCE / "faults"
RULES = Path(conformance.__file__).parent / "reference" / "rules" / "client.toml"

REGISTERED = re.compile(r"^  '?([a-z0-9-]+)'?: (?:(\w+)\.)?(\w+),$", re.MULTILINE)
"""An entry of the registry: rule id, namespace of its module (if any), name of the fault."""


@pytest.fixture(scope="module")
def rules() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = tomllib.loads(RULES.read_text(encoding="utf-8"))["rule"]
    return listed


@pytest.fixture(scope="module")
def registered() -> list[tuple[str, str, str]]:
    text = (FAULTS / "registry.ts").read_text(encoding="utf-8")
    registry = re.search(r"const FAULTS:.*?= \{\n(.*?)^\};", text, re.DOTALL | re.MULTILINE)
    assert registry is not None
    entries = REGISTERED.findall(registry.group(1))
    assert len(entries) == len([line for line in registry.group(1).splitlines() if line])
    return entries


def honest_code() -> dict[str, str]:
    """The text of every source file outside of the faults, by its path in the source folder."""
    files = [file for file in sorted(SOURCE.rglob("*.ts*")) if FAULTS not in file.parents]
    return {str(file.relative_to(SOURCE)): file.read_text(encoding="utf-8") for file in files}


def test_each_rule_has_exactly_one_fault(
    rules: list[dict[str, Any]], registered: list[tuple[str, str, str]]
) -> None:
    ids = [rule_id for rule_id, _namespace, _fault in registered]
    assert sorted(ids) == sorted(rule["id"] for rule in rules)


def test_each_fault_is_registered_for_exactly_one_rule(
    registered: list[tuple[str, str, str]],
) -> None:
    modules = [file for file in sorted(FAULTS.rglob("*.ts")) if file.name != "registry.ts"]
    written = [
        fault
        for file in modules
        for fault in re.findall(
            r"^export const (\w+)(?:: Fault)? =", file.read_text(encoding="utf-8"), re.MULTILINE
        )
    ]
    assert sorted(fault for _rule, _namespace, fault in registered) == sorted(written)


def test_only_the_page_imports_the_faults() -> None:
    importing = {
        path for path, text in honest_code().items() if re.search(r"from '[^']*faults/", text)
    }
    assert importing == {"main.tsx"}


def test_honest_code_names_no_rule(rules: list[dict[str, Any]]) -> None:
    text = "\n".join(honest_code().values())
    named = {rule["id"] for rule in rules if f"'{rule['id']}'" in text or f"`{rule['id']}`" in text}
    assert named == set()


def test_each_extension_point_is_called_by_honest_code_and_used_by_a_fault() -> None:
    points = (SOURCE / "extension-points.ts").read_text(encoding="utf-8")
    names = re.findall(r"^export const (on\w+) =", points, re.MULTILINE)
    assert names
    honest = "\n".join(t for path, t in honest_code().items() if path != "extension-points.ts")
    faults = "\n".join(file.read_text(encoding="utf-8") for file in FAULTS.rglob("*.ts"))
    assert [name for name in names if f"{name}(" not in honest] == []
    assert [name for name in names if not re.search(rf"\b{name}:", faults)] == []
    assert [name for name in names if f"`{name}`" not in points] == [], "missing in the table"


def test_each_rule_has_a_promise_and_a_fault_text(rules: list[dict[str, Any]]) -> None:
    assert all(rule["promise"] and rule["breaks"] for rule in rules)
    for rule in rules:
        has = "habit" if rule.get("habit") else "requirement"
        assert rule[has]
        assert set(rule) - {"draws"} == {"id", "promise", has, "breaks"}


def test_each_requirement_named_by_a_rule_is_in_the_catalogue(
    rules: list[dict[str, Any]],
) -> None:
    from conformance.catalogue import catalogue

    named = {requirement for rule in rules for requirement in rule.get("requirement", [])}
    assert named <= set(catalogue().requirements)
