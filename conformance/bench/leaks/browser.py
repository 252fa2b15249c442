"""A room that participants use fully and leave, and claims about what leaves or stays in browsers.

BLIND-1: neither the secret nor a key derived from it leaves the browser. BLIND-6: neither is in
any of its stores afterwards. Both are absences. As the control, the same reader must find a canary
in each kind of place, in each participant's browser, in the same room.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from conformance.bench.core import timeouts
from conformance.bench.core.candidate_keys import secret_of, session_of
from conformance.bench.core.claims import Claim, Observation, all_of
from conformance.bench.core.evaluation import until_true
from conformance.bench.core.participant import Channel, Participant
from conformance.bench.core.room import Room, unique
from conformance.observers.leaks import (
    Leak,
    LeakReader,
    Needle,
    NeedleTooShort,
    Place,
    Reading,
    derived_from,
    marker,
)
from conformance.observers.page import outgoing_canary
from conformance.observers.page.browser_stores import (
    KINDS,
    StoreContents,
    empty_page,
    plant,
    read_stores,
)
from conformance.stacks.base import RoomKind
from conformance.verdicts import ClaimFailed, InsufficientEvidence, NotApplicable

CHANNELS: tuple[Channel, ...] = ("chat", "whiteboard", "data")

RIGHT: Final = "the secret"
"""The name of the right secret in `BrowserTraces.secrets`."""

NATURAL = ("HTTP header", "NATS connection", "WebSocket")
"""Ways out on which a client itself sends a known value: the access token names the user, and
signalling carries the fingerprint of the page's own session description."""


@dataclass
class BrowserTrace:
    """What left one participant's browser, and what its stores kept."""

    person: Participant
    sent_marker: str
    kept_marker: str
    refused: list[str] = field(default_factory=list)
    stores: list[StoreContents] = field(default_factory=list)
    failure: str | None = None
    """Why the browser could not be read; None if it could."""


