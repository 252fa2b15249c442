"""The verdict of a run by each profile of the catalogue, one column for each profile.

A run is judged by one profile or by everything that it judged. Reports show the verdict by each
other profile beside that.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.catalogue import Profile, Requirement
from conformance.reports.model import Results
from conformance.verdicts import SANITY, Verdict, worst


@dataclass(frozen=True)
class Column:
    """The verdict of a run by one profile: the most severe judgement, and the number of each."""

    key: str
    verdict: Verdict
    counts: dict[Verdict, int]

    @property
    def words(self) -> str:
        """The counts as text: "3 fail, 40 pass"."""
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
    # If the run is an error, no profile can have another verdict.
    broken = results.verdict.verdict is Verdict.ERROR
    return Column(profile.key, Verdict.ERROR if broken else worst(verdicts), counts)


def demanded_by(requirement: Requirement, profiles: list[Profile]) -> str:
    """The profiles that demand the requirement, with its kinds of room if not all, as text."""
    names = []
    for profile in profiles:
        room_kinds = [c for c in requirement.room_kinds if profile.counts(requirement.id, c)]
        if room_kinds and len(room_kinds) == len(requirement.room_kinds):
            names.append(profile.name)
        elif room_kinds:
            names.append(f"{profile.name} ({', '.join(room_kinds)})")
    return ", ".join(names)
