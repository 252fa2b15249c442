"""Consecutive frames with the same result."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby


def longest_false(opened: Sequence[bool]) -> int:
    """The most consecutive frames that did not decrypt: they may be unencrypted."""
    return max((len(list(run)) for is_open, run in groupby(opened) if not is_open), default=0)
