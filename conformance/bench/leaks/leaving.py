"""How a participant leaves a watched room, and what is then read in the browser."""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from conformance.bench.core import timeouts
from conformance.bench.core.candidate_keys import secret_of
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room, unique
from conformance.bench.leaks.browser import BrowserTrace
from conformance.observers.leaks import LeakReader, Needle
from conformance.observers.marks.code import IDENTITIES
from conformance.observers.page import outgoing_canary
from conformance.observers.page.browser_stores import empty_page, plant, read_stores
from conformance.observers.sent_media import canary

_LOADED_MS: Final = 5_000
_LEAVE_S: Final = 10.0


async def leave(room: Room, person: Participant, *, ahead: bool = False) -> BrowserTrace:
    """Leave, and read what left the browser and what its stores keep.

    With `ahead`, the page's timers run ahead while the person is still in the room. The client may
    then notice that nobody answered for minutes, and end the meeting by itself. So its stores are
    not judged.
    """
    trace = BrowserTrace(person, unique("sent"), unique("kept"))
    page, context = person.page, person.page.context
    origin = origin_of(room)
    try:
        await plant(page, trace.kept_marker)
        if ahead and person.outgoing is not None:
            trace.stores_judged = False
            trace.timers += await person.outgoing.run_ahead()
        if trace.stores_judged:
            await person.driver.leave(page)
            await _until_cleared_up(trace)
        else:
            await _leave_if_possible(person, page)
        await send_canary(trace, origin)
        await _read_and_plant(trace, page, "the same tab")
        fresh = await empty_page(context, origin)
        await page.close()
        trace.stores.append(await read_stores(fresh, "a fresh tab"))
        await fresh.close()
    except (PlaywrightError, AssertionError) as error:
        trace.failure = f"{person.name}'s browser: {str(error).partition(chr(10))[0]}"
    return trace


async def _leave_if_possible(person: Participant, page: Page) -> None:
    """Leave, unless the client has ended the meeting by itself."""
    with suppress(PlaywrightError, AssertionError, TimeoutError):
        if await person.driver.ended(page) is None:
            async with asyncio.timeout(_LEAVE_S):
                await person.driver.leave(page)


def origin_of(room: Room) -> str:
    """The origin of the client's page."""
    parts = urlsplit(room.factory.stack.endpoints.page_url)
    return f"{parts.scheme}://{parts.netloc}"


async def send_canary(trace: BrowserTrace, origin: str) -> None:
    """Send the markers from this participant's page on every way out; read all that left.

    First the page's timers run ahead: what the client still puts off is sent, too. Afterwards the
    page stays in the same tab, where sessionStorage and window.name persist, without the client's
    code.

    Raises:
        playwright.async_api.Error: the page is gone.
    """
    person, page = trace.person, trace.person.page
    if person.outgoing is not None:
        trace.timers += await person.outgoing.run_ahead()
        # A client may go to another page when its meeting is over.
        await page.wait_for_load_state(timeout=_LOADED_MS)
    trace.refused = await outgoing_canary.send_marker(page, trace.sent_marker)
    trace.planted = secrets.randbelow(IDENTITIES)
    trace.refused += await canary.send(page, trace.planted)
    trace.door_canary = await outgoing_canary.send_through_the_door(page.context, trace.sent_marker)
    if person.outgoing is not None:
        await person.outgoing.look()
    await empty_page(page.context, origin, page)
    if person.outgoing is not None:
        await person.outgoing.look()


async def _read_and_plant(trace: BrowserTrace, page: Page, name: str) -> None:
    """Read the stores. If the client cleared them while leaving, plant the canary again."""
    trace.stores.append(await read_stores(page, name))
    await plant(page, trace.kept_marker)
    trace.stores.append(await read_stores(page, f"{name}, canary planted again"))


async def _until_cleared_up(trace: BrowserTrace) -> None:
    """Let a client finish leaving: wait until its secret is in no store."""
    person = trace.person
    secret = secret_of(person)
    if not secret:
        return
    reader = LeakReader([Needle("secret", secret.encode("utf-8", "replace"), is_text=True)])
    end = time.monotonic() + timeouts.CLEARED_UP
    while True:
        kept = await read_stores(person.page, "after leaving")
        found = [leak for place, data in kept.items for leak in reader.read(place, data)]
        left = end - time.monotonic()
        if not (found or kept.keys) or left <= 0:
            return
        await person.changes.changed(min(left, 1.0))
