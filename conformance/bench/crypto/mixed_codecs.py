"""An encrypted room in which each person publishes pictures with another codec.

The page is told which by its configuration, as an operator would (`videoCodec` of
`window.plugNmeetConfig`). A client that does not let itself be told offers no choice.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from playwright.async_api import BrowserContext

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation, all_of
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room, RoomFactory, unique
from conformance.bench.core.sfu_media import Media
from conformance.observers.media.av1 import reads_as_av1
from conformance.observers.sfu_tap import CapturedTrack
from conformance.stacks.base import RoomKind
from conformance.verdicts import InsufficientEvidence, NotApplicable

WORKING: Final = {"alice": "vp8", "bob": "vp9", "carol": "h264"}
_PICTURES: Final = 1
"""A cryptor that cannot encrypt them ends the stream with the first; one that lets them pass has
`budgets.NEVER_FRAMES` of the others for it."""
REFUSED: Final = ("dave", "av1")
"""livekit-client's frame cryptor knows no AV1 (2.21.0, src/e2ee/worker/FrameCryptor.ts)."""

_TOLD: Final = """(() => {
  let config;
  Object.defineProperty(window, 'plugNmeetConfig', {
    configurable: true,
    get: () => config,
    set: (given) => { config = { ...given, videoCodec: CODEC }; },
  });
})();"""


def _telling(codec: str) -> Callable[[BrowserContext], Awaitable[object]]:
    script = _TOLD.replace("CODEC", json.dumps(codec))
    return lambda context: context.add_init_script(script)


@dataclass(frozen=True)
class MixedCodecRoom:
    """The room: `people` have codecs that can be encrypted, by codec; `last` comes with AV1.

    Whether that one gets in is the client's own choice, and takes as long as it takes: it is
    waited for where it matters.
    """

    room: Room
    people: dict[str, Participant]
    last: asyncio.Task[Participant]

    def media(self) -> Media:
        """What the SFU forwarded of all but the last.

        Raises:
            Thin: nobody kept it.
        """
        return self.room.media("the room", list(self.people.values()))

    async def everybody(self) -> AllPublishers:
        """The same of everybody, as soon as the last one is in or has given up.

        Raises:
            Thin: nobody kept it.
        """
        last = await self.last
        people = [*self.people.values(), last]
        return AllPublishers(self.room.media("everybody in the room", people), last, people[0])

    def hear_each_other(self) -> Claim:
        """The control: they are in, and their sound, which is the same in all codecs, arrives."""
        people = list(self.people.values())
        return all_of(
            "all but the last are in and hear each other",
            *(person.is_in() for person in people),
            *(one.hears(other) for one in people for other in people if one is not other),
        )

    def see_each_other(self) -> list[Claim]:
        """Each sees the pictures of each other, whatever codec they come in."""
        people = list(self.people.values())
        return [one.sees(other) for one in people for other in people if one is not other]

    def go_on(self) -> Claim:
        """They go on seeing each other from the moment of this call."""
        one, other, *_ = self.people.values()
        return all_of(
            f"{one.name} and {other.name} go on seeing each other",
            one.sees_next(other, timeouts.NEVER_FRAMES),
            other.sees_next(one, timeouts.NEVER_FRAMES),
        )

    async def need_choice(self, media: Media) -> None:
        """Insist that the client did as it was told; asked when everybody's pictures are there.

        Raises:
            NotApplicable: it publishes the same codec whatever it is told, and so offers no other.
        """
        found = {codec: await _mimes(media, person) for codec, person in self.people.items()}
        others = [codec for codec, mimes in found.items() if f"video/{codec}" in mimes]
        if len(others) < 2:
            said = ", ".join(f"told {c}: {' and '.join(sorted(m))}" for c, m in found.items())
            raise NotApplicable(f"the client lets nobody choose another codec ({said})")


@dataclass(frozen=True)
class AllPublishers:
    """What the SFU forwarded of everybody, the one with AV1 among them."""

    media: Media
    last: Participant
    beside: Participant

    def had_the_chance(self) -> Claim:
        """The control: the last one got as far as they can, so that what will be sent is sent.

        Who is in and has published a camera has encoded a picture for it: an encoder of AV1 is slow
        to begin. Who published none is heard. Who left again had published one before.
        """
        made, heard = self.last.makes_pictures(_PICTURES), self.beside.hears(self.last)

        async def look() -> Observation:
            mimes = sorted(await _mimes(self.media, self.last))
            failure = self.last.join_failure
            sends = await (made if mimes else heard).look() if failure is None else None
            return Observation(
                sends.true if sends is not None else bool(mimes),
                f"{failure or 'is in'}; cameras published: {', '.join(mimes) or 'none'}"
                + (f"; {sends.words}" if sends is not None else ""),
                {"mimes": mimes, "join_failure": failure},
            )

        text = f"{self.last.name} came with AV1 as far as the SFU"
        watchers = [*self.media.watchers, *made.watchers, *heard.watchers]
        return Claim(text, look, watchers, material=[self.media])

    def av1_in_clear(self) -> Claim:
        """Frames of the last one's camera are AV1 as the encoder made them: for negatives."""

        async def look() -> Observation:
            frames = [frame.data for track in await self._av1() for frame in track.frames]
            clear = sum(map(reads_as_av1, frames))
            return Observation(
                clear > 0,
                f"{clear} of {len(frames)} kept frames of AV1 read as such",
                {"frames": len(frames), "clear": clear},
            )

        text = f"{self.last.name}'s AV1 is forwarded in clear"
        return Claim(text, look, self.media.watchers, material=[self.media])

    async def need_no_sealed_av1(self) -> None:
        """Insist that there is no AV1 that might be sealed.

        Raises:
            Thin: there is; the suite knows no form of sealed AV1 frames.
        """
        frames = sum(len(track.frames) for track in await self._av1())
        if frames:
            raise InsufficientEvidence(
                f"{frames} frames of AV1 came, in a form that this suite cannot open"
            )

    async def _av1(self) -> list[CapturedTrack]:
        tracks = await self.media.of(self.last, "camera")
        return [track for track in tracks if track.mime.lower() == "video/av1"]


@asynccontextmanager
async def open_mixed_codec_room(
    rooms: RoomFactory, kind: RoomKind
) -> AsyncIterator[MixedCodecRoom]:
    """Such a room; in the end everybody goes, and it is ended."""
    secret = unique("right") if kind is RoomKind.ZERO_KNOWLEDGE else None
    async with rooms.opened(kind) as room:

        async def come(name: str, codec: str, within: float = timeouts.JOIN) -> Participant:
            tell, admin = _telling(codec), name == "alice"
            return await room.join(name, secret=secret, is_admin=admin, prepare=tell, within=within)

        last = asyncio.create_task(come(*REFUSED, within=timeouts.HINDERED_JOIN))
        try:
            people, _ = await asyncio.gather(
                asyncio.gather(*(come(name, codec) for name, codec in WORKING.items())),
                room.attach_sfu_tap(),
            )
            yield MixedCodecRoom(room, dict(zip(WORKING.values(), people, strict=True)), last)
        finally:
            await asyncio.gather(last, return_exceptions=True)


async def _mimes(media: Media, person: Participant) -> set[str]:
    return {track.mime.lower() for track in await media.of(person, "camera")}
