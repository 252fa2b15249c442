"""Claims about the decryption errors that people are shown, judged by what they can read.

An error counts while it can be read (`conformance.observers.shown.legible`), at least for a moment,
and if it belongs to its cause: it came or changed after something that could not be decrypted, or
it has been standing since earlier. Those with the right key must not be shown any: a text that
everybody sees says nothing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from playwright.async_api import Error as PlaywrightError

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.evaluation import given_if_possible, until_true
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import unique
from conformance.observers.answers import answers
from conformance.observers.shown import errors
from conformance.observers.shown.legible import Reading, read
from conformance.verdicts import ClaimFailed, NotApplicable

MOMENT: Final = 1.0
"""Seconds for which a text must stay, so that a person notices it. Toasts stay for about five."""
STANDING: Final = 15.0
"""Seconds after which an error stands on the page for good, unlike any toast."""
MOST_READ: Final = 3
"""Entries that are read at one look: three screenshots each."""
_EARLIER: Final = 0.2
"""Tolerance in seconds between the page's clock and the harness's."""
_SAYS_SO: Final = re.compile(r"decrypt|encrypt|secret|\bkey\b", re.IGNORECASE)


@dataclass(frozen=True)
class Unreadable:
    """A chat message that one participant cannot decrypt. `at`: before it was sent, monotonic."""

    person: Participant
    at: float
    before: int
    missing: str = ""
    """Why no message was sent: the client has no chat, in plain rooms neither."""

    def arrived(self) -> Claim:
        """The control: the message reached this participant's browser."""

        async def look() -> Observation:
            if self.missing:
                return Observation(True, f"no message was sent: {self.missing}")
            count = _chat_messages(self.person)
            return Observation(count > self.before, f"{count - self.before} more chat messages")

        text = f"{self.person.name}'s browser receives another chat message"
        return Claim(text, look, [self.person.traffic], timeouts.MESSAGE)


async def send_unreadable(sender: Participant, person: Participant) -> Unreadable:
    """Send a chat message that `person` cannot decrypt. Without chat, their media must do.

    Raises:
        ControlFailed: it could not be sent.
    """
    before, began = _chat_messages(person), time.monotonic()
    missing = await given_if_possible(sender.sends("chat", unique("unreadable")))
    return Unreadable(person, began, before, str(missing or ""))


def is_shown_decryption_errors(person: Participant, since: float) -> Claim:
    """The page shows, after `since` (monotonic), a decryption error that a person can read."""

    async def look() -> Observation:
        tried: list[str] = []
        for entry in await _candidates(person, since):
            reading = await _read(person, entry)
            told = f'"{entry.text}" ({entry.where}): {reading.words}'
            if _says_so(reading) and await _stays(person, entry):
                return Observation(True, told, {"read": reading.text, **reading.data})
            tried.append(told)
        async with person.driver.opened_errors(person.page) as places:
            for told, reading in [
                one for place in places for one in await _read_place(person, place)
            ]:
                if _says_so(reading):
                    return Observation(True, told, {"read": reading.text, **reading.data})
                tried.append(told)
        earlier = len(await errors.entries(person.page)) - len(tried)
        words = "; ".join(tried) or f"none came or stands; {max(0, earlier)} earlier ones"
        return Observation(False, words, {"tried": tried})

    text = f"{person.name} is shown decryption errors that can be read"
    return person.shown(text, look, timeouts.ERROR_SHOWN)


async def errors_without_cause(people: Sequence[Participant]) -> Observation:
    """The decryption errors that these people are shown while everything can be decrypted.

    The first of them sends a chat message to the others before; a client without chat sends none.
    True if no page shows any.
    """
    first, *others = people
    marker = unique("readable")
    try:
        await first.sends("chat", marker)
        for other in others:
            await until_true(other.reads("chat", marker), other.alarm)
    except (ClaimFailed, NotApplicable):
        pass  # the media alone are a cause, too
    found: dict[str, list[str]] = {}
    for person in people:
        try:
            shown = [
                f'"{entry.text}" ({entry.where})'
                for entry in await errors.entries(person.page)
                if await _was_seen(person, entry)
            ]
        except PlaywrightError as error:
            first_line = str(error).partition("\n")[0]
            return Observation(False, f"{person.name}'s page: {first_line}", readable=False)
        if shown:
            found[person.name] = shown
    words = "; ".join(f"{name}: {', '.join(shown)}" for name, shown in found.items())
    return Observation(not found, words or "none on their pages", {"shown": found})


async def _candidates(person: Participant, since: float) -> list[errors.Entry]:
    """The entries on the page that came or changed since then, or stand; the newest first."""
    now = time.monotonic()
    there = [
        entry
        for entry in await errors.entries(person.page)
        if entry.gone is None
        and (entry.came >= STANDING or now - entry.changed >= since - _EARLIER)
    ]
    return sorted(there, key=lambda entry: entry.changed)[:MOST_READ]


async def _read(person: Participant, entry: errors.Entry) -> Reading:
    element = await errors.element_of(person.page, entry)
    return await read(person.page, element) if element is not None else Reading(why="it is gone")


async def _read_place(person: Participant, place: errors.Place) -> list[tuple[str, Reading]]:
    """The first entries of a place that was opened by hand, each with its text."""
    found: list[tuple[str, Reading]] = []
    for element in await person.page.query_selector_all(place.selector):
        text = (await element.inner_text()).strip()
        if len(found) < MOST_READ and re.search(place.pattern, text, re.IGNORECASE):
            reading = await read(person.page, element)
            found.append((f'"{text}" ({place.where}): {reading.words}', reading))
    return found


async def _stays(person: Participant, entry: errors.Entry) -> bool:
    """Whether the entry is still there when it has been there for a moment."""
    left = MOMENT - entry.came
    if left > 0:
        pause = "(seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))"
        await person.page.evaluate(pause, left)
    now = {one.id: one for one in await errors.entries(person.page)}
    return entry.id in now and now[entry.id].gone is None


async def _was_seen(person: Participant, entry: errors.Entry) -> bool:
    """Whether a person could read the entry: read now, or drawn for a moment before it went."""
    if entry.gone is not None:
        return entry.drawn and entry.came - entry.gone >= MOMENT
    return (await _read(person, entry)).legible


def _says_so(reading: Reading) -> bool:
    return reading.legible and _SAYS_SO.search(reading.text) is not None


def _chat_messages(person: Participant) -> int:
    verify = answers(person.traffic).verify or {}
    subject = (verify.get("nats_subjects") or {}).get("chat", "")
    return sum(
        message.direction == "received" and message.subject.startswith(f"{subject}.")
        for message in person.traffic.nats
        if subject
    )
