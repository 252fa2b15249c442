"""What the SFU forwarded of some people in one session, to be decrypted and decoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal
from weakref import WeakKeyDictionary

from conformance.bench.core.participant import Participant
from conformance.keys.frames import Codec, FrameNotOurs, server_injected
from conformance.keys.opener import Opener, SealedFrame, sealed_frame
from conformance.observers.media.decode import MOST_FRAMES, Stream
from conformance.observers.notifier import Notifier
from conformance.observers.sfu_tap import (
    CapturedFrame,
    CapturedTrack,
    Forwarded,
    SfuTap,
    SfuTapFailed,
)
from conformance.verdicts import InsufficientEvidence

MediaKind = Literal["audio", "camera", "screen"]

KINDS: Final[tuple[MediaKind, ...]] = ("audio", "camera", "screen")
_SOURCES: Final[dict[MediaKind, str]] = {
    "audio": "microphone",
    "camera": "camera",
    "screen": "screen_share",
}
_PICTURES: Final = 30


def source_of(kind: MediaKind) -> str:
    """LiveKit's name for the track source of this kind."""
    return _SOURCES[kind]


@dataclass(frozen=True)
class Frame:
    """A captured frame, and its parts as an encrypted frame; None if it has another form."""

    captured: CapturedFrame
    sealed: SealedFrame | None


@dataclass
class _Read:
    """How many captured frames of a track were read, and the result."""

    count: int = 0
    frames: list[Frame] = field(default_factory=list)


_READ: WeakKeyDictionary[CapturedTrack, _Read] = WeakKeyDictionary()
"""Claims are observed again and again, so each frame is read only once."""


@dataclass(frozen=True)
class OpenedTrack:
    """Whole frames of one track by their number; `keys` are the numbers of key frames."""

    codec: Codec
    frames: dict[int, bytes]
    keys: frozenset[int]


@dataclass(frozen=True)
class Media:
    """Frames of `people`, captured by the SFU tap of their room. `name` names them in reports."""

    name: str
    sfu_tap: SfuTap
    people: Sequence[Participant]

    @property
    def watchers(self) -> list[Notifier]:
        """What reports that more frames came."""
        return [self.sfu_tap]

    async def pull(self) -> Forwarded:
        """Everything that was captured so far.

        Raises:
            InsufficientEvidence: the SFU tap is gone.
        """
        try:
            return await self.sfu_tap.pull()
        except SfuTapFailed as failure:
            raise InsufficientEvidence(str(failure)) from failure

    async def tracks(self) -> list[CapturedTrack]:
        """Every track of every participant in the room."""
        return list((await self.pull()).tracks.values())

    async def of(self, person: Participant, kind: MediaKind) -> list[CapturedTrack]:
        """One person's tracks of one kind."""
        return (await self.pull()).of(person.user_id, _SOURCES[kind])

    async def screen_sound(self, person: Participant) -> list[CapturedTrack]:
        """The published tracks with the sound of this person's screen, also without any frame."""
        return (await self.pull()).of(person.user_id, "screen_share_audio")

    async def frames(self, person: Participant, kind: MediaKind) -> list[Frame]:
        """One person's frames of one kind, without frames that the server injected."""
        return [frame for track in await self.of(person, kind) for frame in self.read(track)]

    def read(self, track: CapturedTrack) -> list[Frame]:
        """A track's whole frames, without frames that the server injected."""
        trailer = self.sfu_tap.forwarded.sif_trailer
        kept = _READ.setdefault(track, _Read())
        frames = kept.frames
        for captured in track.frames[kept.count :]:
            kept.count += 1
            try:
                if server_injected(captured.data, trailer) is not None:
                    continue
                sealed = (
                    sealed_frame(captured.data, track.codec, captured.key) if track.codec else None
                )
            except FrameNotOurs:
                sealed = None
            frames.append(Frame(captured, sealed))
        return list(frames)

    async def opened(
        self, person: Participant, kind: MediaKind, opener: Opener
    ) -> list[OpenedTrack]:
        """The frames of one person's tracks of one kind that this key decrypts."""
        return [
            OpenedTrack(
                track.codec,
                {
                    frame.captured.number: plain
                    for frame in self.read(track)
                    if frame.sealed is not None and (plain := opener.open(frame.sealed)) is not None
                },
                _keys(track),
            )
            for track in await self.of(person, kind)
            if track.codec is not None and track.frames
        ]

    def as_forwarded(self, track: CapturedTrack) -> OpenedTrack:
        """A track's frames as they were forwarded, without any decryption."""
        frames = {frame.number: frame.data for frame in track.frames}
        return OpenedTrack(track.codec or Codec.VP8, frames, _keys(track))

    def who(self, track: CapturedTrack) -> str:
        """The owner and the source of a track, in words."""
        names = {person.user_id: person.name for person in self.people}
        whose = names.get(track.identity, track.identity or "nobody")
        return f"{whose}'s {track.source or 'track'}"


def _keys(track: CapturedTrack) -> frozenset[int]:
    return frozenset(frame.number for frame in track.frames if frame.key)


def pictures(track: OpenedTrack) -> Stream:
    """Pictures for a decoder: consecutive frames from the first key frame on, then key frames."""
    numbers = sorted(track.frames)
    start = next((n for n in numbers if n in track.keys), None)
    chosen: list[int] = []
    if start is not None:
        n = start
        while n in track.frames and len(chosen) < _PICTURES:
            chosen.append(n)
            n += 1
        chosen += [k for k in numbers if k in track.keys and k >= n][: MOST_FRAMES - len(chosen)]
    return Stream(track.codec, [track.frames[number] for number in chosen])


def sounds(track: OpenedTrack) -> Stream:
    """The beginning of a track's sound, as long as the decoder takes it."""
    numbers = sorted(track.frames)[:MOST_FRAMES]
    return Stream(track.codec, [track.frames[number] for number in numbers])
