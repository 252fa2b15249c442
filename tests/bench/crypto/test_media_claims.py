"""Claims about forwarded media judge encrypted, clear, wrongly encrypted and unknown frames."""

from __future__ import annotations

import operator
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from conformance.bench.core import candidate_keys
from conformance.bench.core.sfu_media import Media
from conformance.bench.crypto import media_keys, sfu_ciphertext
from conformance.keys.direct import direct_keys
from conformance.keys.frames import Codec, seal_frame
from conformance.keys.mistakes import mistaken_keys
from conformance.keys.profiles import PROFILES
from conformance.observers.marks import Mark, tones
from conformance.observers.sfu_tap import CapturedFrame, CapturedTrack, Forwarded

sys.path.append(str(Path(__file__).parents[2] / "observers"))
from encoded_marks import pictures, sounds

SECRET, SESSION = "the right one", "session-1"


@dataclass
class Person:
    name: str
    mark: Mark
    secret: str = SECRET
    session: str = SESSION
    room: str = "room-1"
    made_keys: None = None

    @property
    def user_id(self) -> str:
        return f"{self.name}-1"


class Kept:
    """An SFU tap with the frames of a test."""

    def __init__(self) -> None:
        self.forwarded = Forwarded()

    async def pull(self) -> Forwarded:
        return self.forwarded

    def put(self, who: Person, kind: str, frames: Iterable[bytes]) -> None:
        source = "microphone" if kind == "audio" else "camera"
        mime = "audio/opus" if kind == "audio" else "video/VP8"
        sid = f"TR_{len(self.forwarded.tracks)}"
        track = CapturedTrack(sid, who.user_id, kind, source, mime)
        track.frames = [
            CapturedFrame(data, n, kind == "video" and n == 0, n, 1, 0.0)
            for n, data in enumerate(frames)
        ]
        track.seen = len(track.frames)
        self.forwarded.tracks[sid] = track


@pytest.fixture(autouse=True)
def _people_without_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (media_keys, candidate_keys, sfu_ciphertext):
        for name, field in (
            ("secret_of", "secret"),
            ("session_of", "session"),
            ("room_of", "room"),
        ):
            monkeypatch.setattr(module, name, operator.attrgetter(field), raising=False)


ALICE = Person("alice", Mark(777, tones.pair_of(777)))
MALLORY = Person("mallory", Mark(9, tones.pair_of(9)), "a wrong one")


def clear_of(who: Person) -> tuple[list[bytes], list[bytes]]:
    return sounds(who.mark.identity), pictures(who.mark.identity, 24)


def sealed(frames: Iterable[bytes], codec: Codec, key: bytes) -> list[bytes]:
    return [
        seal_frame(frame, key, os.urandom(12), codec, codec is Codec.VP8 and n == 0)
        for n, frame in enumerate(frames)
    ]


def room(*people: Person, profile: str = "livekit-pbkdf2-raw") -> tuple[Media, Kept]:
    kept = Kept()
    for who in people:
        key = PROFILES[profile].derive(who.secret, who.session)
        sound, picture = clear_of(who)
        kept.put(who, "audio", sealed(sound, Codec.OPUS, key))
        kept.put(who, "video", sealed(picture, Codec.VP8, key))
    sfu_tap: Any = kept
    members: Any = people
    return Media("a session", sfu_tap, members), kept


async def test_encrypted_media_opens_and_carries_its_senders_marks() -> None:
    media, _ = room(ALICE)
    assert (await media_keys.one_key_opens_all(media, ("audio", "camera")).look()).true
    assert (await media_keys.opened_is_theirs(media, ("audio", "camera")).look()).true
    wrong = media_keys.none_opened_with(media, "nobody's", ("audio", "camera"), "a wrong secret")
    assert (await wrong.look()).true
    assert not (await media_keys.opened_directly(media).look()).true
    assert not (await sfu_ciphertext.anything_in_clear(media).look()).true
    assert (await sfu_ciphertext.every_track_is_ciphertext(media).look()).true


async def test_another_persons_mark_in_opened_frames_is_noticed() -> None:
    media, _ = room(ALICE)
    other: Any = [replace(ALICE, mark=MALLORY.mark)]
    seen = await media_keys.opened_is_theirs(replace(media, people=other), ("camera",)).look()
    assert not seen.true


async def test_mallorys_tracks_are_ciphertext_under_her_own_key() -> None:
    media, _ = room(ALICE, MALLORY)
    assert (await sfu_ciphertext.every_track_is_ciphertext(media).look()).true


async def test_clear_media_is_recognised_and_fails() -> None:
    media, kept = room()
    media = replace(media, people=[ALICE])  # type: ignore[list-item]
    sound, picture = clear_of(ALICE)
    kept.put(ALICE, "audio", sound)
    kept.put(ALICE, "video", picture)
    clear = await sfu_ciphertext.anything_in_clear(media).look()
    assert clear.true
    assert len(clear.data["clear"]) == 2
    opened = await media_keys.one_key_opens_all(media, ("audio", "camera")).look()
    assert not opened.true
    assert opened.readable


async def test_one_clear_track_among_encrypted_ones_fails() -> None:
    media, kept = room(ALICE)
    kept.put(ALICE, "video", [os.urandom(400) for _ in range(30)])
    seen = await sfu_ciphertext.every_track_is_ciphertext(media).look()
    assert not seen.true
    assert seen.readable


