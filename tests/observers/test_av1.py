"""Frames that are recognised as AV1, and frames that are not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.observers.media.av1 import reads_as_av1

ENCODED = [
    bytes.fromhex(frame)
    for frame in (
        "12000a0a00000002afff895f2008320f1000b0820514208100000324ff3c80",
        "12003214280200249249118c0071c30c20001000186049683213"
        "30020409240023180000020003000047854b90",
        "12001a0188",
    )
]
"""Three pictures of 64 x 64 from SVT-AV1. The test does not encode them: if it runs as root, that
encoder gives its process and all child processes the highest real-time priority (SCHED_FIFO 99),
which blocks two cores."""


def test_frames_of_an_encoder_read_as_av1() -> None:
    assert all(map(reads_as_av1, ENCODED))


def test_encrypted_frames_do_not_read_as_av1() -> None:
    chance = random.Random(7)
    for frame in ENCODED:
        sealed = chance.randbytes(len(frame))
        assert not reads_as_av1(sealed)


def test_the_last_unit_needs_no_size() -> None:
    assert reads_as_av1(b"\x12\x00" + b"\x30" + b"picture")
    assert reads_as_av1(b"\x32\x02ab")
    assert reads_as_av1(b"\x36\x00\x02ab"), "with an extension"


@pytest.mark.parametrize(
    "frame",
    [b"", b"\x12\x00", b"\x32\x03ab", b"\x32\x01ab", b"\x32", b"\xb2\x02ab", b"\x32" + 9 * b"\xff"],
)
def test_malformed_units_do_not_read_as_av1(frame: bytes) -> None:
    assert not reads_as_av1(frame)


@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer(frame: bytes) -> None:
    assert reads_as_av1(frame) in (True, False)
