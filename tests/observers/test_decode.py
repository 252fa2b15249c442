"""Frames are decoded in a separate process; hostile frames give nothing and do no harm."""

from __future__ import annotations

import os
import random

import pytest
from encoded_marks import pictures, sounds

from conformance.keys.frames import Codec
from conformance.observers.marks import tones
from conformance.observers.media import decode
from conformance.observers.media.decode import MOST_FRAMES, Stream, read_contents


async def test_pictures_and_sound_are_read_as_their_senders_mark() -> None:
    seen, heard, vp9 = await read_contents(
        [
            Stream(Codec.VP8, pictures(777)),
            Stream(Codec.OPUS, sounds(777)),
            Stream(Codec.VP9, pictures(5, codec="libvpx-vp9")),
        ]
    )
    assert seen.pictures_of(777) == {100, 101, 102, 103}
    assert not seen.pictures_of(778)
    assert len(heard.tones) >= 3
    assert set(heard.tones) == {tones.pair_of(777)}
    assert vp9.pictures_of(5)


async def test_encrypted_or_hostile_frames_give_nothing() -> None:
    noise = random.Random(1).randbytes
    key_frame = pictures(777, 1)[0]
    streams = [
        Stream(Codec.VP8, [key_frame[:10] + noise(len(key_frame) - 10)]),
        Stream(Codec.OPUS, [b"\x78" + noise(90) for _ in range(60)]),
        # announces a picture of 16383 x 16383
        Stream(Codec.VP8, [b"\x10\x02\x00\x9d\x01\x2a\xff\x3f\xff\x3f" + noise(4_000)]),
        Stream(Codec.VP8, [key_frame[:n] for n in range(0, 40)]),
        *(Stream(codec, [noise(3_000), b"", b"\x00"]) for codec in Codec),
        Stream(Codec.VP8, []),
    ]
    for content in await read_contents(streams):
        assert not content.readings
        assert not content.tones


async def test_a_flood_is_truncated_before_decoding() -> None:
    many, large = await read_contents(
        [Stream(Codec.OPUS, sounds(7)[:10] * 100_000), Stream(Codec.VP8, [bytes(10**8)])]
    )
    assert many.decoded <= MOST_FRAMES
    assert not large.decoded


async def test_a_decoder_crash_does_not_affect_other_streams(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = decode._child

    async def dies(streams: list[Stream]) -> list[decode.Content] | None:
        return None if any(s.frames == [b"deadly"] for s in streams) else await whole(streams)

    monkeypatch.setattr(decode, "_child", dies)
    dead, seen = await read_contents(
        [Stream(Codec.VP8, [b"deadly"]), Stream(Codec.VP8, pictures(9, 2))]
    )
    assert dead.error
    assert seen.pictures_of(9)


async def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "_SECONDS", 0.01)
    (content,) = await read_contents([Stream(Codec.OPUS, [os.urandom(60)] * 50)])
    assert content.error
