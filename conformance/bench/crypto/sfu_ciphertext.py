"""Claims about what the SFU forwards: every track ciphertext, nobody's mark or tone readable.

Content is what counts. A track is ciphertext when a key derived from its sender's secret opens
it; it is clear when somebody's mark or tones can be read off the frames as they are. The same
reader reads a plain room's frames in the same run: it does read what is clear. What LiveKit says
of a track's encryption is kept as evidence and proves nothing.
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
    """The control: of a plain room's frames the same reader reads marks and tones."""

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
            f"in clear: {shown} tracks with marks and {heard} with tones, of {people} people; "
            f"{sealed} of {len(frames)} frames read as sealed",
            {"shown": shown, "heard": heard, "frames": len(frames), "sealed": sealed},
        )

    return Claim("of a plain room's frames, marks and tones are read", look, [])


def anything_in_clear(media: Media) -> Claim:
    """Somebody's mark or tones can be read off the frames as they are forwarded: for negatives."""

    async def look() -> Observation:
        clear = await readable_tracks(media)
        tracks = [track for track in await media.tracks() if track.frames]
        return Observation(
            bool(clear),
            "; ".join(f"{who}: {words}" for who, words in clear.items())
            or f"nothing can be read of {len(tracks)} tracks as they were forwarded",
            {"clear": clear, "tracks": _facts(media, tracks)},
            readable=bool(tracks),
        )

    return Claim("the SFU forwards content in clear", look, [], material=[media])


def every_track_is_ciphertext(media: Media) -> Claim:
    """Each track of each person opens with a key that is derived from this person's secret.

    Where no known formula opens anything of a person, nobody can say so; where one opens some of
    the person's tracks but not others, the others are not what they should be, and neither is one
    of which a mark or tones can be read as it was forwarded.
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
            + (f", not so: {', '.join(_part(n, shares, stretches) for n in lost)}" if lost else "")
            + "".join(f"; in clear, {who}: {words}" for who, words in clear.items())
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

    return Claim("every track of everybody is ciphertext", look, [], material=[media])


def nothing_opens_without_a_secret(media: Media) -> Claim:
    """No frame of anybody opens with a key of the empty secret, which anybody can derive."""

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
    """Which frames the key opens that opens the most of them."""
    tried = [
        [f.sealed is not None and opener.open(f.sealed) is not None for f in frames]
        for opener in openers
    ]
    return max(tried, key=sum, default=[False] * len(frames))


def _longest_false(opened: Sequence[bool]) -> int:
    """Frames that did not open, one after the other: what was sent otherwise for a while."""
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
