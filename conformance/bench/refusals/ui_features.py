"""Claims about what a client's page offers of the features for which a server needs the media.

A feature that is off must either not be offered, or the page must explain its refusal: a button may
exist if pressing it shows why it fails. In a plain room the same button is offered.
"""

from __future__ import annotations

from typing import Final, cast

from playwright.async_api import Error as PlaywrightError

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Participant
from conformance.clients.base import Feature, NotSupported

FEATURES: Final[dict[Feature, str]] = {
    "recording": "cloud recording",
    "rtmp": "RTMP broadcasting",
    "ai": "AI that listens",
}
REFUSAL_S: Final = 3.0
"""Seconds until a refusal shows after the button is pressed; a server answers within 0.1 s."""


def offers_all_features(person: Participant) -> Claim:
    """The control: the page offers all features to this administrator of a plain room."""

    async def look() -> Observation:
        said: dict[str, str | None] = {}
        try:
            for feature in FEATURES:  # sequential: a page opens one dialog at a time
                said[feature] = await person.why_unavailable(feature)
        except (PlaywrightError, AssertionError) as error:
            return _unread(error)
        missing = [f"{FEATURES[cast(Feature, f)]}: {why}" for f, why in said.items() if why]
        return Observation(not missing, "; ".join(missing) or "all offered", {"why_not": said})

    return Claim(
        f"{person.name}'s page offers recording, broadcasting and AI",
        look,
        [person.changes],
        timeouts.POSITIVE,
    )


def offers_no_working_feature(person: Participant) -> Claim:
    """The page offers none of them, or explains why they fail."""

    async def look() -> Observation:
        said: dict[str, str] = {}
        bad: list[str] = []
        sure = False
        try:
            for feature, name in FEATURES.items():
                words, verdict = await _try(person, feature)
                said[feature] = words
                sure = sure or verdict is False
                if not verdict:
                    bad.append(f"{name}: {words}")
        except (PlaywrightError, AssertionError) as error:
            return _unread(error)
        words = "; ".join(bad or (f"{FEATURES[cast(Feature, f)]}: {w}" for f, w in said.items()))
        return Observation(not bad, words, {"said": said}, readable=sure or not bad)

    text = f"{person.name}'s page offers no recording, broadcasting or AI, or says why it fails"
    return Claim(text, look, [], 1.0)


async def _try(person: Participant, feature: Feature) -> tuple[str, bool | None]:
    """What the page does about one feature, and whether that is right (None: not testable)."""
    why_not = await person.why_unavailable(feature)
    if why_not is not None:
        return f"not offered: {why_not}", True
    try:
        told = await person.driver.try_to_start(person.page, feature, REFUSAL_S)
    except NotSupported as reason:
        return f"offered, and {reason}", None
    if told is None:
        return "offered, and no refusal is shown", False
    return f"offered, then refused with: {told}", True


def _unread(error: Exception) -> Observation:
    first_line = str(error).partition("\n")[0]
    return Observation(False, f"the page cannot be read: {first_line}", readable=False)