async def test_an_unknown_formula_is_inconclusive() -> None:
    media, kept = room()
    media = replace(media, people=[ALICE])  # type: ignore[list-item]
    sound, picture = clear_of(ALICE)
    kept.put(ALICE, "audio", sealed(sound, Codec.OPUS, os.urandom(16)))
    kept.put(ALICE, "video", sealed(picture, Codec.VP8, os.urandom(16)))
    for claim in (
        media_keys.one_key_opens_all(media, ("audio", "camera")),
        media_keys.opened_by_none_of(media, media, "audio"),
        sfu_ciphertext.every_track_is_ciphertext(media),
    ):
        seen = await claim.look()
        assert not seen.true
        assert not seen.readable
    assert not (await media_keys.some_key_opens(media, "audio").look()).true


async def test_a_key_of_both_sessions_is_found_and_a_bound_one_is_not() -> None:
    second = replace(ALICE, session="session-2")
    one, _ = room(ALICE)
    two, _ = room(second)
    tried = await media_keys.opened_by_none_of(two, one, "audio").look()
    assert not tried.true
    assert tried.readable
    assert tried.data["opening_both"] == ["livekit-pbkdf2-raw"]
    bound = "session-bound-pbkdf2-then-livekit"
    one, _ = room(ALICE, profile=bound)
    two, _ = room(second, profile=bound)
    assert (await media_keys.opened_by_none_of(two, one, "audio").look()).true


async def test_the_secret_itself_as_the_key_is_found() -> None:
    media, kept = room()
    media = replace(media, people=[ALICE])  # type: ignore[list-item]
    key = direct_keys(SECRET)["md5, first 16 bytes"]
    kept.put(ALICE, "audio", sealed(clear_of(ALICE)[0], Codec.OPUS, key))
    seen = await media_keys.opened_directly(media).look()
    assert seen.true
    assert seen.data["by"] == ["md5, first 16 bytes"]


async def test_server_injected_frames_are_ignored() -> None:
    media, kept = room(ALICE)
    kept.forwarded.sif_trailer = b"the room's own trailer"
    silence = bytes.fromhex("f8fffe") + bytes(77)
    track = next(iter(kept.forwarded.tracks.values()))
    injected = silence + kept.forwarded.sif_trailer
    track.frames.append(CapturedFrame(injected, len(track.frames), False, 0, 1, 0.0))
    assert (await sfu_ciphertext.every_track_is_ciphertext(media).look()).true


async def test_a_few_consecutive_clear_frames_fail_whatever_their_share() -> None:
    media, kept = room(ALICE)
    track = next(iter(kept.forwarded.tracks.values()))
    track.frames *= 20
    few = [replace(frame, data=os.urandom(60)) for frame in track.frames[:5]]
    track.frames[len(track.frames) // 2 : len(track.frames) // 2] = few
    seen = await sfu_ciphertext.every_track_is_ciphertext(media).look()
    assert min(seen.data["shares"].values()) >= 0.99
    assert max(seen.data["unopened_in_a_row"].values()) == 5
    assert not seen.true
    assert seen.readable


async def test_a_careless_formula_is_recognised_as_unpublished() -> None:
    media, kept = room()
    media = replace(media, people=[ALICE])  # type: ignore[list-item]
    keys = {key.name: key.value for key in mistaken_keys(SECRET, SESSION, ALICE.room)}
    name = "session-bound-pbkdf2-then-livekit with 1,000 rounds"
    kept.put(ALICE, "audio", sealed(clear_of(ALICE)[0], Codec.OPUS, keys[name]))
    seen = await media_keys.one_key_opens_all(media, ("audio",)).look()
    assert not seen.true
    assert seen.readable
    assert seen.data["profile"] == name
    assert (await sfu_ciphertext.every_track_is_ciphertext(media).look()).true


async def test_frames_under_the_empty_secret_fail() -> None:
    nobody = replace(MALLORY, secret="")
    media, _ = room(ALICE, nobody)
    assert not (await sfu_ciphertext.nothing_opens_without_a_secret(media).look()).true
    media, _ = room(ALICE, MALLORY)
    assert (await sfu_ciphertext.nothing_opens_without_a_secret(media).look()).true


async def test_a_single_clear_frame_fails_also_if_only_its_end_was_kept() -> None:
    media, kept = room(ALICE)
    track = next(iter(kept.forwarded.tracks.values()))
    kept.forwarded.sif_trailer = b"the room's own trailer"
    ends = [*(frame.data[-48:] for frame in track.frames), b"", b"ab the room's own trailer"]
    track.tails = dict(enumerate(ends, start=1_000))
    assert (await sfu_ciphertext.every_track_is_ciphertext(media).look()).true
    track.tails[2_000] = b"\x01" * 48
    seen = await sfu_ciphertext.every_track_is_ciphertext(media).look()
    assert (seen.true, seen.readable) == (False, True)
    assert "1 have no trailer" in seen.words


@pytest.mark.parametrize(
    ("frame", "readable"), [(b"\x12\x00\x32\x02ab", True), (b"\x91\x07\xee\x31\x44", False)]
)
async def test_a_codec_that_cannot_be_opened_fails_only_in_clear(
    frame: bytes, readable: bool
) -> None:
    media, kept = room(ALICE)
    kept.put(ALICE, "video", [frame] * 3)
    kept.forwarded.tracks["TR_2"].mime = "video/AV1"
    seen = await sfu_ciphertext.every_track_is_ciphertext(media).look()
    assert (seen.true, seen.readable) == (False, readable)
