"""Every frame that the SFU forwards has to be one that a tap at a sender saw."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from typing import Any

import pytest

from conformance.bench.core.claims import Observation
from conformance.bench.core.sfu_media import Media
from conformance.bench.crypto.forwarded_frames import every_forwarded_frame_was_seen_leaving
from conformance.observers.page.sender_tap import SenderTap
from conformance.observers.sfu_tap import CapturedFrame, CapturedTrack, Forwarded

TRAILER = b"the room's own trailer"
FRAMES = [os.urandom(40) for _ in range(200)]


@dataclass
class Person:
    user_id: str = "alice-1"
    name: str = "alice"
    sender_tap: SenderTap = field(default_factory=SenderTap)


@dataclass
class Kept:
    forwarded: Forwarded = field(default_factory=lambda: Forwarded(sif_trailer=TRAILER))

    async def pull(self) -> Forwarded:
        return self.forwarded


async def judged(sent: list[bytes], forwarded: list[bytes], whole: int = 100) -> Observation:
    alice, kept = Person(), Kept()
    rows = [
        ["s", n, 0, 0, len(one), base64.b64encode(one[-48:]).decode()] for n, one in enumerate(sent)
    ]
    alice.sender_tap.take({"layers": {"s": {"sender": "s"}}, "rows": rows})
    track = CapturedTrack("TR_1", alice.user_id, "audio", "microphone", "audio/opus")
    for n, data in enumerate(forwarded):
        if n < whole:
            track.frames.append(CapturedFrame(data, n, False, n, 1, 0.0))
        else:
            track.tails[n] = data[-48:]
    kept.forwarded.tracks["TR_1"] = track
    sfu_tap: Any = kept
    people: Any = [alice]
    media = Media("a session", sfu_tap, people)
    return await every_forwarded_frame_was_seen_leaving(media, people).look()


async def test_all_frames_that_the_sender_let_out_match() -> None:
    seen = await judged(FRAMES, [*FRAMES[20:], b"pictures of " + TRAILER, b""])
    assert (seen.true, seen.readable) == (True, True)
    assert "180 frames" in seen.words


async def test_frames_that_the_tap_has_not_reported_yet_are_no_find() -> None:
    assert (await judged(FRAMES[:150], FRAMES)).true


@pytest.mark.parametrize("at", [3, 150])
async def test_one_frame_of_another_way_makes_the_claim_impossible(at: int) -> None:
    forwarded = [*FRAMES[:at], os.urandom(40), *FRAMES[at:]]
    seen = await judged(FRAMES, forwarded)
    assert (seen.true, seen.readable) == (False, False)
    assert "1 of 201 frames of alice's microphone left by a way that nobody watched" in seen.words


async def test_a_track_that_no_sender_let_out_makes_the_claim_impossible() -> None:
    seen = await judged([], FRAMES)
    assert (seen.true, seen.readable) == (False, False)


async def test_frames_that_a_tap_stops_to_report_make_the_claim_impossible() -> None:
    assert not (await judged(FRAMES[:100], FRAMES)).true


async def test_nothing_forwarded_is_no_proof() -> None:
    assert not (await judged(FRAMES, [])).readable
