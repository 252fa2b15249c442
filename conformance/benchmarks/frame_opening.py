"""How many frames a second the suite opens, and livekit-client's own worker beside it."""

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

SECRET: Final = "a secret to measure with"  # noqa: S105 - nobody's
_SIZES: Final = (90, 110, 95, 120, 100, 3_000)
"""Bytes: as in a call, five packets of Opus to one picture of the mark."""
_FRAMES: Final = 1_200


def captured_like() -> list[bytes]:
    """Sealed frames of a call's sizes, all in the form of sound: both openers take it."""
    generator = random.Random(1)  # noqa: S311 - sizes and bytes to measure with, no secrets
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
    """Frames a second that the suite takes apart and opens, on one core.

    Raises:
        RuntimeError: not every frame opened, so the figure would mean nothing.
    """
    frames = captured_like() if frames is None else frames
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
    """Frames a second that livekit-client's encryption worker opens, the same frames.

    Raises:
        OutsiderFailed: it could not be measured.
    """
    return await cryptor_frames_a_second(
        browser, captured_like() if frames is None else frames, SECRET, rounds=5
    )
