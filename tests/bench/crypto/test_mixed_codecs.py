"""Participants with different codecs: whose codec was set, and how AV1 is judged."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.bench.core.claims import Claim, Observation
from conformance.bench.core.sfu_media import Media
from conformance.bench.crypto.mixed_codecs import AllPublishers, MixedCodecRoom
from conformance.observers.notifier import Notifier
from conformance.observers.page.sender_tap import SenderTap
from conformance.observers.sfu_tap import CapturedFrame, CapturedTrack, Forwarded
from conformance.verdicts import InsufficientEvidence, NotApplicable

CLEAR, SEALED = b"\x12\x00\x32\x02ab", b"\x91\x07\xee\x31\x44"


class Kept(Notifier):
    """An SFU tap with the tracks of a test."""

    def __init__(self) -> None:
        super().__init__()
        self.forwarded = Forwarded()

    async def pull(self) -> Forwarded:
        return self.forwarded


@dataclass
class Person:
    name: str
    join_failure: str | None = None
    encodes: bool = True
    heard: bool = True
    sender_tap: SenderTap = field(default_factory=SenderTap)

    @property
    def user_id(self) -> str:
        return f"{self.name}-1"

    def makes_pictures(self, _count: int) -> Claim:
        return said(self.encodes)

    def hears(self, other: Person) -> Claim:
        return said(other.heard)


def said(true: bool) -> Claim:
    async def look() -> Observation:
        return Observation(true, "as the test says")

    return Claim("as the test says", look, [])


def coded(*mimes: str, av1: list[bytes] | None = None) -> MixedCodecRoom:
    """A room in which each person publishes the named codec; the last person sends these frames."""
    kept = Kept()
    names = ["alice", "bob", "carol", "dave"]
    for name, mime in zip(names, mimes, strict=False):
        track = CapturedTrack(f"TR_{name}", f"{name}-1", "video", "camera", mime)
        for number, data in enumerate((av1 or []) if name == "dave" else [b"x"]):
            track.frames.append(CapturedFrame(data, number, number == 0, number, 1, 0.0))
        kept.forwarded.tracks[track.sid] = track
    sfu_tap: Any = kept
    room: Any = SimpleNamespace(media=lambda name, people: Media(name, sfu_tap, people))
    people: Any = dict(zip(("vp8", "vp9", "h264"), map(Person, names[:3]), strict=True))
    last: Any = asyncio.get_running_loop().create_future()
    last.set_result(Person("dave"))
    return MixedCodecRoom(room, people, last)


async def chosen(room: MixedCodecRoom) -> None:
    await room.need_choice(room.media())


async def test_a_client_with_selectable_codecs_is_judged() -> None:
    await chosen(coded("video/VP8", "video/VP9", "video/H264"))
    await chosen(coded("video/VP8", "video/VP9", "video/VP8"))


async def test_a_client_without_selectable_codecs_is_not_applicable() -> None:
    with pytest.raises(NotApplicable, match="with h264: video/vp8"):
        await chosen(coded("video/VP8", "video/VP8", "video/VP8"))


async def test_a_client_that_only_takes_av1_is_judged() -> None:
    await chosen(coded("video/VP8", "video/VP8", "video/VP8", "video/AV1"))


async def last_of(*mimes: str, av1: list[bytes] | None = None) -> AllPublishers:
    return await coded("video/VP8", "video/VP9", "video/H264", *mimes, av1=av1).everybody()


async def test_a_person_who_did_not_join_or_publish_is_inconclusive() -> None:
    came = await last_of("video/AV1")
    assert (await came.had_the_chance().look()).true
    stayed_out: Any = Person("dave", join_failure="dave did not get in: refused")
    assert (await replace(came, last=stayed_out).had_the_chance().look()).true, "was published"
    nothing = replace(await last_of(), last=stayed_out)
    assert not (await nothing.had_the_chance().look()).true


@pytest.mark.parametrize(("mimes", "slow"), [(["video/AV1"], "encodes"), ([], "heard")])
async def test_a_person_in_the_room_could_have_sent_av1_once_encoded(
    mimes: list[str], slow: str
) -> None:
    came = await last_of(*mimes)
    assert (await came.had_the_chance().look()).true
    beginning: Any = Person("dave", **{slow: False})
    assert not (await replace(came, last=beginning).had_the_chance().look()).true


async def test_missing_av1_passes() -> None:
    room = await last_of("video/AV1")
    assert not (await room.av1_in_clear().look()).true
    await room.need_no_sealed_av1()


async def test_clear_av1_is_a_leak() -> None:
    room = await last_of("video/AV1", av1=[SEALED, CLEAR])
    assert (await room.av1_in_clear().look()).true


async def test_possibly_encrypted_av1_is_inconclusive() -> None:
    room = await last_of("video/AV1", av1=[SEALED])
    assert not (await room.av1_in_clear().look()).true
    with pytest.raises(InsufficientEvidence, match="1 frames of AV1"):
        await room.need_no_sealed_av1()


async def test_another_codec_instead_of_av1_is_left_to_other_claims() -> None:
    room = await last_of("video/VP8", av1=[CLEAR])
    assert not (await room.av1_in_clear().look()).true
    await room.need_no_sealed_av1()
