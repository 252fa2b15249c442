"""The length of recorded packets of sound is read off their RTP timestamps."""

from __future__ import annotations

import pytest

from conformance.observers.sfu_tap.replay import _ticks
from conformance.observers.sfu_tap.tracks import CapturedFrame


def recorded(ticks: int, *, start: int = 0, gaps: int = 0) -> list[CapturedFrame]:
    return [
        CapturedFrame(b"", n, False, (start + ticks * n + gaps * (n // 10)) % 2**32, 1, 0.0)
        for n in range(50)
    ]


@pytest.mark.parametrize("ticks", [480, 960, 1920, 2880, 5760])
def test_any_length_is_read_also_with_pauses_and_a_wrap(ticks: int) -> None:
    assert _ticks(recorded(ticks)) == ticks
    assert _ticks(recorded(ticks, start=2**32 - 3 * ticks, gaps=48_000)) == ticks


@pytest.mark.parametrize("ticks", [0, 48_000])
def test_an_impossible_length_is_the_usual_one(ticks: int) -> None:
    assert _ticks(recorded(ticks)) == 960
    assert _ticks([]) == 960
