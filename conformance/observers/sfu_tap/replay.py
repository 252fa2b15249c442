"""Publishes recorded frames: a page encodes its own tracks and replaces their bytes.

The page is the SFU tap's (conformance/reference/client/src/instruments/replay.ts); it has no key.
The caller decides whether it announces the tracks as encrypted.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from statistics import median
from typing import Final, Literal

from playwright.async_api import Browser
from playwright.async_api import Error as PlaywrightError

from conformance.observers.sfu_tap.join import SfuTapFailed, open_tap_page, token_for
from conformance.observers.sfu_tap.tracks import CapturedFrame
from conformance.stacks.base import Endpoints

Replayed = Literal["audio", "camera"]
MOST_FRAMES: Final = 300
"""The limit of each track: thirty seconds of pictures, or six seconds of sound."""
_SECONDS: Final = 30.0


_TICKS: Final = 960
_MOST_TICKS: Final = 5760
"""The length of an Opus packet in ticks of 48 kHz: usually 20 ms, at most 120 ms (RFC 6716)."""


def _ticks(frames: Sequence[CapturedFrame]) -> int:
    """The usual distance of two successive frames, by their RTP timestamps (RFC 7587)."""
    steps = [
        (after.rtp - before.rtp) & 0xFFFF_FFFF
        for before, after in pairwise(frames)
        if after.number == before.number + 1
    ]
    usual = int(median(steps)) if steps else _TICKS
    return usual if 0 < usual <= _MOST_TICKS else _TICKS


@asynccontextmanager
async def replaying(
    browser: Browser,
    endpoints: Endpoints,
    room_id: str,
    identity: str,
    recorded: Mapping[Replayed, Sequence[CapturedFrame]],
    *,
    encrypted: Collection[Replayed] = ("audio", "camera"),
    ignore_https_errors: bool = False,
) -> AsyncIterator[None]:
    """Publish these frames in `room_id` as `identity` while the context lasts.

    `encrypted`: the tracks that are announced as encrypted. The frames' content is up to the
    caller. The tracks are published in the order of `recorded`.

    Raises:
        SfuTapFailed: the frames could not be published.
    """
    tracks = [
        {
            "kind": kind,
            "ticks": _ticks(frames) if kind == "audio" else 0,
            "encrypted": kind in encrypted,
            "frames": [
                {"data": base64.b64encode(frame.data).decode(), "key": frame.key}
                for frame in frames[:MOST_FRAMES]
            ],
        }
        for kind, frames in recorded.items()
    ]
    context = await browser.new_context(ignore_https_errors=ignore_https_errors)
    try:
        try:
            async with asyncio.timeout(_SECONDS):
                page = await open_tap_page(context)
                await page.evaluate(
                    "(all) => window.sfuTap.replay(...all)",
                    [
                        endpoints.livekit_url,
                        token_for(endpoints, room_id, identity),
                        tracks,
                    ],
                )
        except (PlaywrightError, TimeoutError) as error:
            first_line = str(error).partition("\n")[0] or f"nothing within {_SECONDS:.0f} s"
            raise SfuTapFailed(f"cannot publish the recorded frames: {first_line}") from error
        yield
    finally:
        await asyncio.gather(context.close(), return_exceptions=True)
