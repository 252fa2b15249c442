"""The faults of the self-test: what it breaks on purpose, and which requirements must notice.

The data is in the TOML files beside this one, one for each part that breaks. A fault names rules of
the reference programs (conformance/reference/rules). `conform selftest` breaks these rules. The
requirements under `must` then have to report the fault.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from conformance.catalogue import catalogue
from conformance.reference.rules import UnknownRule, rules_of
from conformance.verdicts import Verdict

Where = Literal["server", "client", "recorder", "sfu", "bus", "several"]

_ROOM_KINDS = ("plain", "simple", "zero-knowledge")
_TARGET = re.compile(rf"(\*|[A-Z]+-(?:\*|\d+))(?:/({'|'.join(_ROOM_KINDS)}))?\Z")


class UnknownFault(ValueError):
    """No fault has this id. The text says where the faults are listed."""

    def __init__(self, fault_id: str) -> None:
        super().__init__(f"no fault {fault_id!r}; they are listed in conformance/selftest/*.toml")


class Target(BaseModel):
    """A requirement, in one kind of room or in every kind in which a scenario judges it.

    `AREA-*` means all of an area, and `*` all of the catalogue.
    """

    model_config = ConfigDict(frozen=True)

    requirement: str
    room_kind: str | None = None

    @classmethod
    def read(cls, text: str) -> Target:
        """Read `ID` or `ID/ROOM_KIND`.

        Raises:
            ValueError: the text has neither form, or the catalogue has no such id.
        """
        matched = _TARGET.match(text)
        if matched is None:
            raise ValueError(f"{text!r} is neither an id nor ID/{'|'.join(_ROOM_KINDS)}")
        if not matched[1].endswith("*"):
            catalogue()[matched[1]]
        return cls(requirement=matched[1], room_kind=matched[2])

    def covers(self, requirement: str, room_kind: str) -> bool:
        """Whether the target includes a check of this requirement in this kind of room."""
        meant = fnmatchcase(requirement, self.requirement)
        return meant and self.room_kind in (None, room_kind)

    def __str__(self) -> str:
        return self.requirement + (f"/{self.room_kind}" if self.room_kind else "")


def _target(value: object) -> object:
    return Target.read(value) if isinstance(value, str) else value


class May(BaseModel):
    """Requirements that may also report the fault, and why that is right."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: list[Annotated[Target, BeforeValidator(_target)]] = Field(min_length=1)
    why: str = Field(min_length=10)


def _rule_is_known(rule_id: str) -> str:
    if rule_id not in rules_of("server") and rule_id not in rules_of("client"):
        known = [*rules_of("server"), *rules_of("client")]
        raise UnknownRule(rule_id, "server or client", known)
    return rule_id


class Fault(BaseModel):
    """One thing that is wrong with a product.

    Attributes:
        breaks: what is wrong, in one sentence.
        where: the part that is wrong.
        rules: the rules that are broken together.
        must: the requirements whose verdict must be `verdict`, each.
        may: the requirements whose verdict may also be `verdict`.
        verdict: "inconclusive" for a fault that makes the controls fail, so that no check can
            judge.
        checks: of several checks of one requirement, only those with one of these words in their
            names run; empty: all.
        from_the_start: the positive controls that are made once also meet the fault.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    breaks: str = Field(min_length=10)
    where: Where
    rules: list[Annotated[str, AfterValidator(_rule_is_known)]] = Field(min_length=1)
    must: list[Annotated[Target, BeforeValidator(_target)]] = Field(min_length=1)
    may: list[May] = Field(default_factory=list)
    checks: list[str] = Field(default_factory=list)
    verdict: Literal[Verdict.FAIL, Verdict.INCONCLUSIVE] = Verdict.FAIL
    from_the_start: bool = False

    @property
    def server_rules(self) -> list[str]:
        """The broken rules of the reference server."""
        return [rule for rule in self.rules if rule in rules_of("server")]

    @property
    def client_rules(self) -> list[str]:
        """The broken rules of the reference client."""
        return [rule for rule in self.rules if rule in rules_of("client")]

    @property
    def areas(self) -> set[str]:
        """The areas of the requirements that must notice."""
        return {target.requirement.partition("-")[0] for target in self.must}

    @property
    def waits(self) -> bool:
        """Whether no scenario of this version covers a requirement that must notice."""
        return all(catalogue()[one.requirement].not_yet is not None for one in self.must)

    def needs(self, requirement: str, room_kind: str) -> bool:
        """Whether a check of this requirement in this kind of room must notice."""
        return any(target.covers(requirement, room_kind) for target in self.must)

    def reason(self, requirement: str, room_kind: str) -> str | None:
        """Why such a check may also report the fault; None where it may not."""
        for may in self.may:
            if any(target.covers(requirement, room_kind) for target in may.what):
                return may.why
        return None


@cache
def faults() -> dict[str, Fault]:
    """Every fault, by id, in the order of the file names and of each file.

    Raises:
        ValueError: two faults have one id, or an entry is not valid.
    """
    found: dict[str, Fault] = {}
    for fault in _read():
        if fault.id in found:
            raise ValueError(f"two faults have the id {fault.id!r}")
        found[fault.id] = fault
    return found


def fault_named(fault_id: str) -> Fault:
    """The fault of this id.

    Raises:
        UnknownFault: there is no such fault.
    """
    if fault_id not in faults():
        raise UnknownFault(fault_id)
    return faults()[fault_id]


def _read() -> Iterator[Fault]:
    for file in sorted(Path(__file__).parent.glob("*.toml")):
        for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("fault", []):
            yield Fault.model_validate(entry)
