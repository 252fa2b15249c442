"""The requirement catalogue: reads conformance/requirements.toml, marks scenarios with its ids."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

if TYPE_CHECKING:
    import pytest

Area = Literal["ROOM", "SECRET", "KEY", "FLOW", "WRONG", "NOKEY", "BLIND", "REFUSE", "HOSTILE"]
Level = Literal["M", "D", "S"]
Subject = Literal["server", "client", "stack"]
Kind = Literal["simple", "zero-knowledge", "plain"]

NO_CHANNEL = "-"
"""The channel of a requirement that does not depend on the kind of room."""

EXPLANATIONS = ("judged", "controls", "fails", "inconclusive", "not_applicable")
"""The fields of a requirement that say how its checks judge it."""

_FILE = Path(__file__).with_name("requirements.toml")


class UnknownRequirement(KeyError):
    """An id that is not in the catalogue; the message names near ones."""

    def __init__(self, unknown: str, known: Iterable[str]) -> None:
        near = near_ids(unknown, known)
        hint = f"did you mean {near}?" if near else "see conformance/requirements.toml."
        self.sentence = f"unknown requirement id {unknown!r}: {hint}"
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return self.sentence


class UnknownProfile(KeyError):
    """A profile that is not in the catalogue; the message names those that are."""

    def __init__(self, unknown: str, known: Iterable[str]) -> None:
        self.sentence = f"unknown profile {unknown!r}: choose one of {', '.join(known)}."
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return self.sentence


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Requirement(_Data):
    """One promise.

    `kinds` are the kinds of room in which it is judged (none: it does not depend on the kind);
    `sentence` is the article's own, or empty where it is silent; `not_yet` says why no scenario
    covers it, and is None where one does. `judged`, `controls`, `fails`, `inconclusive` and
    `not_applicable` say how its checks judge it: one to three sentences each, empty only where no
    scenario covers it.
    """

    id: str = Field(pattern=r"^[A-Z]+-[1-9][0-9]*$")
    level: Level
    subject: Subject
    text: str = Field(min_length=1)
    source: str = Field(min_length=1)
    sentence: str = ""
    kinds: list[Kind] = Field(default_factory=list)
    judged: str = ""
    controls: str = ""
    fails: str = ""
    inconclusive: str = ""
    not_applicable: str = ""
    not_yet: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _says_how_it_is_judged(self) -> Self:
        empty = [name for name in EXPLANATIONS if not getattr(self, name)]
        if empty and self.not_yet is None:
            raise ValueError(f"{self.id}: a judged requirement needs {', '.join(empty)}")
        return self

    @property
    def area(self) -> str:
        """The area that the id names: "WRONG" of "WRONG-2"."""
        return self.id.rpartition("-")[0]

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels of its findings: its kinds of room, or "-" alone."""
        return tuple(self.kinds) or (NO_CHANNEL,)


class AreaOfCatalogue(_Data):
    """A group of requirements: its title and where in the article it comes from."""

    id: Area
    title: str
    source: str


class Article(_Data):
    """The normative source, by title and author."""

    title: str
    author: str


class Profile(_Data):
    """A frozen, dated set of ids that a run is judged by.

    `kinds` narrows an id to some of its kinds of room; one that is not there counts in all.
    """

    name: str
    date: date
    text: str
    ids: list[str] = Field(min_length=1)
    kinds: dict[str, list[Kind]] = Field(default_factory=dict)

    @property
    def key(self) -> str:
        """Name and date: "article@2026-11-23" names this edition for good."""
        return f"{self.name}@{self.date.isoformat()}"

    def counts(self, requirement: str, channel: str) -> bool:
        """Whether a finding about this requirement in this channel decides."""
        return requirement in self.ids and (
            requirement not in self.kinds or channel in self.kinds[requirement]
        )


