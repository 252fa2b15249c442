"""The rules that the reference programs keep. Each has an id, and each can be broken by its id.

The data is in server.toml and client.toml. `Rules` says which rules are kept in this run. A program
asks it only in its faults. The server can break some rules in one room alone: it lies there, and is
honest everywhere else.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from conformance.reference.rules.draws import Draw, Name, Value, completed, split, written

Side = Literal["server", "client"]


class Rule(BaseModel):
    """One rule.

    `promise`: the rule. `requirement`: ids of the catalogue that fail if it is broken; none for a
    habit, which a sound program may lack. `breaks`: what happens if it is broken. `in_one_room`:
    the server can break it in one room alone. `draws`: what the fault leaves open, by name; see
    `conformance.reference.rules.draws`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    promise: str
    requirement: list[str] = Field(default_factory=list)
    breaks: str
    habit: bool = False
    in_one_room: bool = False
    draws: dict[Name, Draw] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _a_habit_is_no_requirement(self) -> Self:
        if self.habit == bool(self.requirement):
            raise ValueError(f"{self.id}: a rule has requirements, and a habit has none")
        return self


class UnknownRule(ValueError):
    """No rule has this id. The text names similar ids."""

    def __init__(self, rule_id: str, side: str, known: Iterable[str]) -> None:
        known = sorted(known)
        near = difflib.get_close_matches(rule_id, known, n=3, cutoff=0.4) or known
        super().__init__(
            f"the reference {side} has no rule {rule_id!r}; did you mean {', '.join(near)}?"
        )


class NotInOneRoom(ValueError):
    """This rule cannot be broken in one room alone."""

    def __init__(self, rule_id: str, side: Side) -> None:
        can = ", ".join(rule.id for rule in rules_of(side).values() if rule.in_one_room)
        super().__init__(f"{rule_id!r} cannot be broken in one room alone; these can: {can}")


@cache
def rules_of(side: Side) -> dict[str, Rule]:
    """Every rule of one program, by id, in the order of its file."""
    text = (Path(__file__).parent / f"{side}.toml").read_text(encoding="utf-8")
    rules = [Rule.model_validate(entry) for entry in tomllib.loads(text)["rule"]]
    return {rule.id: rule for rule in rules}


def rule_id(text: str) -> str:
    """The id of a rule that is written with or without values."""
    return text.partition(":")[0]


def rule_written_as(text: str, side: Side) -> tuple[Rule, dict[str, str]]:
    """The rule and the values that are given with it.

    Raises:
        UnknownRule: the program has no such rule.
        UnknownValue: the rule has no such value.
    """
    known = rules_of(side)
    name, given = split(text)
    if name not in known:
        raise UnknownRule(name, side, known)
    completed(name, known[name].draws, given)
    return known[name], given


def with_all_values(text: str, side: Side, random: Random | None = None) -> str:
    """The rule as it is written, with a value for all that it leaves open.

    Args:
        random: draws the values that are not given; None: they are the usual ones.

    Raises:
        UnknownRule, UnknownValue: as `rule_written_as`.
    """
    rule, given = rule_written_as(text, side)
    return written(rule.id, completed(rule.id, rule.draws, given, random))


class Rules:
    """Which rules are kept in this run: all except those in `broken`, written with their values.

    Raises:
        UnknownRule: an id in `broken` is not a rule.
        UnknownValue: a rule in `broken` is written with a value that it does not have.
    """

    def __init__(self, broken: Iterable[str] = (), side: Side = "server") -> None:
        self._side: Side = side
        self._known = rules_of(side)
        self._values: dict[str, Mapping[str, Value]] = {}
        self._lies: dict[str, Rules] = {}
        self.break_only(broken)

    @property
    def broken(self) -> frozenset[str]:
        """The ids of the broken rules."""
        return frozenset(self._values)

    def break_only(self, broken: Iterable[str]) -> None:
        """From now on break these rules in all rooms, and keep all others.

        Raises:
            UnknownRule: an id is not a rule. Nothing has changed then.
            UnknownValue: a rule does not have a value that is given. Nothing has changed then.
        """
        values: dict[str, Mapping[str, Value]] = {}
        for text in sorted(broken):
            rule, given = rule_written_as(text, self._side)
            values[rule.id] = completed(rule.id, rule.draws, given)
        self._values = values

    def keeps(self, rule_id: str) -> bool:
        """Whether this rule is kept."""
        self._demand(rule_id)
        return rule_id not in self._values

    def value(self, rule_id: str, name: str) -> Value:
        """A value of this rule: the one that it is broken with, or the usual one.

        Raises:
            KeyError: the rule does not leave it open.
        """
        self._demand(rule_id)
        broken = self._values.get(rule_id)
        return broken[name] if broken is not None else self._known[rule_id].draws[name].usual

    def lie_in(self, room_id: str, broken: Collection[str]) -> None:
        """From now on break these rules in this room, too. An empty list ends the lie in this room.

        A room that lies also keeps the list of rules that are broken in all rooms at this moment.

        Raises:
            UnknownRule, NotInOneRoom: an id is not a rule, or not one with `in_one_room`.
            UnknownValue: a rule does not have a value that is given.
        """
        for text in broken:
            rule, _ = rule_written_as(text, self._side)
            if not rule.in_one_room:
                raise NotInOneRoom(rule.id, self._side)
        self._lies.pop(room_id, None)
        if broken:
            everywhere = [written(one, values) for one, values in self._values.items()]
            self._lies[room_id] = Rules([*everywhere, *broken], self._side)

    def in_room(self, room_id: str) -> Rules:
        """Which rules are kept in this room."""
        return self._lies.get(room_id, self)

    def _demand(self, rule_id: str) -> None:
        if rule_id not in self._known:
            raise UnknownRule(rule_id, self._side, self._known)
