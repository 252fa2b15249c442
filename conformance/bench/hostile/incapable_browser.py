"""Participants whose browser cannot encrypt, and what their page says."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

from playwright.async_api import ElementHandle

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import RoomFactory, unique
from conformance.bench.hostile.rooms import ObservedClient, bus_tap, something_to_say
from conformance.clients.incapable_browser import WORDS, IncapableBrowser, Missing
from conformance.observers.shown.legible import read
from conformance.stacks.base import RoomKind
from conformance.verdicts import InsufficientEvidence

_REASON: Final = re.compile(r"encrypt|secur|https|support|browser|compatib", re.IGNORECASE)
"""A word of the reason that a page gives: one of them, and no text that an honest page shows."""
_MOST_TEXTS: Final = 20


@dataclass
class UnableClient(ObservedClient):
    """A participant whose browser cannot encrypt, alone in a room with an SFU tap."""

    browser: IncapableBrowser

    def cannot_encrypt(self) -> Claim:
        """The control: their page has nothing to encrypt with."""

        async def look() -> Observation:
            found = await self.browser.still_there(self.person.page)
            return Observation(not found, f"it still has: {', '.join(found) or 'nothing of it'}")

        text = f"{self.person.name}'s browser {WORDS[self.browser.missing]}"
        return self.person.shown(text, look, timeouts.MESSAGE)

    def sent_nothing(self) -> Claim:
        """No frame of theirs reached the SFU, and nothing that they said is readable."""
        readable = self.nothing_left_in_clear()

        async def look() -> Observation:
            clear = await readable.look()
            frames = sum(track.seen for track in await self.media().tracks())
            words = f"{frames} frames reached the SFU; {clear.words}"
            return Observation(
                clear.true and frames == 0,
                words,
                {**clear.data, "frames": frames},
                readable=clear.readable or frames > 0,
            )

        return Claim(f"{self.person.name} sends nothing", look, [])

    def says_why(self, honest: Participant) -> Claim:
        """Their page gives a reason that a person can read, and `honest`'s page does not."""

        async def look() -> Observation:
            usual = {text for _, text, _ in await _texts(honest)}
            tried = []
            for where, text, element in await _texts(self.person):
                if text in usual:
                    continue
                reading = await read(self.person.page, element)
                if reading.legible and _REASON.search(reading.text):
                    return Observation(True, f'"{reading.text[:200]}" ({where})', reading.data)
                tried.append(f'"{text[:160]}" ({where}): {reading.words}')
            return Observation(False, "; ".join(tried[:3]) or "no text says so", {"tried": tried})

        return self.person.shown(f"{self.person.name}'s page says why", look, timeouts.MESSAGE)


@asynccontextmanager
async def unable_to_encrypt(
    rooms: RoomFactory, kind: RoomKind, missing: Missing
) -> AsyncIterator[UnableClient]:
    """A participant with such a browser; they speak if they can.

    Raises:
        InsufficientEvidence: there is no tap for what they send.
    """
    browser = IncapableBrowser(missing)
    secret = unique("typed") if kind is RoomKind.ZERO_KNOWLEDGE else None
    elsewhere = replace(rooms, driver=browser.driver(rooms.driver))
    async with bus_tap(rooms) as tap, elsewhere.opened(kind) as room:
        await room.attach_sfu_tap()
        if room.sfu_tap is None:
            raise InsufficientEvidence(room.no_sfu_tap)
        olivia = await room.join(
            "olivia", secret=secret, prepare=browser.attach, within=timeouts.HINDERED_JOIN
        )
        one = UnableClient(room, olivia, tap, something_to_say(), browser)
        await one.speaks()
        yield one


async def _texts(person: Participant) -> list[tuple[str, str, ElementHandle]]:
    """Where the page can say why it does not go on: the place, the text and its element."""
    found: list[tuple[str, str, ElementHandle]] = []
    for place in person.driver.explanations:
        for element in await person.page.query_selector_all(place.selector):
            text = " ".join((await element.inner_text()).split())
            if text and len(found) < _MOST_TEXTS:
                found.append((place.where, text, element))
    return found
