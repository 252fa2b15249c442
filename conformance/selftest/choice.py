"""Which faults a self-test breaks, and which checks it runs for each."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from conformance.selftest import Fault, fault_named, faults

SAMPLE = 2
"""How many checks run for a fault that it must not affect, beside those that must notice it."""


@dataclass(frozen=True)
class Check:
    """What is known of a check before it runs.

    `room` names the fixture of the shared room that it uses, "" where it uses none: a second check
    in the same room takes little time. `browser`: whether it needs one.
    """

    key: str
    requirements: tuple[str, ...]
    room_kind: str
    room: str
    browser: bool


@dataclass(frozen=True)
class Part:
    """Every `of`-th fault, from `number` on; `number` counts from 0."""

    number: int
    of: int

    @classmethod
    def read(cls, text: str, day: date) -> Part:
        """Read `2/3`, or `today/3`: the part of this day, by the number of the day in the year.

        Raises:
            ValueError: the text has neither form, or there is no such part.
        """
        matched = re.fullmatch(r"(today|\d+)/([1-9]\d*)", text)
        if matched is None:
            raise ValueError(f"{text!r} is no part: give 0/3, 1/3, 2/3 or today/3, for example")
        of = int(matched[2])
        if matched[1] == "today":
            return cls(day.timetuple().tm_yday % of, of)
        if int(matched[1]) >= of:
            raise ValueError(f"{text!r} is no part: parts are counted from 0/{of} to {of - 1}/{of}")
        return cls(int(matched[1]), of)

    def has(self, number: int) -> bool:
        """Whether the fault of this number is in this part."""
        return number % self.of == self.number


@dataclass(frozen=True)
class Choice:
    """The options of a self-test.

    Attributes:
        ids: only these faults; empty: all.
        areas: only the faults that one of these areas of the catalogue must notice; empty: all.
        part: only one part of several; None: all.
        browser: False leaves out the faults that need a browser.
        every_check: run every check for each fault, to measure what is over-reported.
        settled: faults that are left out because an earlier part has their result.
        seed: what the faults' values are drawn from; the same seed draws the same values.
    """

    ids: Sequence[str] = ()
    areas: Sequence[str] = ()
    part: Part | None = None
    browser: bool = True
    seed: int = 0
    every_check: bool = False
    settled: Collection[str] = ()

    def faults(self) -> list[Fault]:
        """The faults of these ids and areas, with their values drawn.

        The other options depend on the faults' checks.

        Raises:
            UnknownFault: one of the ids is unknown.
        """
        return list(self._drawn.values())

    def fault(self, fault_id: str) -> Fault:
        """The fault of this id, with its values drawn.

        Raises:
            UnknownFault: it is unknown.
        """
        return self._drawn.get(fault_id) or fault_named(fault_id).drawn(self.seed)

    @cached_property
    def _drawn(self) -> Mapping[str, Fault]:
        chosen = [fault_named(one) for one in self.ids] or list(faults().values())
        return {
            one.id: one.drawn(self.seed)
            for one in chosen
            if not self.areas or one.areas & set(self.areas)
        }


def checks_by_fault(choice: Choice, checks: Sequence[Check]) -> dict[str, list[Check]]:
    """The checks to run, by the fault's id; none for a fault that no check can notice."""
    wanted = {fault.id: _must(fault, checks) for fault in choice.faults()}
    if choice.every_check:
        wanted = {one: _all(found, checks) for one, found in wanted.items()}
    seen = [one for one, found in wanted.items() if any(check.browser for check in found)]
    skipped: set[str] = set(seen) if not choice.browser else set()
    if choice.part is not None:
        noticed = sorted(one for one, found in wanted.items() if found)
        skipped |= {one for number, one in enumerate(noticed) if not choice.part.has(number)}
    return {
        one: [*found, *_sample(fault_named(one), found, checks)] if found else []
        for one, found in wanted.items()
        if one not in skipped and one not in choice.settled
    }


def _all(found: Sequence[Check], checks: Iterable[Check]) -> list[Check]:
    """Every check, those that must notice first; none for a fault that no check can notice."""
    return [*found, *(check for check in checks if check not in found)] if found else []


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
    """A few checks that the fault must not affect, in the same rooms; always the same checks."""
    rooms = {(check.room, check.room_kind if check.room else "") for check in found}
    left = [
        check
        for check in checks
        if check not in found
        and (check.room, check.room_kind if check.room else "") in rooms
        and (any(one.browser for one in found) or not check.browser)
        and not any(fault.may_because(one, check.room_kind) for one in check.requirements)
    ]
    by_requirement = {check.requirements: check for check in sorted(left, key=lambda c: c.key)}
    names = sorted(by_requirement)
    picked = random.Random(fault.id).sample(names, min(SAMPLE, len(names)))  # noqa: S311
    return [by_requirement[name] for name in picked]