class Catalogue(_Data):
    """All requirements by id, in the order of the file, with areas and profiles."""

    article: Article
    areas: dict[str, AreaOfCatalogue]
    requirements: dict[str, Requirement]
    profiles: list[Profile]

    @model_validator(mode="after")
    def _ids_are_sound(self) -> Self:
        for requirement in self.requirements.values():
            if requirement.area not in self.areas:
                raise ValueError(f"{requirement.id}: there is no area {requirement.area!r}")
        for profile in self.profiles:
            for unknown in set(profile.ids) - set(self.requirements):
                raise ValueError(f"profile {profile.key} names the unknown id {unknown!r}")
            for stray in set(profile.kinds) - set(profile.ids):
                raise ValueError(f"profile {profile.key} narrows {stray!r}, which it does not have")
        return self

    def __getitem__(self, requirement_id: str) -> Requirement:
        """The requirement; `UnknownRequirement` suggests near ids."""
        try:
            return self.requirements[requirement_id]
        except KeyError:
            raise UnknownRequirement(requirement_id, self.requirements) from None

    def __contains__(self, requirement_id: object) -> bool:
        return requirement_id in self.requirements

    def profile(self, name: str) -> Profile:
        """The newest profile of that name, or the exact one of "name@date"."""
        matching = [p for p in self.profiles if name in (p.name, p.key)]
        if not matching:
            known = [*dict.fromkeys(p.name for p in self.profiles), *(p.key for p in self.profiles)]
            raise UnknownProfile(name, known)
        return max(matching, key=lambda p: p.date)

    def covered(self) -> list[Requirement]:
        """The requirements that scenarios of this version judge."""
        return [r for r in self.requirements.values() if r.not_yet is None]

    def expected(self, profile: Profile | None = None) -> list[tuple[str, str]]:
        """The (id, channel) pairs that a full run has to judge; all, or those of a profile."""
        return [
            (requirement.id, channel)
            for requirement in self.covered()
            for channel in requirement.channels
            if profile is None or profile.counts(requirement.id, channel)
        ]

    def newest_profiles(self) -> list[Profile]:
        """The newest edition of each profile, in the order of the file."""
        return [self.profile(name) for name in dict.fromkeys(p.name for p in self.profiles)]

    def coverage_problems(self, marked: Iterable[str]) -> list[str]:
        """What is wrong between the catalogue and the ids that scenarios are marked with."""
        ids = set(marked)
        unknown = sorted(ids - set(self.requirements))
        problems = [str(UnknownRequirement(i, self.requirements)) for i in unknown]
        for requirement in self.requirements.values():
            if requirement.not_yet is None and requirement.id not in ids:
                problems.append(
                    f"{requirement.id}: no scenario is marked with it; write one, "
                    "or say in not_yet why there is none."
                )
            if requirement.not_yet is not None and requirement.id in ids:
                problems.append(f"{requirement.id}: a scenario covers it; remove its not_yet.")
        return problems


def near_ids(unknown: str, known: Iterable[str]) -> str:
    """Ids that look like `unknown`, for an error message; "" when none does."""
    candidate = unknown.strip().upper().replace("_", "-").replace(" ", "-")
    return ", ".join(difflib.get_close_matches(candidate, list(known), n=3, cutoff=0.6))


def parse_catalogue(data: Mapping[str, object]) -> Catalogue:
    """A catalogue from parsed TOML; refuses an id that is there twice."""

    def keyed(name: str) -> dict[str, object]:
        entries = data.get(name, [])
        assert isinstance(entries, list)
        result: dict[str, object] = {}
        for entry in entries:
            if entry["id"] in result:
                raise ValueError(f"the {name} id {entry['id']} is in the catalogue twice")
            result[entry["id"]] = entry
        return result

    return Catalogue.model_validate(
        {
            "article": data.get("article"),
            "areas": keyed("area"),
            "requirements": keyed("requirement"),
            "profiles": data.get("profile", []),
        }
    )


@cache
def catalogue() -> Catalogue:
    """The catalogue of this version."""
    return parse_catalogue(tomllib.loads(_FILE.read_text(encoding="utf-8")))


def requirement(*ids: str) -> pytest.MarkDecorator:
    """Mark a scenario with the ids that it judges; an unknown id is refused at import."""
    import pytest

    for requirement_id in ids:
        _ = catalogue()[requirement_id]
    return pytest.mark.requirement(*ids)
