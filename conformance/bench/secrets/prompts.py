"""Claims about the client's questions for the secret: when it asks, and that it never asks."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from playwright.async_api import Error as PlaywrightError

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room, unique
from conformance.clients.base import Entry
from conformance.observers.shown.prompts import Prompt, PromptWatch
from conformance.verdicts import ControlFailed

_ABOUT_SECRETS: Final = re.compile(r"secret|pass(word|phrase|code)|\bkey\b|encrypt", re.IGNORECASE)
"""The words of a dialog without a field that count as a question for the secret."""
_CANARIES: Final = ["field", "prompt"]


def shown_a_page(person: Participant) -> Claim:
    """The client showed a first page, whichever it is."""

    async def look() -> Observation:
        entered = person.entered
        if entered is None:
            return Observation(False, person.join_failure or "none was shown")
        return Observation(True, f"first page: {entered.entry.value}")

    return Claim(f"{person.name}'s client shows a first page", look, [])


def prompted_before_media(person: Participant) -> Claim:
    """The client asked for the secret by itself, and no media left it before the answer."""

    async def look() -> Observation:
        entered = person.entered
        was = entered is not None and entered.entry is Entry.PROMPT
        early = person.media_before_prompt
        words = "no entry page" if entered is None else entered.entry.value
        held = f" while {person.held.words}" if person.held else ""
        gone = f"; unanswered, it became: {person.unanswered}" if person.unanswered else ""
        return Observation(
            was and early == 0 and person.unanswered is None,
            f"first page: {words}; {early} media packets left before the answer{held}{gone}",
            {"first_page": words, "media_packets_before": early, "instead": person.unanswered},
            readable=entered is not None or not person.late,
        )

    return Claim(f"{person.name}'s client asks for a secret before any media", look, [])


async def prompts_are_noticed(room: Room) -> Claim:
    """The canary of `prompted_at_all`: a page with a password field and with a dialog.

    The observer of the participants' prompts must notice both, in a browser context of its own.
    """
    watch, marker = PromptWatch(), unique("canary")
    context = await room.factory.browser.new_context()
    try:
        await watch.attach(context)
        page = await context.new_page()
        await page.goto(f"data:text/html,<input type=password aria-label={marker}>")
        await page.evaluate("(text) => { setTimeout(() => prompt(text), 0); }", marker)
        await watch.wait_for(lambda: len(watch.seen) >= len(_CANARIES), timeouts.MESSAGE)
    except PlaywrightError as error:
        await room.factory.alarm.confirm()
        raise ControlFailed(f"no canary could be planted: {error}") from error
    finally:
        await context.close()

    async def look() -> Observation:
        kinds = sorted(one.kind for one in watch.seen if marker in one.text)
        return Observation(kinds == _CANARIES, f"noticed: {', '.join(kinds) or 'none'}")

    return Claim("the observer of prompts notices a field and a dialog", look, [])


def prompted_at_all(person: Participant) -> Claim:
    """The client asked for a secret, on its first page or at any time until now; for negatives."""

    async def look() -> Observation:
        entered = person.entered
        first = entered is not None and entered.entry is Entry.PROMPT
        asked = [one for one in person.prompts.seen if _asks(one)]
        words = [f'"{one.text}" ({one.kind})' for one in asked[:3]]
        return Observation(
            first or bool(asked),
            "; ".join(words) or ("its first page" if first else "no page and no dialog asked"),
            {"asked": [f"{one.kind}: {one.text}" for one in asked[:10]]},
        )

    return Claim(f"{person.name}'s client asks for a secret", look, [person.prompts])


def observed_long_enough(one: Participant, other: Participant) -> Claim:
    """The control of `prompted_at_all`: the room was alive for `timeouts.PROMPTED_LATE_FRAMES`."""
    seen = one.sees_more(other, beside=other, frames=timeouts.PROMPTED_LATE_FRAMES)
    return replace(seen, deadline=2 * timeouts.POSITIVE)


def _asks(prompt: Prompt) -> bool:
    if prompt.kind in ("field", "prompt"):
        return True
    return _ABOUT_SECRETS.search(prompt.text) is not None
