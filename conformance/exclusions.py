"""Exclusions: promises that a run leaves out by name, and shows with its verdict.

Written `ID`, `ID/room_kind`, `ID=why` or `ID/room_kind=why`. What a deployment gives no access to
can't be judged; a run that says so by name may still be green, and nobody reads it as whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.catalogue import catalogue

NO_REASON = "no reason given"


class ExclusionInvalid(ValueError):
    """An exclusion that names nothing that could be judged; one sentence with the mend."""


@dataclass(frozen=True)
class Exclusion:
    """One promise left out: in one room_kind, or in all (None)."""

    requirement: str
    room_kind: str | None
    reason: str

    def covers(self, requirement: str, room_kind: str) -> bool:
        """Is this promise left out in this room_kind?"""
        return requirement == self.requirement and self.room_kind in (None, room_kind)

    def __str__(self) -> str:
        where = f"/{self.room_kind}" if self.room_kind else ""
        return f"{self.requirement}{where}: {self.reason}"


def parse_exclusion(text: str) -> Exclusion:
    """Read one exclusion.

    Raises:
        UnknownRequirement: the id is not in the catalogue.
        ExclusionInvalid: the room_kind is none of that requirement's, or nothing judges it yet.
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
    """Is everything that a check of `requirements` judges in this room_kind left out?"""
    wanted = list(requirements)
    return bool(wanted) and all(any(e.covers(r, room_kind) for e in exclusions) for r in wanted)
