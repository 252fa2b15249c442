"""The search: every formula and every seed, for each session, within a time limit."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from conformance.bench.secrets.guessing.facts import SessionFacts
from conformance.bench.secrets.guessing.formulas import digests
from conformance.bench.secrets.guessing.matching import SURE, Probes
from conformance.bench.secrets.guessing.seeds import seeded
from conformance.bench.secrets.guessing.sequences import follows

SECONDS: Final = 20.0
"""The processor time for all sessions together: four times what they need."""
_EACH: Final = 4096
"""The number of digests that are searched at once."""


@dataclass(frozen=True)
class Guess:
    """One explanation of a secret. `sure`: it cannot be chance. Contains no part of the secret."""

    session: str
    formula: str
    how: str = ""
    sure: bool = True

    def __str__(self) -> str:
        return f"{self.session}: {self.formula}" + (f" ({self.how})" if self.how else "")


@dataclass
class Search:
    """The results. `unfinished`: why not everything was tried; empty if it was."""

    guesses: list[Guess] = field(default_factory=list)
    formulas: int = 0
    seeds: int = 0
    ordered: int = 0
    sessions: int = 0
    unfinished: str = ""

    @property
    def explained(self) -> list[Guess]:
        """The explanations that count: sure ones, and formulas that fit two sessions."""
        kinds = [guess.formula for guess in self.guesses]
        return [guess for guess in self.guesses if guess.sure or kinds.count(guess.formula) > 1]

    @property
    def words(self) -> str:
        """The effort, in words."""
        return (
            f"{self.formulas} formulas and {self.seeds} seeds for {self.sessions} sessions, and "
            f"{self.ordered} secrets in their order" + (self.unfinished and f"; {self.unfinished}")
        )


def explain(
    sessions: Sequence[SessionFacts],
    in_order: Sequence[str] = (),
    *,
    seconds: float = SECONDS,
) -> Search:
    """Try to compute each session's secret from what others know of it.

    `in_order`: secrets of further sessions, oldest first. Blocks for some seconds.
    """
    search = Search(sessions=len(sessions), ordered=len(in_order))
    end = time.thread_time() + seconds
    quickest = _quickest(sessions)
    for facts in sessions:
        search.guesses += _by_formula(facts, search, end, each_microsecond=facts in quickest)
    for facts in quickest:
        if time.thread_time() > end:
            search.unfinished = "the time was over before every seed was tried"
            break
        found, tried = seeded(facts)
        search.seeds += tried
        if found:
            search.guesses.append(Guess(facts.name, found))
    if in_order and (words := follows(in_order)):
        search.guesses.append(Guess(f"{len(in_order)} sessions", words))
    return search


def by_formula(facts: SessionFacts) -> str | None:
    """The formula that surely gives this secret, in words; None if none does."""
    found = _by_formula(facts, Search(), time.thread_time() + SECONDS)
    return next((str(guess) for guess in found if guess.sure), None)


def _by_formula(
    facts: SessionFacts, search: Search, end: float, *, each_microsecond: bool = True
) -> Iterator[Guess]:
    probes, found = Probes.of(facts.secret), set[str]()
    left = digests(facts, each_microsecond=each_microsecond)
    while batch := list(itertools.islice(left, _EACH)):
        search.formulas += len(batch)
        for number, match in probes.matches([digest for _, digest in batch]):
            name, sure = batch[number][0], match.weight >= SURE
            if name not in found:
                found.add(name)
                yield Guess(facts.name, name, match.how, sure)
            if sure:
                return
        if time.thread_time() > end:
            search.unfinished = "the time was over before every formula was tried"
            return


def _quickest(sessions: Sequence[SessionFacts]) -> list[SessionFacts]:
    """The session with the shortest request: a generator that is used always is used there."""
    timed = [one for one in sessions if one.ended_ns]
    return sorted(timed, key=lambda one: one.ended_ns - one.began_ns)[:1]
