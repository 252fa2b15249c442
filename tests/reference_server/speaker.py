"""A participant without a browser who sends tones: `speaker.py URL TOKEN HERTZ HERTZ`.

It is a separate process, because the native SDK may abort. It ends when its stdin closes.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading

import numpy as np
from livekit import rtc

RATE = 48_000
PIECE = RATE // 50


async def speak(url: str, token: str, tones: list[int]) -> None:
    room = rtc.Room()
    await room.connect(url, token)
    source = rtc.AudioSource(RATE, 1)
    track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    await room.local_participant.publish_track(track, options)
    print("speaks", flush=True)
    at = 0
    while True:
        n = (np.arange(PIECE) + at) / RATE
        wave = sum(np.sin(2 * np.pi * hertz * n) for hertz in tones) * 8_000
        await source.capture_frame(rtc.AudioFrame(wave.astype("<i2").tobytes(), RATE, 1, PIECE))
        at += PIECE


def watch() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=watch, daemon=True).start()
    asyncio.run(speak(sys.argv[1], sys.argv[2], [int(hertz) for hertz in sys.argv[3:]]))
