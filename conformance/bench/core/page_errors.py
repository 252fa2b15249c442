"""Failures of a page as one line of text."""

from __future__ import annotations

from typing import Final

_OBSTACLES: Final = ("intercepts pointer events", "outside of the viewport", "not visible")


def page_error(error: Exception) -> str:
    """The first line of an error, with the last obstacle that Playwright logged, if any."""
    first, *log = str(error).splitlines() or [type(error).__name__]
    seen = [line.strip(" -") for line in log if any(words in line for words in _OBSTACLES)]
    return f"{first} ({seen[-1][:200]})" if seen else first