@dataclass
class BrowserTraces:
    """A room that was used fully and that everyone has left."""

    room: Room
    traces: list[BrowserTrace]
    secrets: dict[str, str]
    did: dict[str, Observation]
    """What happened before everyone left, by description."""
    _sent: Reading | None = None
    _console: list[Leak] = field(default_factory=list)
    _kept: Reading | None = None

    def was_used(self) -> Claim:
        """Pictures, sound, messages and the screen reached the other; then all left."""

        async def look() -> Observation:
            wrong = [f"{what}: {seen.words}" for what, seen in self.did.items() if not seen.true]
            wrong += [t.failure for t in self.traces if t.failure]
            return Observation(
                not wrong and bool(self.did),
                "; ".join(wrong) or f"{', '.join(self.did)}; {len(self.traces)} people left",
                {"did": list(self.did), "people": [t.person.name for t in self.traces]},
            )

        return Claim("the room was used for everything and left", look, [])

    def marker_seen_on_every_way(self) -> Claim:
        """The canary: in each browser, a known value was found on each way out."""

        async def look() -> Observation:
            reading = await self._read_sent()
            refused = {t.person.name: t.refused for t in self.traces if t.refused}
            return _canaries(
                reading, self.traces, (*NATURAL, *outgoing_canary.WAYS), {"refused": refused}
            )

        return Claim("the reader finds a marker on every way out of each browser", look, [])

    def nothing_left_the_browsers(self) -> Claim:
        """The same reader finds neither the secret nor a key derived from it."""

        async def look() -> Observation:
            reading = await self._read_sent()
            unread = [
                f"{trace.person.name}: {why}"
                for trace in self.traces
                if trace.person.outgoing is not None
                for why in trace.person.outgoing.incomplete()
            ]
            return _absence(reading, unread, {"console": [str(leak) for leak in self._console]})

        return Claim("neither secret nor key leaves a browser", look, [])

    def marker_kept_in_every_store(self) -> Claim:
        """The canary: in each browser, a marker was found in each kind of store."""

        async def look() -> Observation:
            return _canaries(await self._read_kept(), self.traces, KINDS, {})

        return Claim("the reader finds a marker in every kind of store of each browser", look, [])

    def nothing_stayed_in_the_browsers(self) -> Claim:
        """The same reader finds neither the secret nor a key derived from it."""

        async def look() -> Observation:
            reading = await self._read_kept()
            unread = [
                f"{trace.person.name}: {why}"
                for trace in self.traces
                for kept in trace.stores
                for why in kept.unread
            ]
            workers = sorted(
                {w for t in self.traces for kept in t.stores for w in kept.service_workers}
            )
            keys = sorted(
                {f"{t.person.name}: {key}" for t in self.traces for k in t.stores for key in k.keys}
            )
            seen = _absence(reading, unread, {"service_workers": workers, "keys": keys})
            if not keys or reading.of("secret"):
                return seen
            words = f"a key that cannot be exported stays: {'; '.join(keys[:5])}; {seen.words}"
            return Observation(False, words, seen.data)

        return Claim("neither secret nor key stays in a browser", look, [])

    # -- reading ---------------------------------------------------------------------------

    async def _read_sent(self) -> Reading:
        if self._sent is None:
            self._sent = await asyncio.to_thread(self._reading_of_sent)
        return self._sent

    async def _read_kept(self) -> Reading:
        if self._kept is None:
            self._kept = await asyncio.to_thread(self._reading_of_kept)
        return self._kept

    def _public(self) -> list[str]:
        """The ids that every request may carry, and that a program may join with the secret."""
        ids = [self.room.session_id, self.room.room_id]
        return [one for one in (*ids, *(session_of(t.person) for t in self.traces)) if one]

    def _needles(self) -> list[Needle]:
        if not any(self.secrets.values()):
            raise InsufficientEvidence("no participant of this room has a secret to search for")
        try:
            return [
                needle
                for what, secret in self.secrets.items()
                if secret
                for needle in derived_from(what, secret, self._public())
            ]
        except NeedleTooShort as short:
            raise InsufficientEvidence(str(short)) from short

    def _reading_of_sent(self) -> Reading:
        markers = []
        for trace in self.traces:
            name, out = trace.person.name, trace.person.outgoing
            markers.append(marker(f"{name}'s marker", trace.sent_marker))
            markers.append(marker(f"{name}'s user id", trace.person.user_id))
            for number, fingerprint in enumerate(out.fingerprints() if out else [], 1):
                markers.append(marker(f"{name}'s fingerprint {number}", fingerprint))
        reader = LeakReader([*self._needles(), *markers], public=self._public())
        for trace in self.traces:
            if trace.person.outgoing is None:
                continue
            for place, data in trace.person.outgoing.items():
                reader.read(Place(place.kind, f"{trace.person.name}, {place.name}"), data)
        lines = LeakReader(self._needles())
        for trace in self.traces:
            console = trace.person.outgoing.console if trace.person.outgoing else []
            said = "\n".join(console).encode("utf-8", "replace")
            lines.read(Place("console", trace.person.name), said)
        self._console = lines.reading.leaks
        return reader.reading

    def _reading_of_kept(self) -> Reading:
        markers = [marker(f"{t.person.name}'s marker", t.kept_marker) for t in self.traces]
        reader = LeakReader([*self._needles(), *markers], public=self._public())
        for trace in self.traces:
            for kept in trace.stores:
                for place, data in kept.items:
                    reader.read(Place(place.kind, f"{trace.person.name}, {place.name}"), data)
        return reader.reading


def _canaries(
    reading: Reading, traces: Sequence[BrowserTrace], kinds: Sequence[str], more: dict[str, object]
) -> Observation:
    found: dict[str, dict[str, int]] = {}
    for leak in reading.of("marker"):
        owner = leak.needle.what.partition("'s ")[0]
        if leak.place.name.startswith(f"{owner}, "):
            of_owner = found.setdefault(owner, {})
            of_owner[leak.place.kind] = of_owner.get(leak.place.kind, 0) + 1
    missing = [
        f"{trace.person.name}: {kind}"
        for trace in traces
        for kind in kinds
        if not found.get(trace.person.name, {}).get(kind)
    ]
    return Observation(
        not missing and bool(traces),
        f"{len(kinds)} kinds in {len(traces)} browsers, "
        + (f"not found in {'; '.join(missing)}" if missing else "found in each"),
        {"found": found, "missing": missing, **more},
    )


def _absence(reading: Reading, unread: Sequence[str], more: dict[str, object]) -> Observation:
    leaks = reading.of("secret")
    unread = [*unread, *reading.incomplete]
    words = f"{reading.items} items, {reading.bytes} bytes read"
    if leaks:
        words += f", {len(leaks)} finds, first: {leaks[0]}"
    elif unread:
        words += f"; could not be read: {'; '.join(unread[:5])}"
    else:
        words += ", nothing found"
    finds = [{"what": str(leak), "context": leak.context} for leak in leaks[:50]]
    return Observation(
        not leaks and not unread,
        words,
        {"finds": finds, "unread": unread[:50], "kinds": reading.kinds, **more},
        readable=bool(leaks) or not unread,
    )


