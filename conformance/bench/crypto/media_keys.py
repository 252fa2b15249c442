"""Claims about the key of audio and video.

The suite derives candidate keys and tries them on frames that the SFU forwarded to a participant
without the key. A key counts only if it decrypts something, and the decrypted content is decoded.
Frames that no known formula decrypts make a check inconclusive; they never pass.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from conformance.bench.core import timeouts
from conformance.bench.core.candidate_keys import (
    CandidateKey,
    WrongSecret,
    mistaken_keys_of,
    observed_keys,
    published_keys,
    secret_of,
    session_of,
)
from conformance.bench.core.claims import Claim, Observation, all_of
from conformance.bench.core.evaluation import given, until_true
from conformance.bench.core.participant import Participant
from conformance.bench.core.sfu_media import KINDS, Media, MediaKind, OpenedTrack, pictures, sounds
from conformance.keys.direct import direct_keys
from conformance.keys.frames import Codec
from conformance.keys.opener import Opener
from conformance.observers.media.decode import Content, read_contents
from conformance.observers.sfu_tap import CapturedTrack
from conformance.verdicts import ClaimFailed, ControlFailed, NotApplicable

DIRECT_FRAMES = 40
"""Frames of a track on which keys that are not derived are tried."""


async def keys_of(person: Participant) -> list[CandidateKey]:
    """Every known formula's key for this person, and the keys that a watched client created."""
    secret, session = secret_of(person), session_of(person)
    if not session:
        return []
    return [*await asyncio.to_thread(published_keys, secret, session), *observed_keys(person)]


def forwarded_enough(media: Media, kinds: Sequence[MediaKind], least: int = 0) -> Claim:
    """The control: frames of each person and kind were captured, and at least `least` in total."""

    async def look() -> Observation:
        counts: dict[str, int] = {}
        thin: list[str] = []
        screens = 0
        for number, person in enumerate(media.people, 1):
            for kind in kinds:
                name = f"{person.name}'s {kind} ({number})"
                counts[name] = len(await media.frames(person, kind))
                if kind == "screen":  # only one person shares the screen
                    screens += counts[name]
                elif counts[name] < timeouts.FRAMES_OF_KIND:
                    thin.append(name)
        if "screen" in kinds and screens < timeouts.FRAMES_OF_KIND:
            thin.append("screens")
        total = sum(counts.values())
        return Observation(
            not thin and total >= least,
            f"{total} whole frames captured" + (f", too few: {', '.join(thin)}" if thin else ""),
            dict(counts),
        )

    text = f"the SFU forwarded {' and '.join(kinds)} of {media.name}"
    return Claim(text, look, media.watchers, material=[media])


def forwarded_since(media: Media, person: Participant, kind: MediaKind, since: float) -> Claim:
    """The control: enough whole frames of one kind were captured after the Unix time `since`."""

    async def look() -> Observation:
        frames = await media.frames(person, kind)
        count = sum(frame.captured.at >= since for frame in frames)
        return Observation(
            count >= timeouts.FRAMES_AFTER,
            f"{count} whole frames captured, {timeouts.FRAMES_AFTER} needed",
            {"frames": count},
        )

    text = f"the SFU forwards {person.name}'s {kind} afterwards"
    return Claim(text, look, media.watchers, material=[media])


@dataclass(frozen=True)
class _Tried:
    """How many frames of one kind each formula's key decrypted, and the number of frames."""

    frames: int
    opened: Mapping[str, int]

    def share(self, profile: str) -> float:
        return self.opened.get(profile, 0) / self.frames if self.frames else 0.0


async def _try(media: Media, kind: MediaKind, keys: Iterable[CandidateKey]) -> _Tried:
    frames = [f for p in media.people for f in await media.frames(p, kind)]
    sealed = [f.sealed for f in frames if f.sealed is not None]
    return _Tried(len(frames), {k.profile: Opener(k.value).count(sealed) for k in keys})


