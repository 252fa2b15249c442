"""The leak searcher finds a value in each encoding, and nothing where there is none."""

from __future__ import annotations

import base64

import pytest

from conformance.bench.leaks.search import LeakSearcher

SECRET = b"right-\xff\xfe-1234567890"


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        SECRET.hex().encode(),
        SECRET.hex().upper().encode(),
        *(base64.b64encode(b"x" * n + SECRET + b"yz") for n in range(7)),
        *(base64.urlsafe_b64encode(b"x" * n + SECRET) for n in range(7)),
    ],
)
def test_a_secret_is_found_in_every_encoding(text: bytes) -> None:
    hits = LeakSearcher({"the secret": SECRET}).search("a log", b"before " + text + b" behind")
    assert hits
    assert hits[0].needle == "the secret"
    assert "right-" not in str(hits[0])


def test_what_is_not_there_is_not_found() -> None:
    assert not LeakSearcher({"s": SECRET}).search("a log", SECRET[9:-4] + b"x" * 1000)


def test_a_too_short_value_is_refused() -> None:
    with pytest.raises(ValueError, match="4"):
        LeakSearcher({"s": b"1234"})