# -- the room ----------------------------------------------------------------------------------


@dataclass
class UsedRoom:
    """A watched room in which participants have used everything, and still are.

    `said`: the text of a chat message. `read`: whether the other participant read it.
    """

    room: Room
    people: list[Participant]
    secrets: dict[str, str]
    did: dict[str, Observation]
    said: str
    read: Observation

    async def leave(self) -> BrowserTraces:
        """Make everyone leave, and read what is left in the browsers."""
        inside = [person for person in self.people if person.join_failure is None]
        traces = await asyncio.gather(*(_leave(self.room, person) for person in inside))
        return BrowserTraces(self.room, list(traces), self.secrets, self.did)


async def use_everything(room: Room) -> UsedRoom:
    """Use every function in a watched room.

    Failures of the subject do not raise; each check names what it needs as its control.
    """
    typed = room.kind is RoomKind.ZERO_KNOWLEDGE
    right, wrong = (unique("right"), unique("wrong")) if typed else (None, None)
    alice, bob = await room.join_all("alice", "bob", secret=right, admin="alice")
    people = [alice, bob]
    if typed:
        people.append(await room.join("mallory", secret=wrong))
    did: dict[str, Observation] = {}
    for claim in (
        all_of("alice and bob are in", *(person.is_in() for person in (alice, bob))),
        all_of("they see each other", alice.sees(bob), bob.sees(alice)),
    ):
        did[claim.text] = await until_true(claim, alice.alarm)
    said = {channel: unique(channel) for channel in CHANNELS}
    if all(seen.true for seen in did.values()):
        did |= await _use(alice, bob, said)
    if typed:
        secrets = {RIGHT: right or "", "the wrong secret": wrong or ""}
    else:
        secrets = {RIGHT: secret_of(alice)}
    read = did.get(_gets("chat"), Observation(False, "no chat message was read"))
    return UsedRoom(room, people, secrets, did, said["chat"], read)


def _gets(channel: Channel) -> str:
    return f"bob gets a {channel} message"


async def _use(
    alice: Participant, bob: Participant, said: dict[Channel, str]
) -> dict[str, Observation]:
    did: dict[str, Observation] = {}
    for channel, text in said.items():
        try:
            await alice.sends(channel, text)
        except NotApplicable as missing:  # a missing channel cannot leak
            did[f"no {channel} message: {missing}"] = Observation(True, str(missing))
            continue
        except ClaimFailed as refused:
            did[f"alice sends a {channel} message"] = Observation(False, str(refused))
            continue
        did[_gets(channel)] = await until_true(bob.reads(channel, text), bob.alarm)
    try:
        await alice.shares_screen()
        did["bob sees alice's screen"] = await until_true(bob.sees(alice, "screen"), bob.alarm)
    except NotApplicable as missing:
        did[f"no shared screen: {missing}"] = Observation(True, str(missing))
    except ClaimFailed as refused:
        did["alice shares the screen"] = Observation(False, str(refused))
    return did


async def _leave(room: Room, person: Participant) -> BrowserTrace:
    trace = BrowserTrace(person, unique("sent"), unique("kept"))
    page, context = person.page, person.page.context
    origin = origin_of(room)
    try:
        await plant(page, trace.kept_marker)
        await person.driver.leave(page)
        await _until_cleared_up(trace)
        await send_canary(trace, origin)
        await _read_and_plant(trace, page, "the same tab")
        fresh = await empty_page(context, origin)
        await page.close()
        trace.stores.append(await read_stores(fresh, "a fresh tab"))
        await fresh.close()
    except (PlaywrightError, AssertionError) as error:
        trace.failure = f"{person.name}'s browser: {str(error).partition(chr(10))[0]}"
    return trace


def origin_of(room: Room) -> str:
    """The origin of the client's page."""
    parts = urlsplit(room.factory.stack.endpoints.page_url)
    return f"{parts.scheme}://{parts.netloc}"


async def send_canary(trace: BrowserTrace, origin: str) -> None:
    """Send the marker from this participant's page on every way out; read all that left until then.

    The page then stays in the same tab, where sessionStorage and window.name persist, without the
    client's code.

    Raises:
        playwright.async_api.Error: the page is gone.
    """
    person, page = trace.person, trace.person.page
    trace.refused = await outgoing_canary.send_marker(page, trace.sent_marker)
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
    """Let a client finish leaving: wait until neither secret nor key is in a store."""
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
