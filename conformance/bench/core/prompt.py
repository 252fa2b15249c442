"""A prompt for the secret that nobody answers yet, and what leaves the browser meanwhile."""

from __future__ import annotations

from playwright.async_api import Error as PlaywrightError

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.evaluation import until_true
from conformance.bench.core.participant import Participant
from conformance.clients.base import Entry
from conformance.observers.page import transport


async def hold_prompt(person: Participant) -> None:
    """Leave the prompt open until `person.hold` is true, and count the media that leaves.

    What happened is kept in the person: `held`, `media_before_prompt`, `unanswered`.

    Raises:
        playwright.async_api.Error: the page cannot be read.
    """
    most = await _packets(person)
    if person.hold is not None:
        hold = person.hold()

        async def look() -> Observation:
            nonlocal most
            most = max(most, await _packets(person))
            return await hold.look()

        waiting = Claim(hold.text, look, hold.watchers, hold.deadline)
        person.held = await until_true(waiting, person.alarm)
        most = max(most, await _packets(person))
        person.unanswered = await _instead(person)
    person.media_before_prompt = most


async def _packets(person: Participant) -> int:
    seen = await transport.look(person.page)
    return sum(track.packets for track in seen.outbound())


async def _instead(person: Participant) -> str | None:
    """What the page shows instead of the prompt; None while the prompt is there."""
    try:
        now = await person.driver.entry(person.page, timeouts.MESSAGE)
    except (PlaywrightError, AssertionError):
        return "no first page"
    return None if now.entry is Entry.PROMPT else now.entry.value