async def opening(media: Media, kind: MediaKind, also: Media | None = None) -> list[CandidateKey]:
    """The known formulas' keys of the right secret that decrypt a frame of this kind.

    If none does, faulty formulas are tried. The keys of the session `also` are tried, too.
    """
    for keys in (keys_of, careless_keys_of):
        some = await keys(media.people[0])
        if also is not None:
            other = await keys(also.people[0])
            some += [replace(key, profile=f"{key.profile} of {also.name}") for key in other]
        tried = await _try(media, kind, some)
        if opened := [key for key in some if tried.opened[key.profile]]:
            return opened
    return []


async def careless_keys_of(person: Participant) -> list[CandidateKey]:
    """The keys that a faulty program would derive from this person's secret and Session ID."""
    return await asyncio.to_thread(mistaken_keys_of, person) if session_of(person) else []


async def best_key(
    media: Media, kinds: Sequence[MediaKind]
) -> tuple[CandidateKey | None, dict[MediaKind, _Tried]]:
    """The key whose worst kind is best, and what every key decrypted of each kind."""
    keys = await keys_of(media.people[0])
    tried = {kind: await _try(media, kind, keys) for kind in kinds}
    if not any(_total(tried, key) for key in keys):
        keys = await careless_keys_of(media.people[0])
        tried = {kind: await _try(media, kind, keys) for kind in kinds}
    ranked = sorted(
        keys,
        key=lambda k: (min(t.share(k.profile) for t in tried.values()), _total(tried, k)),
        reverse=True,
    )
    return (ranked[0] if ranked and _total(tried, ranked[0]) else None), tried


def _total(tried: Mapping[MediaKind, _Tried], key: CandidateKey) -> int:
    return sum(one.opened.get(key.profile, 0) for one in tried.values())


async def with_screen(media: Media, sharer: Participant) -> tuple[MediaKind, ...]:
    """Share a screen until enough of it was captured; return the kinds of media that exist.

    If the client also shares the screen's sound, enough of that was captured, too.

    Raises:
        ControlFailed: the client offers screen sharing and it does not work.
    """
    enough = all_of(
        f"the SFU forwarded {sharer.name}'s screen",
        forwarded_enough(replace(media, people=[sharer]), ("screen",)),
        screen_sound_forwarded(media, sharer),
    )
    if not (await enough.look()).true:
        try:
            await sharer.shares_screen()
        except NotApplicable:
            return ("audio", "camera")
        except ClaimFailed as failure:
            raise ControlFailed(f"could not prepare: {failure}") from failure
        await until_true(enough, sharer.alarm)
        await given(sharer.stops_sharing())
    return KINDS


def screen_sound_forwarded(media: Media, sharer: Participant) -> Claim:
    """Enough frames of the sound of a shared screen were captured, or no such track exists."""

    async def look() -> Observation:
        tracks = await media.screen_sound(sharer)
        count = sum(len(track.frames) for track in tracks)
        words = f"{count} frames of {len(tracks)} tracks" if tracks else "no such track"
        return Observation(not tracks or count >= timeouts.FRAMES_OF_KIND, words)

    text = f"the SFU forwarded the sound of {sharer.name}'s screen, if it is shared"
    return Claim(text, look, media.watchers, material=[media])


async def sealed_kinds(media: Media, kinds: Sequence[MediaKind]) -> tuple[MediaKind, ...]:
    """These kinds without unencrypted ones, which BLIND-3 judges; all if all are unencrypted."""
    key, tried = await best_key(media, kinds)
    if key is None or all(
        one.share(key.profile) >= timeouts.FRAMES_OPENED for one in tried.values()
    ):
        return tuple(kinds)
    clear = {track.sid for track, content in await read_as_forwarded(media) if content.shows}
    sealed = []
    for kind in kinds:
        sids = {track.sid for person in media.people for track in await media.of(person, kind)}
        sealed += [] if sids & clear else [kind]
    return tuple(sealed or kinds)


