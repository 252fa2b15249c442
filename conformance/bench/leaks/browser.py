"""A room that participants use fully and leave, and claims about what leaves or stays in browsers.

BLIND-1: neither the secret nor a key derived from it leaves the browser. BLIND-6: neither is in
any of its stores afterwards. BLIND-7: no picture and no sound leaves but as sealed media. BLIND-8:
what is said leaves only sealed. All are absences. As the control, the same reader must find a
canary in each kind of place, in each participant's browser, in the same room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from conformance.bench.core.candidate_keys import session_of
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room
from conformance.bench.leaks.client_values import computed_by, sealing_keys, values_of
from conformance.bench.leaks.egress import door_problems, seen_by_the_door_only, unexplained_of
from conformance.bench.leaks.observations import absence, canaries
from conformance.bench.leaks.pictures import Pictures, pictures_of
from conformance.observers.leaks import (
    Leak,
    LeakReader,
    Needle,
    NeedleTooShort,
    Place,
    Reading,
    content,
    derived_from,
    marker,
)
from conformance.observers.page import outgoing_canary
from conformance.observers.page.browser_stores import KINDS, StoreContents
from conformance.observers.page.outgoing import Outgoing
from conformance.verdicts import InsufficientEvidence, NotApplicable

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
    timers: int = 0
    """How many of the page's timers ran ahead of time."""
    stores_judged: bool = True
    """Whether its client left in the usual way, so that the stores show what it keeps."""
    planted: int = -1
    """The identity in the planted picture and sound; -1 without them."""
    door_canary: str = ""
    """The host that only the door can know."""


