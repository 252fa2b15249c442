"""The faults of the self-test: what it breaks on purpose, and which requirements must notice.

The data is in the TOML files beside this one, one for each part that breaks. A fault names rules of
the reference programs (conformance/reference/rules). `conform selftest` breaks these rules. The
requirements under `must` then have to report the fault, for the reason that the fault states.
A variation breaks only habits, which a sound program may lack: nothing may be reported.
What a rule leaves open (lengths, rounds, delays, encodings) is drawn anew in each trial.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from random import Random
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from conformance.catalogue import catalogue
from conformance.reference.rules import (
    Side,
    UnknownRule,
    rule_id,
    rule_written_as,
    rules_of,
    with_all_values,
)
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

    def overlaps(self, other: Target) -> bool:
        """Whether some check is covered by both."""
        either = (self.requirement, other.requirement), (other.requirement, self.requirement)
        same_room = None in (self.room_kind, other.room_kind) or self.room_kind == other.room_kind
        return same_room and any(fnmatchcase(one, pattern) for one, pattern in either)

    def __str__(self) -> str:
        return self.requirement + (f"/{self.room_kind}" if self.room_kind else "")


def _target(value: object) -> object:
    return Target.read(value) if isinstance(value, str) else value


class May(BaseModel):
    """Requirements that may also report the fault, and why that is right."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: list[Annotated[Target, BeforeValidator(_target)]] = Field(min_length=1)
    why: str = Field(min_length=10)


class PublicBug(BaseModel):
    """A bug of a product that somebody reported in public, of the kind that a fault seeds.

    `source` names the report (`owner/repository#number`, a CVE id, a paper), `bug` says what was
    wrong there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(min_length=3)
    url: str = Field(pattern=r"^https://[^\s<>\"|]+$")
    bug: str = Field(min_length=10, max_length=160)


def side_of(rule: str) -> Side:
    """The program that keeps this rule, which is written with or without values.

    Raises:
        UnknownRule: neither has such a rule.
    """
    for side in ("server", "client"):
        if rule_id(rule) in rules_of(side):
            return side
    known = [*rules_of("server"), *rules_of("client")]
    raise UnknownRule(rule_id(rule), "server or client", known)


def _rule_is_known(rule: str) -> str:
    rule_written_as(rule, side_of(rule))
    return rule


def _is_a_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from error
    return text


Pattern = Annotated[str, AfterValidator(_is_a_pattern), Field(min_length=3)]
"""A regular expression that `re.search` looks for, whatever the case of letters."""


class Fault(BaseModel):
    """One thing that is wrong with a product.

    Attributes:
        breaks: what is wrong, in one sentence.
        where: the part that is wrong.
        rules: the rules that are broken together, written with or without values.
        must: the requirements whose verdict must be `verdict`, each.
        reason: what the finding of each of these must say: one pattern for all, or one for each
            target (`ID`, `ID/ROOM_KIND`, `AREA-*` or `*`; the first that covers it counts).
        may: the requirements whose verdict may also be `verdict`.
        verdict: "inconclusive" for a fault that makes the controls fail, so that no check can
            judge; "pass" for a variation.
        checks: of several checks of one requirement, only those with one of these words in their
            names run; empty: all.
        from_the_start: the positive controls that are made once also meet the fault.
        reported: public bugs of this kind; docs/public-bugs.md lists them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    breaks: str = Field(min_length=10)
    where: Where
    rules: list[Annotated[str, AfterValidator(_rule_is_known)]] = Field(min_length=1)
    must: list[Annotated[Target, BeforeValidator(_target)]] = Field(min_length=1)
    reason: Pattern | dict[str, Pattern] = Field(default_factory=dict)
    may: list[May] = Field(default_factory=list)
    checks: list[str] = Field(default_factory=list)
    verdict: Literal[Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS] = Verdict.FAIL
    from_the_start: bool = False
    reported: list[PublicBug] = Field(default_factory=list)

    @model_validator(mode="after")
    def _reasons_are_of_those_that_must(self) -> Self:
        if isinstance(self.reason, dict):
            for text in self.reason:
                target = Target.read(text)
                if not any(target.overlaps(one) for one in self.must):
                    raise ValueError(f"reason: {text!r} is not among those that must notice")
        return self

    @model_validator(mode="after")
    def _only_habits_vary(self) -> Self:
        habits = [rules_of(side_of(rule))[rule_id(rule)].habit for rule in self.rules]
        if self.is_variation and not (all(habits) and not self.may and not self.reason):
            raise ValueError(f"{self.id}: a variation breaks habits only, and nothing may notice")
        if not self.is_variation and any(habits):
            raise ValueError(f"{self.id}: who breaks a habit is sound; make it a variation")
        return self

    @property
    def is_variation(self) -> bool:
        """Whether the product is sound: it only does something in another way."""
        return self.verdict is Verdict.PASS

    @property
    def rule_ids(self) -> list[str]:
        """The ids of the rules."""
        return [rule_id(rule) for rule in self.rules]

    @property
    def server_rules(self) -> list[str]:
        """The broken rules of the reference server, as they are written."""
        return [rule for rule in self.rules if side_of(rule) == "server"]

    @property
    def client_rules(self) -> list[str]:
        """The broken rules of the reference client, as they are written."""
        return [rule for rule in self.rules if side_of(rule) == "client"]

    def drawn(self, seed: int) -> Fault:
        """The fault with everything drawn that its rules leave open; always the same for a seed."""
        rules = [
            with_all_values(rule, side_of(rule), Random(f"{seed} {self.id} {rule}"))  # noqa: S311
            for rule in self.rules
        ]
        return self.model_copy(update={"rules": rules})

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

    def pattern(self, requirement: str, room_kind: str) -> str | None:
        """What the finding of a check that must notice has to say; None where nothing is stated."""
        if isinstance(self.reason, str):
            return self.reason
        for text, pattern in self.reason.items():
            if Target.read(text).covers(requirement, room_kind):
                return pattern
        return None

    def may_because(self, requirement: str, room_kind: str) -> str | None:
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
        read = tomllib.loads(file.read_text(encoding="utf-8"))
        for entry in read.get("fault", []):
            yield Fault.model_validate(entry)
        for entry in read.get("variation", []):
            yield Fault.model_validate({**entry, "verdict": Verdict.PASS})