def some_key_opens(media: Media, *kinds: MediaKind, also: Media | None = None) -> Claim:
    """The control: a known formula's key decrypts frames of each of these kinds.

    The keys of the session `also` are tried, too: a claim judges that they decrypt nothing.
    """

    async def look() -> Observation:
        by = {kind: [k.profile for k in await opening(media, kind, also)] for kind in kinds}
        return Observation(
            all(by.values()),
            "; ".join(f"{kind}: {', '.join(b) or 'no known formula'}" for kind, b in by.items()),
            {"profiles": by},
        )

    text = f"a derived key opens {' and '.join(kinds)} of {media.name}"
    return Claim(text, look, [], material=[media] if also is None else [media, also])


def one_key_opens_all(media: Media, kinds: Sequence[MediaKind]) -> Claim:
    """One published formula's key decrypts at least 99 % of the frames of each kind.

    If no formula decrypts anything, the claim cannot be evaluated, unless the frames are readable
    without decryption: then it is false.
    """

    async def look() -> Observation:
        key, tried = await best_key(media, kinds)
        if key is None:
            clear = await readable_tracks(media)
            words = f"no known formula opens a frame; {_said(clear)}"
            return Observation(False, words, {"clear": clear}, readable=bool(clear))
        shares = {kind: one.share(key.profile) for kind, one in tried.items()}
        return Observation(
            key.published and all(share >= timeouts.FRAMES_OPENED for share in shares.values()),
            f"{key.profile}{'' if key.published else ', which is not published,'} opens "
            + ", ".join(
                f"{one.opened[key.profile]} of {one.frames} frames of {kind}"
                for kind, one in tried.items()
            ),
            {"profile": key.profile, "shares": shares},
        )

    text = "one key of a published profile opens sound and pictures"
    return Claim(text, look, [], material=[media])


def none_opened_with(media: Media, secret: str, kinds: Sequence[MediaKind], what: str) -> Claim:
    """No known formula decrypts a frame with this wrong secret; `what` names it in reports."""
    wrong = WrongSecret(secret, session_of(media.people[0]), what)

    async def look() -> Observation:
        session = session_of(media.people[0])
        keys = await asyncio.to_thread(published_keys, secret, session)
        tried = {kind: await _try(media, kind, keys) for kind in kinds}
        opened = sum(sum(one.opened.values()) for one in tried.values())
        frames = sum(one.frames for one in tried.values())
        return Observation(
            frames > 0 and not opened,
            f"{len(keys)} keys of {what} tried on {frames} frames, {opened} opened",
            {"opened": opened, "frames": frames},
        )

    return Claim(f"{what} opens no frame", look, [], material=[media, wrong])


def opened_is_theirs(media: Media, kinds: Sequence[MediaKind]) -> Claim:
    """The decrypted media has the sender's mark and tones, and no other person's."""

    async def look() -> Observation:
        key, _ = await best_key(media, kinds)
        if key is None:
            return Observation(False, "no known formula opens a frame", readable=False)
        opener = Opener(key.value)
        wanted: list[tuple[Participant, MediaKind, OpenedTrack]] = []
        for person in media.people:
            for kind in kinds:
                tracks = await media.opened(person, kind, opener)
                wanted += [(person, kind, track) for track in tracks]
        streams = [
            sounds(track) if kind == "audio" else pictures(track) for _, kind, track in wanted
        ]
        # by person and kind: one of several screen tracks may be too short to show a mark
        read: dict[tuple[str, MediaKind], tuple[int, int]] = {}
        for (person, kind, _), content in zip(wanted, await read_contents(streams), strict=True):
            good, bad = _theirs(content, person, kind)
            before = read.get((person.name, kind), (0, 0))
            read[person.name, kind] = (before[0] + good, before[1] + bad)
        seen = {
            f"{name}'s {kind}": f"{good} read as {name}'s" + (f", {bad} not" if bad else "")
            for (name, kind), (good, bad) in read.items()
        }
        wrong = [name for name, (_, bad) in read.items() if bad]
        unread = [name for name, (good, _) in read.items() if not good]
        return Observation(
            bool(seen) and not wrong and not unread,
            "; ".join(f"{name}: {words}" for name, words in seen.items()) or "nothing opened",
            {"read": seen},
        )

    text = "opened pictures and sound are the sender's"
    return Claim(text, look, [], material=[media])