@dataclass
class BrowserTraces:
    """A room that was used fully and that everyone has left."""

    room: Room
    traces: list[BrowserTrace]
    secrets: dict[str, str]
    did: dict[str, Observation]
    """What happened before everyone left, by description."""
    said: dict[str, str] = field(default_factory=dict)
    """The texts of the messages, by what they are."""
    _sent: Reading | None = None
    _console: list[Leak] = field(default_factory=list)
    _kept: Reading | None = None
    _pictures: Pictures | None = None

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
            return canaries(
                reading, self.traces, (*NATURAL, *outgoing_canary.WAYS), {"refused": refused}
            )

        return Claim("the reader finds a marker on every way out of each browser", look, [])

    def doors_are_watched(self) -> Claim:
        """The control: each page came through its door, and a connection of our own is reported."""

        async def look() -> Observation:
            found = {
                t.person.name: door_problems(self.room, t.person, t.door_canary)
                for t in self._watched()
            }
            wrong = [f"{name}: {', '.join(what)}" for name, what in found.items() if what]
            return Observation(
                not wrong and bool(found),
                "; ".join(wrong) or f"{len(found)} browsers and their doors",
                {"doors": found},
            )

        return Claim("each browser has one way out, which reports a planted connection", look, [])

    def client_keys_open(self) -> Claim:
        """The control: a key that is searched for opens what its client sealed."""

        async def look() -> Observation:
            needles = self._needles()
            opened = await asyncio.to_thread(
                lambda: {t.person.name: sealing_keys(t.person, needles) for t in self._watched()}
            )
            without = [name for name, result in opened.items() if not result.is_known]
            return Observation(
                bool(opened) and not without,
                "; ".join(f"{name}: {result.words}" for name, result in opened.items()),
                {"opened": {name: result.opened for name, result in opened.items()}},
            )

        return Claim("a key that is searched for opens messages of each sender", look, [])

    def nothing_left_the_browsers(self) -> Claim:
        """The same reader finds neither the secret nor a key derived from it.

        No browser contacted a host that nothing explains.
        """

        async def look() -> Observation:
            reading = await self._read_sent()
            data, files = [], []
            for trace in self._watched():
                found = unexplained_of(self.room, trace.person)
                data += [f"{trace.person.name}: {one}" for one in found[0]]
                files += [f"{trace.person.name}: a file of {one}" for one in found[1]]
            more: dict[str, object] = {
                "console": [str(leak) for leak in self._console],
                "hosts": data + files,
            }
            # Without the stack's addresses, its own services would look like others.
            unread = [*self._unread(), *(f"unexplained egress of {one}" for one in files)]
            return absence(reading, "secret", unread, more, egress=data)

        return Claim("neither secret nor key leaves a browser", look, [])

    def texts_were_read(self) -> Claim:
        """The control of BLIND-8: something was said, and the other read it.

        Raises:
            NotApplicable: the client has no messages of any kind.
        """

        async def look() -> Observation:
            missing = [what for what in self.did if what.startswith("no ") and " message: " in what]
            if missing and not self.said:
                raise NotApplicable("the client has neither chat nor whiteboard nor data messages")
            read = [what for what, seen in self.did.items() if " gets " in what and seen.true]
            return Observation(bool(read), f"{len(self.said)} texts, {len(read)} seen to be read")

        return Claim("what was said was read by the other", look, [])

    def nothing_said_left_in_clear(self) -> Claim:
        """The same reader finds none of the texts outside the sealed channels."""

        async def look() -> Observation:
            reading = await self._read_sent()
            return absence(reading, "content", self._unread(), {"texts": list(self.said)})

        return Claim("what is said leaves a browser only sealed", look, [])

    def planted_media_found(self) -> Claim:
        """The canary of BLIND-7: in each browser, the planted pictures and sound were read."""

        async def look() -> Observation:
            seen = await self._read_pictures()
            missing = {t.person.name: seen.missing(t.person.name) for t in self._watched()}
            words = [f"{name}: {', '.join(what)}" for name, what in missing.items() if what]
            return Observation(
                not words and bool(missing),
                f"pictures and sound planted in {len(missing)} browsers, "
                + (f"not read: {'; '.join(words)}" if words else "read in each"),
                {"missing": missing},
            )

        return Claim("the reader finds a planted picture and sound in each browser", look, [])

    def no_picture_or_sound_left(self) -> Claim:
        """The same reader finds no mark and no tones of anybody in anything that left."""

        async def look() -> Observation:
            egress = [
                f"unexplained egress: {trace.person.name}: {one}"
                for trace in self._watched()
                for one in seen_by_the_door_only(self.room, trace.person)
            ]
            return (await self._read_pictures()).absence(self._unread(), egress)

        return Claim("no picture and no sound leaves a browser but as sealed media", look, [])

    def marker_kept_in_every_store(self) -> Claim:
        """The canary: in each browser, a marker was found in each kind of store."""

        async def look() -> Observation:
            return canaries(await self._read_kept(), self._left_usually(), KINDS, {})

        return Claim("the reader finds a marker in every kind of store of each browser", look, [])

    def nothing_stayed_in_the_browsers(self) -> Claim:
        """The same reader finds neither the secret nor a key derived from it."""

        async def look() -> Observation:
            reading = await self._read_kept()
            judged = self._left_usually()
            unread = [
                f"{t.person.name}: {why}"
                for t in judged
                for kept in t.stores
                for why in kept.unread
            ]
            workers = sorted({w for t in judged for kept in t.stores for w in kept.service_workers})
            keys = sorted(
                {f"{t.person.name}: {key}" for t in judged for k in t.stores for key in k.keys}
            )
            more = {"service_workers": workers, "keys": keys}
            seen = absence(reading, "secret", unread, more)
            if not keys or reading.of("secret"):
                return seen
            words = f"a key that cannot be exported stays: {'; '.join(keys[:5])}; {seen.words}"
            return Observation(False, words, seen.data)

        return Claim("neither secret nor key stays in a browser", look, [])

    def _watched(self) -> list[BrowserTrace]:
        return [trace for trace in self.traces if trace.person.outgoing is not None]

    def _left_usually(self) -> list[BrowserTrace]:
        return [trace for trace in self.traces if trace.stores_judged]

    def _unread(self) -> list[str]:
        """What left and could not be read, or was computed and is not searched for."""
        unread = []
        for trace in self._watched():
            person = trace.person
            unread += [f"{person.name}: {why}" for why in _outgoing(person).incomplete()]
            if person.made_keys is not None and person.made_keys.more:
                unread.append(f"{person.name}: more was computed than is searched for")
        return unread

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
        computed = [
            Needle(f"{trace.person.name}'s {one.what}", one.value)
            for trace in self.traces
            for one in computed_by(trace.person, self.secrets.values())
        ]
        if not any(self.secrets.values()):
            raise InsufficientEvidence("no participant of this room has a secret to search for")
        try:
            known = [
                needle
                for what, secret in self.secrets.items()
                if secret
                for needle in derived_from(what, secret, self._public())
            ]
            return [*known, *values_of(computed, known)]
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
        said = [content(what, text) for what, text in self.said.items()]
        reader = LeakReader([*self._needles(), *said, *markers], public=self._public())
        for place, item in self._sent_items():
            reader.read(place, item)
        lines = LeakReader(self._needles())
        for trace in self.traces:
            console = trace.person.outgoing.console if trace.person.outgoing else []
            printed = "\n".join(console).encode("utf-8", "replace")
            lines.read(Place("console", trace.person.name), printed)
        self._console = lines.reading.leaks
        return reader.reading

    def _sent_items(self) -> Iterator[tuple[Place, bytes]]:
        for trace in self._watched():
            for place, data in _outgoing(trace.person).items():
                yield Place(place.kind, f"{trace.person.name}, {place.name}"), data

    async def _read_pictures(self) -> Pictures:
        if self._pictures is None:
            people = [(t.person, t.planted) for t in self._watched()]
            self._pictures = await pictures_of(people, self._needles())
        return self._pictures

    def _reading_of_kept(self) -> Reading:
        judged = self._left_usually()
        markers = [marker(f"{t.person.name}'s marker", t.kept_marker) for t in judged]
        reader = LeakReader([*self._needles(), *markers], public=self._public())
        for trace in judged:
            for kept in trace.stores:
                for place, data in kept.items:
                    reader.read(Place(place.kind, f"{trace.person.name}, {place.name}"), data)
        return reader.reading


def _outgoing(person: Participant) -> Outgoing:
    assert person.outgoing is not None  # callers filter; the room is watched
    return person.outgoing
