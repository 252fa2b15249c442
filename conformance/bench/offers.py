"""Claims about what a client's page offers of the features that the server would need media for.

A feature that is off is either not offered or its refusal is told: a button may be there as long
as whoever presses it is told why nothing comes of it. In a plain room the same button is offered.
"""

from __future__ import annotations

from typing import Final

from playwright.async_api import Error as PlaywrightError

from conformance.bench import budgets
from conformance.bench.claims import Claim, Observation
from conformance.bench.participant import Participant
from conformance.clients.base import Feature, NotSupported

FEATURES: Final[dict[Feature, str]] = {
    "recording": "cloud recording",
    "rtmp": "RTMP broadcasting",
    "ai": "AI that listens",
}
REFUSAL_S: Final = 3.0
"""Seconds for a refusal to be shown after the button; a server answers within 0.1 s."""


def is_offered(person: Participant, feature: Feature) -> Claim:
    """The control: the page offers it to this administrator of a plain room."""

    async def look() -> Observation:
        try:
            why_not = await person.offers(feature)
        except (PlaywrightError, AssertionError) as error:
            return _unread(error)
        return Observation(why_not is None, why_not or "offered", {"why_not": why_not})

    text = f"{person.name}'s page offers {FEATURES[feature]}"
    return Claim(text, look, [person.changes], budgets.POSITIVE)


def is_refused_by_the_page(person: Participant, feature: Feature) -> Claim:
    """The page does not offer it, or tells whoever tries why nothing comes of it."""

    async def look() -> Observation:
        try:
            why_not = await person.offers(feature)
            if why_not is not None:
                return Observation(True, f"not offered: {why_not}", {"why_not": why_not})
            told = await person.driver.try_to_start(person.page, feature, REFUSAL_S)
        except NotSupported as reason:
            return Observation(False, f"offered, and {reason}", readable=False)
        except (PlaywrightError, AssertionError) as error:
            return _unread(error)
        return Observation(
            told is not None,
            f"offered, then refused with: {told}" if told else "offered, and no refusal is shown",
            {"told": told},
        )

    text = f"{person.name}'s page does not offer {FEATURES[feature]}, or says why it fails"
    return Claim(text, look, [], 1.0)


def _unread(error: Exception) -> Observation:
    first_line = str(error).partition("\n")[0]
    return Observation(False, f"the page cannot be read: {first_line}", readable=False)
