"""The seeded faults: each rule has one, and the honest server mentions no rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.reference import server
from conformance.reference.rules import UnknownRule, rules_of
from conformance.reference.server.extension_points import ExtensionPoints
from conformance.reference.server.faults.active import FAMILIES, ActiveFaults
from conformance.reference.server.faults.registry import FAULTS, Fault, fault

FOLDER = Path(server.__path__[0])
POINTS = {name for name in vars(ExtensionPoints) if name.startswith("on_")}


def honest_sources() -> dict[str, str]:
    files = [file for file in FOLDER.rglob("*.py") if "faults" not in file.parts]
    return {str(file.relative_to(FOLDER)): file.read_text("utf-8") for file in files}


def points_of(cls: type[Fault]) -> set[str]:
    """The extension points that a fault overrides."""
    own = [vars(one) for one in cls.__mro__ if one is not ExtensionPoints]
    return POINTS & {name for names in own for name in names}


def test_each_rule_of_the_server_has_one_fault_and_each_fault_a_rule() -> None:
    assert set(FAULTS) == set(rules_of("server"))
    assert len(set(FAULTS.values())) == len(FAULTS)


def test_each_fault_is_in_a_listed_module() -> None:
    assert {cls.__module__ for cls in FAULTS.values()} == {one.__name__ for one in FAMILIES}


@pytest.mark.parametrize("rule_id", FAULTS)
def test_each_fault_acts_at_an_extension_point(rule_id: str) -> None:
    assert points_of(FAULTS[rule_id])
    assert FAULTS[rule_id].__doc__


@pytest.mark.parametrize("point", sorted(POINTS))
def test_each_extension_point_is_used(point: str) -> None:
    assert any(point in points_of(cls) for cls in FAULTS.values()), "no fault uses it"
    assert point in vars(ActiveFaults), "the active faults do not pass it on"
    assert any(f".{point}(" in text for text in honest_sources().values()), "nothing calls it"


def test_the_honest_server_mentions_no_rule() -> None:
    for name, text in honest_sources().items():
        assert ".keeps(" not in text, name
        quoted = set(re.findall(r'"([a-z0-9-]+)"', text))
        assert not quoted & set(rules_of("server")), name


def test_a_fault_needs_a_rule_of_its_own() -> None:
    with pytest.raises(UnknownRule, match="secret-strong"):
        fault("secret-stron")
    with pytest.raises(ValueError, match="FourDigits breaks the rule 'secret-strong' already"):
        fault("secret-strong")
