"""Unencrypted pictures and sound, injected into a room where they must not be rendered.

The frames come from the sanity check's plain room, with its participants' marks and tones. A client
that renders them shows these marks; the control proves that the client received them.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from conformance.bench.core import timeouts
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.participant import Participant
from conformance.bench.core.room import Room
from conformance.bench.core.sfu_media import Media, OpenedTrack, pictures, sounds, source_of
from conformance.bench.sessions.replay import MEDIA, replayer
from conformance.keys.frames import Codec
from conformance.observers.media.decode import read_contents
from conformance.observers.sfu_tap import CapturedFrame, CapturedTrack
from conformance.observers.sfu_tap.replay import Replayed
from conformance.verdicts import InsufficientEvidence

_CODECS: dict[Replayed, Codec] = {"audio": Codec.OPUS, "camera": Codec.VP8}


@dataclass(frozen=True)
class Injected:
    """Clear frames of `source`, a plain room's participant, published as `identity`.

    `trailer`: bytes at the end of each frame that mark it as sent by the server.
    """

    what: str
    source: Participant
    identity: str
    room: Room
    trailer: bytes

    def is_forwarded_in_clear(self) -> Claim:
        """The control: the SFU forwards these frames in this room, and they are readable."""

        async def look() -> Observation:
            if self.room.sfu_tap is None:
                return Observation(False, self.room.no_sfu_tap)
            tracks = (await self.room.sfu_tap.pull()).of(self.identity)
            counts = {track.source: self._ours(track) for track in tracks}
            few = any(
                len(counts.get(source_of(kind), {})) < timeouts.FRAMES_OF_KIND for kind in MEDIA
            )
            if few:
                words = ", ".join(f"{len(frames)} of {kind}" for kind, frames in counts.items())
                return Observation(False, f"too few frames: {words or 'none'}")
            streams = [
                (sounds if track.codec is Codec.OPUS else pictures)(
                    OpenedTrack(track.codec or Codec.VP8, self._ours(track), _keys(track))
                )
                for track in tracks
            ]
            contents = await read_contents(streams)
            shown = sum(len(one.pictures_of(self.source.mark.identity)) for one in contents)
            heard = sum(pair == self.source.mark.tones for one in contents for pair in one.tones)
            return Observation(
                shown > 0 and heard > 0,
                f"{shown} pictures and {heard} windows of tones of {self.source.name} read",
                {"frames": {kind: len(frames) for kind, frames in counts.items()}},
            )

        watchers = [self.room.sfu_tap] if self.room.sfu_tap else []
        return Claim(f"{self.what} is forwarded to everybody in the room", look, watchers)

    def is_rendered_by(self, *people: Participant) -> list[Claim]:
        """The negative claims: a participant's page shows or plays any of it."""
        return [
            claim
            for person in people
            for claim in (person.sees_at_all(self.source), person.hears_at_all(self.source))
        ]

    def _ours(self, track: CapturedTrack) -> dict[int, bytes]:
        """A track's frames without the trailer; ignores frames that were not injected."""
        return {
            frame.number: frame.data.removesuffix(self.trailer)
            for frame in track.frames
            if frame.data.endswith(self.trailer)
        }


async def inject(
    parts: AsyncExitStack,
    room: Room,
    clear: Media,
    source: Participant,
    *,
    trailer: bytes = b"",
    encrypted: Collection[Replayed] = (),
) -> Injected:
    """Publish the forwarded clear frames of `source` until `parts` closes.

    `encrypted` are announced as encrypted, and are published first. `trailer` is added to each
    frame.

    Raises:
        InsufficientEvidence: there are no such frames, or they cannot be published.
    """
    what = "an injected frame" if trailer else "an unencrypted track"
    order = sorted(MEDIA, key=lambda kind: kind not in encrypted)
    frames = {kind: await _frames(clear, source, kind, trailer) for kind in order}
    who = await parts.enter_async_context(replayer(room))
    await parts.enter_async_context(who.publishes(frames, encrypted=encrypted))
    return Injected(what, source, who.user_id, room, trailer)


async def _frames(
    clear: Media, source: Participant, kind: Replayed, trailer: bytes
) -> list[CapturedFrame]:
    tracks = [track for track in await clear.of(source, kind) if track.codec is _CODECS[kind]]
    if not tracks:
        raise InsufficientEvidence(
            f"the plain room's {kind} is not {_CODECS[kind]}: the injector publishes nothing else"
        )
    return [replace(frame, data=frame.data + trailer) for frame in tracks[0].frames]


def _keys(track: CapturedTrack) -> frozenset[int]:
    return frozenset(frame.number for frame in track.frames if frame.key)
