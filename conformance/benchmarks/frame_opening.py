"""Frames a second that the suite opens, compared with livekit-client's own worker."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Final

from playwright.async_api import Browser

from conformance.keys.frames import Codec, seal_frame
from conformance.keys.opener import Opener, sealed_frame
from conformance.keys.profiles import PROFILES
from conformance.observers.sfu_tap.speed import cryptor_frames_a_second

SECRET: Final = "a secret to measure with"  # noqa: S105 - not a real secret
_SIZES: Final = (90, 110, 95, 120, 100, 3_000)
"""Sizes in bytes. As in a call: five Opus packets for each picture of the mark."""
_FRAMES: Final = 1_200


def sample_frames() -> list[bytes]:
    """Sealed frames with a call's sizes, all in the form of sound, which both openers accept."""
    generator = random.Random(1)  # noqa: S311 - test data, not a secret
    key = PROFILES["livekit-pbkdf2-raw"].derive(SECRET, "")
    return [
        seal_frame(
            generator.randbytes(_SIZES[n % len(_SIZES)]),
            key,
            generator.randbytes(12),
            Codec.OPUS,
            key_frame=False,
        )
        for n in range(_FRAMES)
    ]


def measure_opener(frames: Sequence[bytes] | None = None, rounds: int = 10) -> float:
    """Frames a second that the suite parses and opens, on one core.

    Raises:
        RuntimeError: a frame did not open, so the figure would be meaningless.
    """
    frames = sample_frames() if frames is None else frames
    opener = Opener(PROFILES["livekit-pbkdf2-raw"].derive(SECRET, ""))
    opened = 0
    began = time.perf_counter()
    for _ in range(rounds):
        for data in frames:
            frame = sealed_frame(data, Codec.OPUS, key_frame=False)
            opened += frame is not None and opener.open(frame) is not None
    seconds = time.perf_counter() - began
    if opened != len(frames) * rounds:
        raise RuntimeError(f"only {opened} of {len(frames) * rounds} frames opened")
    return opened / seconds


async def measure_cryptor(browser: Browser, frames: Sequence[bytes] | None = None) -> float:
    """Frames a second that livekit-client's encryption worker opens, for the same frames.

    Raises:
        SfuTapFailed: the measurement failed.
    """
    return await cryptor_frames_a_second(
        browser, sample_frames() if frames is None else frames, SECRET, rounds=5
    )
