"""Exclusions: requirements that a run leaves out by name, and shows beside its verdict.

An exclusion is written `ID`, `ID/ROOM_KIND`, `ID=why` or `ID/ROOM_KIND=why`. It serves for parts of
a deployment that cannot be observed. The run can be green, and its reports name what it left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.catalogue import catalogue

NO_REASON = "no reason given"


class ExclusionInvalid(ValueError):
    """An exclusion that names nothing that can be judged; one line that says how to fix it."""


@dataclass(frozen=True)
class Exclusion:
    """One requirement that is left out in one kind of room, or in all (`room_kind` is None)."""

    requirement: str
    room_kind: str | None
    reason: str

    def covers(self, requirement: str, room_kind: str) -> bool:
        """Whether this exclusion leaves the requirement out in this kind of room."""
        return requirement == self.requirement and self.room_kind in (None, room_kind)

    def __str__(self) -> str:
        where = f"/{self.room_kind}" if self.room_kind else ""
        return f"{self.requirement}{where}: {self.reason}"


def parse_exclusion(text: str) -> Exclusion:
    """Read one exclusion.

    Raises:
        UnknownRequirement: the id is not in the catalogue.
        ExclusionInvalid: the requirement is not judged in that kind of room, or not judged yet.
    """
    name, _, reason = text.partition("=")
    identifier, _, room_kind = name.strip().partition("/")
    found = catalogue()[identifier.strip()]
    if room_kind and room_kind not in found.room_kinds:
        raise ExclusionInvalid(
            f"--exclude {text}: {found.id} is not judged in {room_kind!r}; "
            f"choose one of {', '.join(found.room_kinds)}"
        )
    if found.not_yet is not None:
        raise ExclusionInvalid(
            f"--exclude {text}: no scenario of this version judges {found.id}; leave it out"
        )
    return Exclusion(found.id, room_kind or None, reason.strip() or NO_REASON)


def excluded(exclusions: Sequence[Exclusion], requirements: Iterable[str], room_kind: str) -> bool:
    """Whether all requirements of a check are left out in this kind of room."""
    wanted = list(requirements)
    return bool(wanted) and all(any(e.covers(r, room_kind) for e in exclusions) for r in wanted)
