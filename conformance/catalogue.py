"""The requirement catalogue: reads conformance/requirements.toml and marks scenarios with ids."""

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

NO_ROOM_KIND = "-"
"""The room kind of a finding about a requirement that does not depend on the kind of room."""

EXPLANATIONS = ("judged", "controls", "fails", "inconclusive", "not_applicable")
"""The fields of a requirement that say how its checks judge it."""

_FILE = Path(__file__).with_name("requirements.toml")


class UnknownRequirement(KeyError):
    """An id that is not in the catalogue; the message names similar ids."""

    def __init__(self, unknown: str, known: Iterable[str]) -> None:
        near = near_ids(unknown, known)
        hint = f"did you mean {near}?" if near else "see conformance/requirements.toml."
        self.sentence = f"unknown requirement id {unknown!r}: {hint}"
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return self.sentence


class UnknownProfile(KeyError):
    """A profile that is not in the catalogue; the message names the known profiles."""

    def __init__(self, unknown: str, known: Iterable[str]) -> None:
        self.sentence = f"unknown profile {unknown!r}: choose one of {', '.join(known)}."
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return self.sentence


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Requirement(_Data):
    """One requirement.

    `kinds` are the kinds of room in which it is judged; none if it does not depend on the kind.
    `sentence` is the sentence of the article, or empty if the article has none. `not_yet` says why
    no scenario covers the requirement, and is None if one does. `judged`, `controls`, `fails`,
    `inconclusive` and `not_applicable` say how its checks judge it: one to three sentences each,
    empty only where no scenario covers it.
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

    @property
    def area(self) -> str:
        """The area in the id: "WRONG" for "WRONG-2"."""
        return self.id.rpartition("-")[0]

    @property
    def room_kinds(self) -> tuple[str, ...]:
        """The room kinds of its findings: its kinds of room, or only "-"."""
        return tuple(self.kinds) or (NO_ROOM_KIND,)


class AreaOfCatalogue(_Data):
    """A group of requirements: its title, and the part of the article that it comes from."""

    id: Area
    title: str
    source: str


class Article(_Data):
    """The title and author of the article, the normative source."""

    title: str
    author: str


class Profile(_Data):
    """A frozen, dated set of requirement ids that a run is judged by.

    `kinds` narrows an id to some of its kinds of room. An id that is not in `kinds` counts in all.
    """

    name: str
    date: date
    text: str
    ids: list[str] = Field(min_length=1)
    kinds: dict[str, list[Kind]] = Field(default_factory=dict)

    @property
    def key(self) -> str:
        """Name and date, which always name this edition: "article@2026-11-23"."""
        return f"{self.name}@{self.date.isoformat()}"

    def counts(self, requirement: str, room_kind: str) -> bool:
        """Whether findings about this requirement in this kind of room count."""
        return requirement in self.ids and (
            requirement not in self.kinds or room_kind in self.kinds[requirement]
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
        """The requirement with this id.

        Raises:
            UnknownRequirement: the catalogue does not have the id.
        """
        try:
            return self.requirements[requirement_id]
        except KeyError:
            raise UnknownRequirement(requirement_id, self.requirements) from None

    def __contains__(self, requirement_id: object) -> bool:
        return requirement_id in self.requirements

    def profile(self, name: str) -> Profile:
        """The newest edition of the profile with this name, or the edition "name@date".

        Raises:
            UnknownProfile: the catalogue does not have the profile.
        """
        matching = [p for p in self.profiles if name in (p.name, p.key)]
        if not matching:
            known = [*dict.fromkeys(p.name for p in self.profiles), *(p.key for p in self.profiles)]
            raise UnknownProfile(name, known)
        return max(matching, key=lambda p: p.date)

    def covered(self) -> list[Requirement]:
        """The requirements that the scenarios of this version judge."""
        return [r for r in self.requirements.values() if r.not_yet is None]

    def expected(self, profile: Profile | None = None) -> list[tuple[str, str]]:
        """The (id, room kind) pairs that a full run must judge: all, or those of a profile."""
        return [
            (requirement.id, room_kind)
            for requirement in self.covered()
            for room_kind in requirement.room_kinds
            if profile is None or profile.counts(requirement.id, room_kind)
        ]

    def newest_profiles(self) -> list[Profile]:
        """The newest edition of each profile, in the order of the file."""
        return [self.profile(name) for name in dict.fromkeys(p.name for p in self.profiles)]

    def coverage_problems(self, marked: Iterable[str]) -> list[str]:
        """Differences between the catalogue and the ids that scenarios are marked with."""
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
    """Ids similar to `unknown`, for an error message; "" if there are none."""
    candidate = unknown.strip().upper().replace("_", "-").replace(" ", "-")
    return ", ".join(difflib.get_close_matches(candidate, list(known), n=3, cutoff=0.6))


def parse_catalogue(data: Mapping[str, object]) -> Catalogue:
    """The catalogue in parsed TOML.

    Raises:
        ValueError: an id occurs twice, a judged requirement does not say how it is judged, or the
            data are not a valid catalogue.
    """

    def keyed(name: str) -> dict[str, object]:
        entries = data.get(name, [])
        assert isinstance(entries, list)
        result: dict[str, object] = {}
        for entry in entries:
            if entry["id"] in result:
                raise ValueError(f"the {name} id {entry['id']} is in the catalogue twice")
            result[entry["id"]] = entry
        return result

    parsed = Catalogue.model_validate(
        {
            "article": data.get("article"),
            "areas": keyed("area"),
            "requirements": keyed("requirement"),
            "profiles": data.get("profile", []),
        }
    )
    # Not a rule of the model: results of earlier versions hold catalogues without these fields.
    for one in parsed.requirements.values():
        empty = [name for name in EXPLANATIONS if not getattr(one, name)]
        if empty and one.not_yet is None:
            raise ValueError(f"{one.id}: a judged requirement needs {', '.join(empty)}")
    return parsed


@cache
def catalogue() -> Catalogue:
    """The catalogue of this version."""
    return parse_catalogue(tomllib.loads(_FILE.read_text(encoding="utf-8")))


def requirement(*ids: str) -> pytest.MarkDecorator:
    """Mark a scenario with the ids that it judges.

    Raises:
        UnknownRequirement: the catalogue does not have an id.
    """
    import pytest

    for requirement_id in ids:
        _ = catalogue()[requirement_id]
    return pytest.mark.requirement(*ids)
