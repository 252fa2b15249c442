"""An encrypted room in which each person publishes video with another codec.

The page's configuration sets the codec, as an operator does it (`videoCodec` of
`window.plugNmeetConfig`). A client that ignores the setting has no choice of codec.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
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
from conformance.stacks.base import RoomKind
from conformance.verdicts import InsufficientEvidence, NotApplicable

WORKING: Final = {"alice": "vp8", "bob": "vp9", "carol": "h264"}
_PICTURES: Final = 1
"""A cryptor that cannot encrypt pictures ends the stream at the first one. A cryptor that lets them
pass has the time of `timeouts.NEVER_FRAMES` pictures of the others to do so."""
AV1_MIME: Final = "video/av1"
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
    """The room: `people` have codecs that can be encrypted, by codec; `last` joins with AV1.

    The client may admit or refuse `last`, and that may take long. Only methods that need the
    result wait for it.
    """

    room: Room
    people: dict[str, Participant]
    last: asyncio.Task[Participant]

    def media(self) -> Media:
        """What the SFU forwarded of everybody except `last`.

        Raises:
            InsufficientEvidence: it was not captured.
        """
        return self.room.media("the room", list(self.people.values()))

    async def everybody(self) -> AllPublishers:
        """The same of everybody, after `last` joined or was refused.

        Raises:
            InsufficientEvidence: it was not captured.
        """
        last = await self.last
        people = [*self.people.values(), last]
        return AllPublishers(self.room.media("everybody in the room", people), last, people[0])

    def hear_each_other(self) -> Claim:
        """The control: they are in the room, and their audio, which has the same codec, arrives."""
        people = list(self.people.values())
        return all_of(
            "all but the last are in and hear each other",
            *(person.is_in() for person in people),
            *(one.hears(other) for one in people for other in people if one is not other),
        )

    def see_each_other(self) -> list[Claim]:
        """Each sees the pictures of each other person, in every codec."""
        people = list(self.people.values())
        return [one.sees(other) for one in people for other in people if one is not other]

    def go_on(self) -> Claim:
        """Two of them see more pictures of each other after this call."""
        one, other, *_ = self.people.values()
        return all_of(
            f"{one.name} and {other.name} go on seeing each other",
            one.sees_next(other, timeouts.NEVER_FRAMES),
            other.sees_next(one, timeouts.NEVER_FRAMES),
        )

    async def need_choice(self, media: Media) -> None:
        """Require that the client used the configured codecs; call it when all pictures arrived.

        Raises:
            NotApplicable: it publishes the same codec with every setting.
        """
        found = {codec: await _mimes(media, person) for codec, person in self.people.items()}
        others = [codec for codec, mimes in found.items() if f"video/{codec}" in mimes]
        if len(others) < 2:
            everybody = await self.everybody()
            if f"video/{REFUSED[1]}" in await _mimes(everybody.media, everybody.last):
                return  # AV1 is chosen, and must be judged
            said = ", ".join(f"with {c}: {' and '.join(sorted(m))}" for c, m in found.items())
            raise NotApplicable(
                f"the client ignores the configured codec ({said})",
                confirmed="FLOW-1 and BLIND-3 judge the one that it always publishes",
            )


@dataclass(frozen=True)
class AllPublishers:
    """What the SFU forwarded of everybody, including the person with AV1."""

    media: Media
    last: Participant
    beside: Participant

    @property
    def people(self) -> Sequence[Participant]:
        """Everybody, the last person included."""
        return self.media.people

    def had_the_chance(self) -> Claim:
        """The control: the last person got so far that frames of AV1 would have been sent.

        A person in the room with a published camera must have encoded a picture, because AV1
        encoders start slowly. A person without a camera must be heard. A person who left must have
        published a camera before.
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

        text = f"{self.last.name} could send AV1 to the SFU"
        watchers = [*self.media.watchers, *made.watchers, *heard.watchers]
        return Claim(text, look, watchers, material=[self.media])

    def av1_in_clear(self) -> Claim:
        """Frames of the last person's camera are unencrypted AV1; for negatives.

        The tap at the sender sees them even if the SFU forwards none.
        """

        async def look() -> Observation:
            forwarded, sent = await self._forwarded(), self._sent()
            frames = [*forwarded, *sent]
            clear = sum(map(reads_as_av1, frames))
            return Observation(
                clear > 0,
                f"{clear} of {len(forwarded)} forwarded and {len(sent)} sent frames are "
                "readable AV1",
                {"forwarded": len(forwarded), "sent": len(sent), "clear": clear},
            )

        text = f"{self.last.name}'s AV1 leaves unencrypted"
        watchers = [*self.media.watchers, self.last.sender_tap]
        return Claim(text, look, watchers, material=[self.media])

    async def need_no_sealed_av1(self) -> None:
        """Require that there is no AV1 that might be encrypted.

        Raises:
            InsufficientEvidence: there is; the suite knows no format of encrypted AV1 frames.
        """
        frames = len(await self._forwarded()) + len(self._sent())
        if frames:
            raise InsufficientEvidence(
                f"{frames} frames of AV1 were captured in a form that this suite cannot open"
            )

    async def _forwarded(self) -> list[bytes]:
        tracks = await self.media.of(self.last, "camera")
        return [
            frame.data
            for track in tracks
            if track.mime.lower() == AV1_MIME
            for frame in track.frames
        ]

    def _sent(self) -> list[bytes]:
        streams = self.last.sender_tap.streams.values()
        return [
            frame.data for stream in streams if stream.mime == AV1_MIME for frame in stream.whole
        ]


@dataclass(frozen=True)
class PlainAv1:
    """The control: one person publishes AV1 in a plain room, for the same reader."""

    media: Media
    person: Participant

    def is_read(self) -> Claim:
        """The SFU tap captures AV1 there and recognises it as unencrypted.

        A client that publishes another codec there, although it was told AV1, never sends AV1.
        """

        async def look() -> Observation:
            tracks = [track for track in await self.media.of(self.person, "camera") if track.frames]
            mimes = sorted({track.mime.lower() for track in tracks})
            frames = [frame.data for track in tracks for frame in track.frames]
            read = sum(map(reads_as_av1, frames))
            others = bool(mimes) and AV1_MIME not in mimes
            return Observation(
                read >= _PICTURES or (others and len(frames) >= timeouts.FRAMES_OF_KIND),
                f"{read} of {len(frames)} forwarded frames are readable AV1; codecs: "
                f"{', '.join(mimes) or 'none'}; {self.person.join_failure or 'is in'}",
                {"frames": len(frames), "read": read, "mimes": mimes},
            )

        text = "AV1 of a plain room is recognised, if the client sends it"
        return Claim(text, look, self.media.watchers, material=[self.media])


@asynccontextmanager
async def plain_av1(rooms: RoomFactory) -> AsyncIterator[PlainAv1]:
    """A plain room in which one person publishes AV1; it is ended when the block ends.

    Raises:
        InsufficientEvidence: what the SFU forwards there is not captured.
    """
    async with rooms.opened(RoomKind.PLAIN) as room:
        person, _ = await asyncio.gather(
            room.join("plain-av1", is_admin=True, prepare=_telling(REFUSED[1])),
            room.attach_sfu_tap(),
        )
        yield PlainAv1(room.media("the plain room with AV1", [person]), person)


@asynccontextmanager
async def open_mixed_codec_room(
    rooms: RoomFactory, kind: RoomKind
) -> AsyncIterator[MixedCodecRoom]:
    """Create such a room; its pages are closed and it is ended when the block ends."""
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
