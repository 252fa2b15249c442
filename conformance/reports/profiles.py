"""The same judgements by each profile of the catalogue: two profiles, two columns.

A run is judged by one profile, or by all that it found; what each profile would say stands beside.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.catalogue import Profile, Requirement
from conformance.reports.model import Results
from conformance.verdicts import SANITY, Verdict, worst


@dataclass(frozen=True)
class Column:
    """What one profile says of a run: the worst of what it demands, and how much of each."""

    key: str
    verdict: Verdict
    counts: dict[Verdict, int]

    @property
    def words(self) -> str:
        """The counts in words: "3 fail, 40 pass"."""
        return ", ".join(f"{n} {verdict}" for verdict, n in self.counts.items() if n) or "nothing"


def columns(results: Results) -> list[Column]:
    """One column for the newest edition of each profile."""
    return [_column(results, profile) for profile in results.catalogue.newest_profiles()]


def _column(results: Results, profile: Profile) -> Column:
    verdicts = [
        j.verdict
        for j in results.verdict.judgements
        if j.requirement != SANITY and profile.counts(j.requirement, j.room_kind)
    ]
    counts = {verdict: verdicts.count(verdict) for verdict in Verdict}
    # What the whole run is not sure of, no profile is.
    broken = results.verdict.verdict is Verdict.ERROR
    return Column(profile.key, Verdict.ERROR if broken else worst(verdicts), counts)


def demanded_by(requirement: Requirement, profiles: list[Profile]) -> str:
    """Which profiles demand it, and in which rooms where not in all: for the page."""
    names = []
    for profile in profiles:
        room_kinds = [c for c in requirement.room_kinds if profile.counts(requirement.id, c)]
        if room_kinds and len(room_kinds) == len(requirement.room_kinds):
            names.append(profile.name)
        elif room_kinds:
            names.append(f"{profile.name} ({', '.join(room_kinds)})")
    return ", ".join(names)
