"""The promises of the reference programs, each by name, each breakable by name.

The data is in server.toml and client.toml. A program asks `rules.keeps("refuse-recording")` at
the one place where it keeps that promise.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Side = Literal["server", "client"]


class Rule(BaseModel):
    """One promise. `requirement`: ids of the catalogue; `breaks`: what happens without it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    promise: str
    requirement: list[str] = Field(min_length=1)
    breaks: str


class UnknownRule(ValueError):
    """No rule has this id; the text names those that look like it."""

    def __init__(self, rule_id: str, side: str, known: Iterable[str]) -> None:
        known = sorted(known)
        near = difflib.get_close_matches(rule_id, known, n=3, cutoff=0.4) or known
        super().__init__(
            f"the reference {side} has no rule {rule_id!r}; did you mean {', '.join(near)}?"
        )


@cache
def rules_of(side: Side) -> dict[str, Rule]:
    """Every rule of one side, by id, in the order of its file."""
    text = (Path(__file__).parent / f"{side}.toml").read_text(encoding="utf-8")
    rules = [Rule.model_validate(entry) for entry in tomllib.loads(text)["rule"]]
    return {rule.id: rule for rule in rules}


class Rules:
    """Which promises are kept in this run: all, but those in `broken`.

    Raises:
        UnknownRule: `broken` names no rule.
    """

    def __init__(self, broken: Iterable[str] = (), side: Side = "server") -> None:
        self._side: Side = side
        self._known = rules_of(side)
        self.broken: frozenset[str] = frozenset()
        self.break_only(broken)

    def break_only(self, broken: Iterable[str]) -> None:
        """From now on break these, and keep all others.

        Raises:
            UnknownRule: one of them is no rule; nothing has changed then.
        """
        wanted = frozenset(broken)
        for rule_id in sorted(wanted):
            self._demand(rule_id)
        self.broken = wanted

    def keeps(self, rule_id: str) -> bool:
        """Whether this promise is to be kept."""
        self._demand(rule_id)
        return rule_id not in self.broken

    def _demand(self, rule_id: str) -> None:
        if rule_id not in self._known:
            raise UnknownRule(rule_id, self._side, self._known)
