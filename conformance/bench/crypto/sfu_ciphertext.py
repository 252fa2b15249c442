"""Claims about what the SFU forwards: every track is ciphertext, no mark or tone is readable.

Only content counts. A track is ciphertext if a key derived from its sender's secret decrypts it.
It is unencrypted if a mark or tones can be read from the frames as they are. The same reader reads
a plain room's frames in the same run, which shows that it detects unencrypted media. What LiveKit
says about a track's encryption is kept as evidence and proves nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.bench.core import timeouts
from conformance.bench.core.candidate_keys import published_keys, session_of
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.room import RoomFactory
from conformance.bench.core.sfu_media import Frame, Media
from conformance.bench.crypto.clear_parts import clear_beside
from conformance.bench.crypto.media_keys import (
    careless_keys_of,
    keys_of,
    read_as_forwarded,
    readable_tracks,
)
from conformance.bench.crypto.runs import longest_false
from conformance.bench.crypto.sent_frames import senders_without_transform
from conformance.keys.opener import Opener
from conformance.observers.media.av1 import reads_as_av1
from conformance.observers.sfu_tap import CapturedTrack


def plain_room_is_readable(factory: RoomFactory) -> Claim:
    """The control: the same reader reads marks and tones from a plain room's frames.

    The tap at the senders has noticed there that every person sends without a transform.
    """

    async def look() -> Observation:
        plain = factory.plain
        if plain is None:
            return Observation(False, factory.no_plain)
        read = await read_as_forwarded(plain)
        shown = sum(any(content.readings) for _, content in read)
        heard = sum(any(content.tones) for _, content in read)
        frames = [frame for track in await plain.tracks() for frame in plain.read(track)]
        sealed = sum(frame.sealed is not None for frame in frames)
        people = len(plain.people)
        senders = [senders_without_transform(person) for person in plain.people]
        return Observation(
            min(shown, heard) >= people and min(senders) > 0 and sealed < len(frames) / 10,
            f"unencrypted: {shown} tracks with marks and {heard} with tones, of {people} people; "
            f"{sealed} of {len(frames)} frames look encrypted; {sum(senders)} senders without a "
            "transform",
            {
                "shown": shown,
                "heard": heard,
                "frames": len(frames),
                "sealed": sealed,
                "senders": senders,
            },
        )

    return Claim("marks and tones of a plain room's frames are readable", look, [])


def anything_in_clear(media: Media) -> Claim:
    """A mark or tones can be read from the frames as they are forwarded; for negatives."""

    async def look() -> Observation:
        clear = await readable_tracks(media)
        tracks = [track for track in await media.tracks() if track.frames]
        return Observation(
            bool(clear),
            "; ".join(f"{who}: {words}" for who, words in clear.items())
            or f"{len(tracks)} tracks are not readable as they were forwarded",
            {"clear": clear, "tracks": _facts(media, tracks)},
            readable=bool(tracks),
        )

    return Claim("the SFU forwards unencrypted content", look, [], material=[media])


@dataclass(frozen=True)
class _Track:
    """What was found in one track's frames. `unsealed` frames lack an encrypted frame's trailer."""

    name: str
    identity: str
    share: float
    in_a_row: int
    unsealed: int
    beside: int

    @property
    def clear(self) -> bool:
        """Whether it has frames in clear, if the sender is known to encrypt in LiveKit's format."""
        return bool(self.unsealed or self.beside)

    @property
    def lost(self) -> bool:
        """Whether it is not ciphertext as a whole."""
        few = self.share < timeouts.FRAMES_OPENED or self.in_a_row >= timeouts.FRAMES_UNOPENED
        return few or self.clear

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.share:.1%}, {self.in_a_row} in a row do not"
            + (f", {self.unsealed} have no trailer" if self.unsealed else "")
            + (f", {self.beside} carry data in clear beside the ciphertext" if self.beside else "")
        )


