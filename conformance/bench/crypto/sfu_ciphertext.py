"""Claims about what the SFU forwards: every track is ciphertext, no mark or tone is readable.

Only content counts. A track is ciphertext if a key derived from its sender's secret decrypts it.
It is unencrypted if a mark or tones can be read from the frames as they are. The same reader reads
a plain room's frames in the same run, which shows that it detects unencrypted media. What LiveKit
says about a track's encryption is kept as evidence and proves nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import groupby

from conformance.bench.core import timeouts
from conformance.bench.core.candidate_keys import published_keys, session_of
from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.room import RoomFactory
from conformance.bench.core.sfu_media import Frame, Media
from conformance.bench.crypto.media_keys import (
    careless_keys_of,
    keys_of,
    read_as_forwarded,
    readable_tracks,
)
from conformance.keys.opener import Opener
from conformance.observers.sfu_tap import CapturedTrack


def plain_room_is_readable(factory: RoomFactory) -> Claim:
    """The control: the same reader reads marks and tones from a plain room's frames."""

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
        return Observation(
            shown >= people and heard >= people and sealed < len(frames) / 10,
            f"unencrypted: {shown} tracks with marks and {heard} with tones, of {people} people; "
            f"{sealed} of {len(frames)} frames look encrypted",
            {"shown": shown, "heard": heard, "frames": len(frames), "sealed": sealed},
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


def every_track_is_ciphertext(media: Media) -> Claim:
    """Each track of each person decrypts with a key that is derived from this person's secret.

    If no known formula decrypts anything of a person, the claim cannot be evaluated. If one
    decrypts only some of the person's tracks, the other tracks make the claim false. So does a
    track from which a mark or tones can be read as it was forwarded.
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
        shares: dict[str, float] = {}
        stretches: dict[str, int] = {}
        known: set[str] = set()
        silent: list[str] = []
        lost: dict[str, str] = {}
        for track in await media.tracks():
            name = f"{media.who(track)} ({track.sid})"
            frames = media.read(track)
            if not frames:
                silent.append(name)
                continue
            opened = _best(openers.get(track.identity, anybodys), frames)
            shares[name] = sum(opened) / len(frames)
            stretches[name] = _longest_false(opened)
            if any(opened):
                known.add(track.identity)
            if shares[name] < timeouts.FRAMES_OPENED or stretches[name] >= timeouts.FRAMES_UNOPENED:
                lost[name] = track.identity
        strange = [name for name, identity in lost.items() if identity in known]
        clear = await readable_tracks(media) if lost else {}
        return Observation(
            bool(shares) and not lost,
            f"{len(shares) - len(lost)} of {len(shares)} tracks open with a derived key"
            + (
                f", others do not: {', '.join(_part(n, shares, stretches) for n in lost)}"
                if lost
                else ""
            )
            + "".join(f"; unencrypted, {who}: {words}" for who, words in clear.items())
            + (f"; without any frame: {', '.join(silent)}" if silent else ""),
            {
                "shares": shares,
                "unopened_in_a_row": stretches,
                "silent": silent,
                "clear": clear,
                "tracks": _facts(media, await media.tracks()),
            },
            readable=bool(shares) and (not lost or bool(strange or clear)),
        )

    return Claim("every track of every person is ciphertext", look, [], material=[media])


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


def _longest_false(opened: Sequence[bool]) -> int:
    """The most consecutive frames that did not decrypt: they may be unencrypted."""
    return max((len(list(run)) for is_open, run in groupby(opened) if not is_open), default=0)


def _part(name: str, shares: Mapping[str, float], stretches: Mapping[str, int]) -> str:
    return f"{name}: {shares[name]:.1%}, {stretches[name]} in a row do not"


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