def _theirs(content: Content, person: Participant, kind: MediaKind) -> tuple[int, int]:
    """The number of readings of this person, and of anybody else."""
    if kind == "audio":
        good = sum(pair == person.mark.tones for pair in content.tones)
        return good, len(content.tones) - good
    source = "screen" if kind == "screen" else "camera"
    good = sum(r.identity == person.mark.identity and r.source == source for r in content.readings)
    return good, len(content.readings) - good


def opened_by_none_of(media: Media, other: Media, kind: MediaKind) -> Claim:
    """No key that decrypts this kind in the other session decrypts it in this session."""

    async def look() -> Observation:
        keys = await opening(other, kind)
        tried = await _try(media, kind, keys)
        both = [profile for profile, n in tried.opened.items() if n]
        return Observation(
            bool(keys) and tried.frames > 0 and not both,
            f"{len(keys)} keys open {kind} of {other.name}; on {tried.frames} frames of "
            f"{media.name}: "
            + (
                ", ".join(f"{profile} opens {tried.opened[profile]}" for profile in both)
                or "none opens one"
            ),
            {"opening_other": [key.profile for key in keys], "opening_both": both},
            readable=bool(keys) and tried.frames > 0,
        )

    text = f"no {kind} key that opens {other.name} opens {media.name}"
    return Claim(text, look, [], material=[media, other])


def opened_directly(media: Media) -> Claim:
    """A frame decrypts with the secret as the key, or with a plain hash of it; for negatives."""

    async def look() -> Observation:
        keys = direct_keys(secret_of(media.people[0]))
        sealed = [
            frame.sealed
            for person in media.people
            for kind in KINDS
            for frame in (await media.frames(person, kind))[:DIRECT_FRAMES]
            if frame.sealed is not None
        ]
        by = [name for name, value in keys.items() if Opener(value).count(sealed)]
        return Observation(
            bool(by),
            f"{len(keys)} ways to use the secret as a key tried on {len(sealed)} frames: "
            + (", ".join(by) or "none opens one"),
            {"tried": len(keys), "frames": len(sealed), "by": by},
            readable=bool(sealed),
        )

    return Claim(f"the secret itself is a key of {media.name}", look, [], material=[media])


async def read_as_forwarded(media: Media) -> list[tuple[CapturedTrack, Content]]:
    """The content of each track's frames as they were forwarded, without decryption."""
    tracks = [track for track in await media.tracks() if track.frames and track.codec]
    streams = [
        (sounds if track.codec is Codec.OPUS else pictures)(media.as_forwarded(track))
        for track in tracks
    ]
    return list(zip(tracks, await read_contents(streams), strict=True))


async def readable_tracks(media: Media) -> dict[str, str]:
    """What was read from tracks that show a mark or play tones without decryption, by track."""
    found: dict[str, str] = {}
    for track, content in await read_as_forwarded(media):
        if content.shows:
            name = f"{media.who(track)} ({track.sid})"
            marks, windows = len(content.readings), len(content.tones)
            found[name] = f"{marks} pictures with a mark, {windows} windows of tones"
    return found


def _said(clear: Mapping[str, str]) -> str:
    if not clear:
        return "the frames are not readable without a key"
    return "unencrypted: " + "; ".join(f"{who}: {words}" for who, words in clear.items())
