"""A typed secret, and messages of the server that try to make the client hand it over."""

from __future__ import annotations

from playwright.async_api import Error as PlaywrightError

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Observation
from conformance.bench.core.room import unique
from conformance.bench.hostile.lying_server import Deceived
from conformance.bench.leaks.browser import BrowserTrace, BrowserTraces
from conformance.bench.leaks.leaving import origin_of, send_canary


async def end_meeting_and_read(one: Deceived) -> BrowserTraces:
    """End the meeting, follow the page to its next address, and read all that left the browser.

    Read errors are kept in the trace, and the claims report them.
    """
    room, person = one.room, one.person
    trace = BrowserTrace(person, unique("sent"), unique("kept"))
    page = person.page
    try:
        await room.factory.stack.api.see_room_ended(room.room_id)
        await person.changes.changed(timeouts.CLEARED_UP)
        await page.wait_for_load_state()
        await send_canary(trace, origin_of(room))
    except (PlaywrightError, AssertionError) as error:
        trace.failure = f"{person.name}'s browser: {str(error).partition(chr(10))[0]}"
    done = Observation(True, person.join_failure or "they were in")
    what = f"{person.name} was told {one.lie.words}"
    return BrowserTraces(room, [trace], {"the secret": person.secret or ""}, {what: done})
