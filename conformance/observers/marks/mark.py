"""A participant's mark, and the script that adds it to a page."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from conformance.observers.marks import code, tones
from conformance.observers.marks.tones import Pair

FRAMES_PER_SECOND: Final = 6
"""Pictures a second, each with its own counter. The counter repeats after 90 minutes. Ten a second
would cost a page a quarter more CPU time, and no reader reads more than seven."""

LOOK_EVERY_MS: Final = 150
"""The interval between two readings of each video. Sound is read every second time, so that two
windows of 256 ms share no sample."""

REPORT_EVERY_MS: Final = 250
"""The interval between two messages from a page to Python."""

SIZES: Final = ((160, 90), (320, 180), (640, 360))
"""In pixels, smallest first. A request gets the first size that is large enough, or the largest."""


SCREEN_SOUND: Final = "System Audio"
"""The label of the track with a shared screen's sound, as Chromium calls it."""


@dataclass(frozen=True)
class Mark:
    """A participant's identity in picture and sound: 16 bits and a pair of tones in Hz."""

    identity: int
    tones: tones.Pair

    @property
    def screen_tones(self) -> Pair:
        """The pair of tones of this participant's shared screen."""
        return tones.screen_pair_of(self.identity)


def mark_for(index: int, salt: str) -> Mark:
    """The mark of a run's participant number `index`.

    Any 120 successive indices have different tones, any 65,520 different identities. `salt` (one
    per run) separates the marks of two runs as far as 16 bits allow.
    """
    pairs = len(tones.PAIRS)
    rounds = (1 << 16) // pairs
    start = int.from_bytes(hashlib.sha256(salt.encode()).digest()[:4], "big")
    position = (start + index) % (rounds * pairs)
    # A step without a common factor spreads successive identities: two that differ in one bit
    # would look alike to people, though never to the code.
    spread = (position // pairs + 257 * (position % pairs)) % rounds
    identity = spread * pairs + position % pairs
    return Mark(identity, tones.pair_of(identity))


@cache
def _part(name: str) -> str:
    text = resources.files(__package__).joinpath("page", f"{name}.js").read_text("utf-8")
    # Each file has comment lines and one function expression.
    return text.strip()


def _function(name: str) -> str:
    return f"(\n{_part(name)}\n)"


def init_script(mark: Mark) -> str:
    """The script that must run in every page of this participant before the page's own code.

    It gives the page marked cameras, microphones and screens. It reads the marks of others from the
    page's video and audio elements. It needs Chromium (MediaStreamTrackGenerator).
    """
    settings = {
        "identity": mark.identity,
        "tones": list(mark.tones),
        "screenSound": SCREEN_SOUND,
        "screenTones": list(mark.screen_tones),
        "framesPerSecond": FRAMES_PER_SECOND,
        "counterValues": code.COUNTER_VALUES,
        "lookEvery": LOOK_EVERY_MS,
        "reportEvery": REPORT_EVERY_MS,
        "sizes": SIZES,
        "sampleRate": tones.SAMPLE_RATE,
        "window": tones.WINDOW,
    }
    in_worker = {"code": code.page_settings(), "tones": tones.page_settings()}
    worker = (
        f"{_function('worker')}({json.dumps({**settings, **in_worker})},"
        f"{_function('code')},{_function('tones')})"
    )
    return (
        f"{_function('main')}({json.dumps(settings)}, {{worker: {json.dumps(worker)},"
        f" source: {_function('source')}, reader: {_function('reader')}}});"
    )


def page_function(name: str) -> str:
    """The JavaScript of one part (`code`, `tones`) as an expression, to compare it with Python."""
    return _function(name)