def every_track_is_ciphertext(media: Media) -> Claim:
    """Each track of each person decrypts with a key that is derived from this person's secret.

    If no known formula decrypts anything of a person, the claim cannot be evaluated. If one
    decrypts only some of the person's tracks, the other tracks make the claim false. So does a
    single frame without the trailer of an encrypted frame, and a track from which a mark or tones
    can be read as it was forwarded. A track in a codec that the suite cannot open makes the claim
    false only if it reads as unencrypted.
    """

    async def look() -> Observation:
        openers = {
            person.user_id: [
                Opener(key.value)
                for key in (*await keys_of(person), *await careless_keys_of(person))
            ]
            for person in media.people
        }
        anybodys = [opener for some in openers.values() for opener in some]
        read: list[_Track] = []
        known: set[str] = set()
        silent: list[str] = []
        foreign: list[str] = []
        clear: dict[str, str] = {}
        for track in await media.tracks():
            name = f"{media.who(track)} ({track.sid})"
            frames = media.read(track)
            if not frames:
                silent.append(name)
            elif track.codec is None:
                if in_clear := sum(reads_as_av1(frame.captured.data) for frame in frames):
                    clear[name] = f"{in_clear} frames are readable {track.mime}"
                foreign.append(f"{name}, {track.mime or 'unknown codec'}")
            else:
                opened = _best(openers.get(track.identity, anybodys), frames)
                read.append(_found(media, track, name, frames, opened))
                known |= {track.identity} if any(opened) else set()
        lost = [track for track in read if track.lost]
        clear |= await readable_tracks(media) if lost else {}
        strange = any(track.identity in known for track in lost)
        return Observation(
            bool(read) and not lost and not clear and not foreign,
            f"{len(read) - len(lost)} of {len(read)} tracks open with a derived key"
            + (f", others do not: {', '.join(map(str, lost))}" if lost else "")
            + "".join(f"; unencrypted, {who}: {words}" for who, words in clear.items())
            + (f"; this suite cannot open: {', '.join(foreign)}" if foreign else "")
            + (f"; without any frame: {', '.join(silent)}" if silent else ""),
            {
                "shares": {track.name: track.share for track in read},
                "unopened_in_a_row": {track.name: track.in_a_row for track in read},
                "without_trailer": {track.name: track.unsealed for track in read},
                "silent": silent,
                "clear": clear,
                "tracks": _facts(media, await media.tracks()),
            },
            readable=strange or bool(clear) or (bool(read) and not lost and not foreign),
        )

    return Claim("every track of every person is ciphertext", look, [], material=[media])


def _found(
    media: Media, track: CapturedTrack, name: str, frames: Sequence[Frame], opened: Sequence[bool]
) -> _Track:
    unsealed = sum(frame.sealed is None and bool(frame.captured.data) for frame in frames)
    return _Track(
        name,
        track.identity,
        sum(opened) / len(frames),
        longest_false(opened),
        unsealed + track.unsealed_ends(media.sfu_tap.forwarded.sif_trailer),
        clear_beside([frame.sealed for frame in frames], track.codec),
    )


def nothing_opens_without_a_secret(media: Media) -> Claim:
    """No frame decrypts with a key of the empty secret, which anybody can derive."""

    async def look() -> Observation:
        sessions = {session_of(person) for person in media.people} - {""}
        openers = [
            Opener(key.value)
            for session in sorted(sessions)
            for key in await asyncio.to_thread(published_keys, "", session)
        ]
        opened: dict[str, int] = {}
        frames = 0
        for track in await media.tracks():
            read = media.read(track)
            frames += len(read)
            if count := sum(_best(openers, read)):
                opened[f"{media.who(track)} ({track.sid})"] = count
        return Observation(
            bool(frames) and not opened,
            f"{len(openers)} keys of an empty secret tried on {frames} frames"
            + (f", opened: {opened}" if opened else ", none opens one"),
            {"opened": opened, "frames": frames},
            readable=bool(frames),
        )

    text = "no frame opens with a key that needs no secret"
    return Claim(text, look, [], material=[media])


def _best(openers: Sequence[Opener], frames: Sequence[Frame]) -> list[bool]:
    """For the key that decrypts the most frames: whether it decrypts each frame."""
    tried = [
        [f.sealed is not None and opener.open(f.sealed) is not None for f in frames]
        for opener in openers
    ]
    return max(tried, key=sum, default=[False] * len(frames))


def _facts(media: Media, tracks: list[CapturedTrack]) -> list[dict[str, object]]:
    return [
        {
            "whose": media.who(track),
            "codec": track.mime,
            "claims": track.encryption,
            "frames": track.seen,
            "kept": len(track.frames),
            "too_large": track.cut,
        }
        for track in tracks
    ]
