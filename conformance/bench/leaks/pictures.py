"""Pictures and sound in what left the browsers of a room, read for the marks of its people."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.bench.core.claims import Observation
from conformance.bench.core.participant import Participant
from conformance.bench.leaks.client_values import keys_among, opens
from conformance.observers.leaks import Needle, Place
from conformance.observers.page.outgoing_canary import PATH
from conformance.observers.sent_media.bodies import Body, bodies_in, joined, unknown_in
from conformance.observers.sent_media.reading import Seen, read_bodies

SPEECH = "speech recognition"
"""The kind of place that says that the browser sent a microphone's sound to a service."""


@dataclass(frozen=True)
class Pictures:
    """The pictures and sound that left. `planted`: each person's canary, by name."""

    seen: list[Seen]
    planted: dict[str, int]
    identities: dict[str, int]
    items: int
    speech: list[str]

    def missing(self, name: str) -> list[str]:
        """The planted bodies of this person's browser that were not read."""
        identity = self.planted[name]
        own = [s for s in self.seen if s.body.place.name.startswith(f"{name}, ") and _planted(s)]
        pictures = [s for s in own if identity in s.identities()]
        found = {
            "a JPEG file": any(" in " not in s.body.form for s in pictures),
            "a JPEG as a data URL": any(s.body.form.endswith("in base64") for s in pictures),
            "sound": any(s.hears(identity) for s in own),
        }
        return [what for what, is_found in found.items() if not is_found]

    def absence(self, unread: Sequence[str], egress: Sequence[str] = ()) -> Observation:
        """Nobody's picture or sound is there, and everything that left is explained.

        `egress`: connections that nothing explains.
        """
        finds = [*self.speech, *egress]
        unknown = list(unread)
        for seen in self.seen:
            if _planted(seen):
                continue
            if seen.identities() or (people := self._heard(seen)):
                what = "a picture with a mark" if seen.identities() else f"the sound of {people}"
                finds.append(f"{what}: {seen.body}")
            elif seen.is_decoded and (seen.body.whole or not _by_chance(seen.body)):
                unknown.append(f"no mark can be read in it: {seen.body}")
            elif not seen.is_decoded and seen.body.whole:
                unknown.append(f"it cannot be decoded or explained: {seen.body}")
        words = f"{self.items} items, {len(self.seen)} pictures, sounds or unknown parts"
        if finds:
            words += f", {len(finds)} finds, first: {finds[0]}"
        elif unknown:
            words += f"; {'; '.join(unknown[:5])}"
        else:
            words += ", none of them anybody's"
        return Observation(
            not finds and not unknown,
            words,
            {"finds": finds[:50], "unknown": unknown[:50]},
            readable=bool(finds) or not unknown,
        )

    def _heard(self, seen: Seen) -> str:
        return " and ".join(name for name, one in self.identities.items() if seen.hears(one))


async def pictures_of(
    people: Sequence[tuple[Participant, int]], needles: Sequence[Needle]
) -> Pictures:
    """Everything in what these people's browsers sent; each has its planted identity."""
    keys = keys_among(needles)
    found, items = await asyncio.to_thread(_bodies, [person for person, _ in people], keys)
    speech = [
        f"{person.name}: the browser sends a microphone's sound to a service"
        for person, _ in people
        if person.outgoing is not None
        and any(place.kind == SPEECH for place, _ in person.outgoing.messages())
    ]
    return Pictures(
        seen=await read_bodies(found),
        planted={person.name: planted for person, planted in people},
        identities={person.name: person.mark.identity for person, _ in people},
        items=items,
        speech=speech,
    )


def _bodies(people: Sequence[Participant], keys: Sequence[bytes]) -> tuple[list[Body], int]:
    found: dict[tuple[str, bytes], Body] = {}
    items = 0
    for person in people:
        for place, data in joined(_items(person)):
            items += 1
            named = Place(place.kind, f"{person.name}, {place.name}")
            new = bodies_in(named, data)
            if "pieces joined" not in place.name:
                new += unknown_in(named, data, lambda blob: opens(blob, keys))
            for body in new:
                # The network log and the page report the same body.
                digest = hashlib.sha256(body.data).digest()
                found.setdefault((person.name + body.form, digest), body)
    return list(found.values()), items


def _items(person: Participant) -> Iterator[tuple[Place, bytes]]:
    if person.outgoing is None:
        return
    yield from person.outgoing.messages()
    for place, data in person.outgoing.items():
        if place.kind == "LiveKit data":
            yield place, data


def _planted(seen: Seen) -> bool:
    return PATH in seen.body.place.name


def _by_chance(body: Body) -> bool:
    """Three bytes in the middle of ciphertext may look like a frame, and decode to something."""
    return body.form.startswith("VP8 frame")
