"""Which faults a trial breaks, and which checks it runs for each."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from conformance.selftest import Fault, fault_named, faults

SAMPLE = 2
"""Checks that a fault must not touch, run beside those that have to notice it."""


@dataclass(frozen=True)
class Check:
    """What is known of a check before it runs.

    `place` is the filled room that it looks at, "" where it fills none: checks of one place cost
    little beside each other. `browser`: it needs one.
    """

    key: str
    requirements: tuple[str, ...]
    room_kind: str
    place: str
    browser: bool


@dataclass(frozen=True)
class Part:
    """Every `of`-th fault, beginning with `number`, which counts from 0."""

    number: int
    of: int

    @classmethod
    def read(cls, text: str, day: date) -> Part:
        """Read `2/3`, or `today/3`: the part whose turn it is, by the day of the year.

        Raises:
            ValueError: it is neither, or there is no such part.
        """
        matched = re.fullmatch(r"(today|\d+)/([1-9]\d*)", text)
        if matched is None:
            raise ValueError(f"{text!r} is no part: give 0/3, 1/3, 2/3 or today/3, for example")
        of = int(matched[2])
        if matched[1] == "today":
            return cls(day.timetuple().tm_yday % of, of)
        if int(matched[1]) >= of:
            raise ValueError(f"{text!r} is no part: they are counted from 0/{of} to {of - 1}/{of}")
        return cls(int(matched[1]), of)

    def has(self, number: int) -> bool:
        """Whether the fault of this number is in it."""
        return number % self.of == self.number


@dataclass(frozen=True)
class Choice:
    """What was asked for.

    Attributes:
        ids: these faults only; empty: all.
        areas: those only that one of these areas of the catalogue has to notice.
        part: of those that need a browser only one part of several.
        browser: False leaves out what needs a browser.
    """

    ids: Sequence[str] = ()
    areas: Sequence[str] = ()
    part: Part | None = None
    browser: bool = True

    def faults(self) -> list[Fault]:
        """The faults by name and area; what else was asked for needs their checks.

        Raises:
            UnknownFault: one of the ids is none.
        """
        chosen = [fault_named(one) for one in self.ids] or list(faults().values())
        return [f for f in chosen if not self.areas or f.areas & set(self.areas)]


def trials(choice: Choice, checks: Sequence[Check]) -> dict[str, list[Check]]:
    """The checks to run, by the fault's id; a fault that no check can notice has none."""
    wanted = {fault.id: _must(fault, checks) for fault in choice.faults()}
    seen = [one for one, found in wanted.items() if any(check.browser for check in found)]
    skipped: set[str] = set(seen) if not choice.browser else set()
    if choice.part is not None:
        skipped |= {one for number, one in enumerate(sorted(seen)) if not choice.part.has(number)}
    return {
        one: [*found, *_sample(fault_named(one), found, checks)] if found else []
        for one, found in wanted.items()
        if one not in skipped
    }


def _must(fault: Fault, checks: Iterable[Check]) -> list[Check]:
    noticing = [
        check
        for check in checks
        if any(fault.needs(requirement, check.room_kind) for requirement in check.requirements)
    ]
    named = [check for check in noticing if any(words in check.key for words in fault.checks)]
    judged_by_name = {(one, check.room_kind) for check in named for one in check.requirements}
    return [
        check
        for check in noticing
        if check in named
        or all((one, check.room_kind) not in judged_by_name for one in check.requirements)
    ]


def _sample(fault: Fault, found: Sequence[Check], checks: Iterable[Check]) -> list[Check]:
    """A few that the fault must not touch, the same ones each time, in the places already there."""
    places = {(check.place, check.room_kind if check.place else "") for check in found}
    left = [
        check
        for check in checks
        if check not in found
        and (check.place, check.room_kind if check.place else "") in places
        and (any(one.browser for one in found) or not check.browser)
        and not any(fault.reason(one, check.room_kind) for one in check.requirements)
    ]
    by_requirement = {check.requirements: check for check in sorted(left, key=lambda c: c.key)}
    names = sorted(by_requirement)
    picked = random.Random(fault.id).sample(names, min(SAMPLE, len(names)))  # noqa: S311
    return [by_requirement[name] for name in picked]
