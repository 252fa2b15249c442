"""What a participant's page showed and played. The page pushes its readings to Python."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from playwright.async_api import BrowserContext, Page

from conformance.observers.binding import add_binding
from conformance.observers.marks import tones
from conformance.observers.marks.code import COUNTER_VALUES, IDENTITIES, Source
from conformance.observers.marks.mark import Mark
from conformance.observers.notifier import Notifier

_BINDING: Final = "__marksRead"
_NEVER_AGAIN: Final = 600.0
"""Seconds after which a repeated counter counts as a new picture (it repeats after 90 minutes)."""
_MOST_PROBLEMS: Final = 20
_MOST_VIDEOS: Final = 200


@dataclass
class Sighting:
    """Pictures with one identity and source, or readings of one pair of tones.

    `times` has one monotonic time (in seconds, as `time.monotonic`) for each distinct picture or
    each reading of the tones, in order. `first` and `last` are its ends.
    """

    times: list[float] = field(default_factory=list)
    readings: int = 0
    _counters: dict[int, float] = field(default_factory=dict)

    @property
    def distinct(self) -> int:
        """The number of different pictures, or of readings of the tones."""
        return len(self.times)

    @property
    def first(self) -> float:
        """The time of the first reading."""
        return self.times[0]

    @property
    def last(self) -> float:
        """The time of the last new reading."""
        return self.times[-1]

    def distinct_since(self, since: float) -> int:
        """The number of pictures or readings that are new after the monotonic time `since`."""
        return len(self.times) - bisect_right(self.times, since)

    def series(self) -> list[tuple[float, int]]:
        """(monotonic time, number so far), for a plot."""
        return [(at, n) for n, at in enumerate(self.times, 1)]

    def facts(self) -> dict[str, object]:
        """The number and the first and last times, for evidence."""
        return {
            "distinct": self.distinct,
            "first": round(self.first, 3),
            "last": round(self.last, 3),
        }

    def note(self, at: float, counter: int | None = None) -> None:
        """Record one reading. A counter that was read recently is not a new picture."""
        self.readings += 1
        at = max(at, self.times[-1]) if self.times else at
        if counter is not None:
            seen = self._counters.get(counter)
            if seen is not None and at - seen < _NEVER_AGAIN:
                return
            self._counters[counter] = at
        self.times.append(at)


@dataclass(frozen=True)
class PageFacts:
    """The last state of the page's media elements: supporting evidence, not proof.

    `videos` has (width, height, paused, shown) of each video element. `audible` counts the elements
    that play a stream and are not muted.
    """

    videos: tuple[tuple[int, int, bool, bool], ...] = ()
    audible: int = 0


class MarkObserver(Notifier):
    """All marks that one participant's pages showed and played since they were opened."""

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.facts = PageFacts()
        self.problems: list[str] = []
        self._pictures: dict[tuple[int, Source], Sighting] = {}
        self._tones: dict[tones.Pair, Sighting] = {}

    @classmethod
    async def attach(cls, pages: BrowserContext | Page, mark: Mark) -> Self:
        """Start to receive the readings of `init_script(mark)`, before the first page is opened.

        The caller adds the script itself (`add_init_script`), before the client's scripts.
        """
        observer = cls(mark)
        await add_binding(pages, _BINDING, observer.take)
        return observer

    def take(self, readings: Any) -> None:
        """Process one message from a page; entries of an unexpected form are ignored."""
        if not isinstance(readings, list):
            return
        for item in readings:
            if isinstance(item, Mapping):
                self._take_one(item)
        self.notify()

    def _take_one(self, item: Mapping[str, Any]) -> None:
        at = _monotonic(item.get("at"))
        match item:
            case {
                "kind": "picture",
                "identity": int(identity),
                "source": ("camera" | "screen") as source,
                "counter": int(counter),
            } if 0 <= counter < COUNTER_VALUES and 0 <= identity < IDENTITIES:
                self._pictures.setdefault((identity, source), Sighting()).note(at, counter)
            case {"kind": "tones", "tones": [int(low), int(high)]} if (low, high) in tones.PAIRS:
                self._tones.setdefault((low, high), Sighting()).note(at)
            case {"kind": "facts", "videos": list(videos), "audible": int(audible)}:
                rows = (_video(one) for one in videos[:_MOST_VIDEOS])
                self.facts = PageFacts(tuple(row for row in rows if row is not None), audible)
            case {"kind": "problem", "text": str(text)}:
                if len(self.problems) < _MOST_PROBLEMS:
                    self.problems.append(text[:500])

    def picture(self, identity: int, source: Source = "camera") -> Sighting | None:
        """The pictures with this identity, None if there was none."""
        return self._pictures.get((identity, source))

    def tone(self, identity: int) -> Sighting | None:
        """The readings of this identity's tones, None if there was none."""
        return self._tones.get(tones.pair_of(identity))

    hears = tone

    def screen_tone(self, identity: int) -> Sighting | None:
        """The readings of the tones of this identity's screen, None if there was none."""
        return self._tones.get(tones.screen_pair_of(identity))

    def pictures(self) -> dict[tuple[int, Source], Sighting]:
        """All pictures, the participant's own preview included, by identity and source."""
        return dict(self._pictures)

    def heard(self) -> dict[tones.Pair, Sighting]:
        """All tones, by pair."""
        return dict(self._tones)


def _video(value: Any) -> tuple[int, int, bool, bool] | None:
    match value:
        case [int(width), int(height), paused, shown]:
            return width, height, bool(paused), bool(shown)
    return None


def _monotonic(at: Any) -> float:
    """Convert a page's wall clock (ms) to monotonic seconds; both run on one machine."""
    now = time.monotonic()
    if not isinstance(at, int | float) or not 0 <= at < 1e15:
        return now
    return min(now, now - (time.time() - at / 1000))
