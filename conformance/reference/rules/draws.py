"""What a broken rule leaves open: lengths, rounds, delays, encodings.

A rule names such values under `draws`, and a fault reads them. A self-test draws them anew in each
trial, so that a check cannot be tuned to one of them. A rule is written with its values as
`salt-whole:characters=11`, several separated by commas. A value that is left out is the usual one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Annotated, Self
from urllib.parse import quote, unquote

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Value = int | str

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]*$")]


class UnknownValue(ValueError):
    """A rule has no value of this name, or the value is not one that it can have; one line."""


class Draw(BaseModel):
    """One value: a whole number of `least` to `most`, or one of the texts `among`.

    `usual` holds where nothing is drawn and nothing is given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    usual: int | str
    least: int | None = None
    most: int | None = None
    among: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if self.among:
            sound = self.least is None and self.most is None and self.usual in self.among
        else:
            sound = (
                isinstance(self.usual, int)
                and self.least is not None
                and self.most is not None
                and self.least <= self.usual <= self.most
            )
        if not sound:
            raise ValueError("give usual with least and most, or usual with among, which has it")
        return self

    def draw(self, random: Random) -> Value:
        """One of the values."""
        if self.among:
            return random.choice(self.among)
        assert self.least is not None
        assert self.most is not None
        return random.randint(self.least, self.most)

    def read(self, text: str) -> Value:
        """A value as it is written; a number may lie outside of the limits.

        Raises:
            UnknownValue: it is no number, or not among the texts.
        """
        if self.among:
            if text not in self.among:
                raise UnknownValue(f"{text!r} is not among {', '.join(self.among)}")
            return text
        if not text.removeprefix("-").isdecimal():
            raise UnknownValue(f"{text!r} is no whole number")
        return int(text)


def split(text: str) -> tuple[str, dict[str, str]]:
    """The id of a rule that is written with or without values, and the values as text.

    Raises:
        UnknownValue: a value is not written as `name=value`.
    """
    rule_id, colon, rest = text.partition(":")
    given: dict[str, str] = {}
    for part in rest.split(",") if colon else []:
        name, sign, value = part.partition("=")
        if not sign:
            raise UnknownValue(f"{text}: write the values of a rule as {rule_id}:name=value")
        given[name] = unquote(value)
    return rule_id, given


def written(rule_id: str, values: Mapping[str, Value]) -> str:
    """The rule with its values, as `split` reads it."""
    words = ",".join(f"{name}={quote(str(value), safe='')}" for name, value in values.items())
    return f"{rule_id}:{words}" if words else rule_id


def completed(
    rule_id: str,
    draws: Mapping[str, Draw],
    given: Mapping[str, str],
    random: Random | None = None,
) -> dict[str, Value]:
    """All values of a rule: those that are given, and the others drawn, or usual ones.

    Raises:
        UnknownValue: a given value is not one of the rule's.
    """
    for name in given:
        if name not in draws:
            known: Sequence[str] = list(draws)
            words = f"the rule has {', '.join(known)}" if known else "the rule has no values"
            raise UnknownValue(f"{rule_id}: there is no value {name!r}; {words}")
    values: dict[str, Value] = {}
    for name, one in draws.items():
        drawn = one.draw(random) if random is not None else one.usual
        try:
            values[name] = one.read(given[name]) if name in given else drawn
        except UnknownValue as error:
            raise UnknownValue(f"{rule_id}: {name}: {error}") from error
    return values
