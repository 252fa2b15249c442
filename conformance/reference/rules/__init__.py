"""The rules that the reference programs keep. Each has an id, and each can be broken by its id.

The data is in server.toml and client.toml. `Rules` says which rules are kept in this run. A program
asks it only in its faults. The server can break some rules in one room alone: it lies there, and is
honest everywhere else.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Side = Literal["server", "client"]


class Rule(BaseModel):
    """One rule.

    `promise`: the rule. `requirement`: ids of the catalogue that fail if it is broken. `breaks`:
    what happens if it is broken. `in_one_room`: the server can break it in one room alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    promise: str
    requirement: list[str] = Field(min_length=1)
    breaks: str
    in_one_room: bool = False


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


class Rules:
    """Which rules are kept in this run: all except those in `broken`.

    Raises:
        UnknownRule: an id in `broken` is not a rule.
    """

    def __init__(self, broken: Iterable[str] = (), side: Side = "server") -> None:
        self._side: Side = side
        self._known = rules_of(side)
        self.broken: frozenset[str] = frozenset()
        self._lies: dict[str, Rules] = {}
        self.break_only(broken)

    def break_only(self, broken: Iterable[str]) -> None:
        """From now on break these rules in all rooms, and keep all others.

        Raises:
            UnknownRule: an id is not a rule. Nothing has changed then.
        """
        wanted = frozenset(broken)
        for rule_id in sorted(wanted):
            self._demand(rule_id)
        self.broken = wanted

    def keeps(self, rule_id: str) -> bool:
        """Whether this rule is kept."""
        self._demand(rule_id)
        return rule_id not in self.broken

    def lie_in(self, room_id: str, broken: Collection[str]) -> None:
        """From now on break these rules in this room, too. An empty list ends the lie in this room.

        A room that lies also keeps the list of rules that are broken in all rooms at this moment.

        Raises:
            UnknownRule, NotInOneRoom: an id is not a rule, or not one with `in_one_room`.
        """
        for rule_id in broken:
            self._demand(rule_id)
            if not self._known[rule_id].in_one_room:
                raise NotInOneRoom(rule_id, self._side)
        self._lies.pop(room_id, None)
        if broken:
            self._lies[room_id] = Rules(self.broken.union(broken), self._side)

    def in_room(self, room_id: str) -> Rules:
        """Which rules are kept in this room."""
        return self._lies.get(room_id, self)

    def _demand(self, rule_id: str) -> None:
        if rule_id not in self._known:
            raise UnknownRule(rule_id, self._side, self._known)
