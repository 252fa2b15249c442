"""Exclusions: promises that a run leaves out by name, and shows with its verdict.

Written `ID`, `ID/channel`, `ID=why` or `ID/channel=why`. What a deployment gives no access to
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
    """One promise left out: in one channel, or in all (None)."""

    requirement: str
    channel: str | None
    reason: str

    def covers(self, requirement: str, channel: str) -> bool:
        """Is this promise left out in this channel?"""
        return requirement == self.requirement and self.channel in (None, channel)

    def __str__(self) -> str:
        where = f"/{self.channel}" if self.channel else ""
        return f"{self.requirement}{where}: {self.reason}"


def parse_exclusion(text: str) -> Exclusion:
    """Read one exclusion.

    Raises:
        UnknownRequirement: the id is not in the catalogue.
        ExclusionInvalid: the channel is none of that requirement's, or nothing judges it yet.
    """
    name, _, reason = text.partition("=")
    identifier, _, channel = name.strip().partition("/")
    found = catalogue()[identifier.strip()]
    if channel and channel not in found.channels:
        raise ExclusionInvalid(
            f"--exclude {text}: {found.id} is not judged in {channel!r}; "
            f"choose one of {', '.join(found.channels)}"
        )
    if found.not_yet is not None:
        raise ExclusionInvalid(
            f"--exclude {text}: no scenario of this version judges {found.id}; leave it out"
        )
    return Exclusion(found.id, channel or None, reason.strip() or NO_REASON)


def excluded(exclusions: Sequence[Exclusion], requirements: Iterable[str], channel: str) -> bool:
    """Is everything that a check of `requirements` judges in this channel left out?"""
    wanted = list(requirements)
    return bool(wanted) and all(any(e.covers(r, channel) for e in exclusions) for r in wanted)
