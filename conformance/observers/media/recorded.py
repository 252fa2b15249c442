"""The content of a recorded file: marks, tones, or nothing.

A recording is a picture of somebody's page. Marks appear in it at the places of the page's video
elements, and everybody's tones are mixed. The subject made the file, so a child process with limits
decodes it, as for frames (decode.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from conformance.observers.marks import tones
from conformance.observers.marks.code import Box, Reading
from conformance.observers.media.child import run_child

_FORMATS: Final = {".webm": "matroska", ".mkv": "matroska", ".flv": "flv", ".mp4": "mp4"}
_SECONDS: Final = 90.0
_MOST_PLACES: Final = 40
"""Places read in each picture: enough for a page with ten people that changes four times."""


@dataclass(frozen=True)
class Recorded:
    """The content of a file.

    `pictures` and `windows` (256 ms of sound each) are the numbers decoded; `seconds` is the
    length. `dark` counts pictures without content on black, `silent` counts windows without sound.
    `tones` has the grid's tones (Hz) in each window that is not silent. `error` is the decoder's,
    or the reason why there is no content.
    """

    pictures: int = 0
    windows: int = 0
    seconds: float = 0.0
    dark: int = 0
    silent: int = 0
    readings: tuple[Reading, ...] = ()
    tones: tuple[tuple[int, ...], ...] = ()
    error: str | None = None

    def pictures_of(self, identity: int) -> int:
        """The number of different pictures of this identity's mark."""
        return len({reading.counter for reading in self.readings if reading.identity == identity})

    def tones_of(self, identity: int) -> int:
        """The number of windows with both tones of this identity, alone or among others."""
        pair = set(tones.pair_of(identity))
        return sum(pair <= set(heard) for heard in self.tones)

    @property
    def words(self) -> str:
        """The amount of content, as text."""
        return (
            f"{self.seconds:.1f} s, {self.pictures} pictures ({self.dark} black), "
            f"{self.windows} windows of sound ({self.silent} silent)"
            + (f"; {self.error}" if self.error else "")
        )

    @property
    def facts(self) -> dict[str, Any]:
        """The figures, for the evidence."""
        identities = sorted({reading.identity for reading in self.readings})
        return {
            "seconds": round(self.seconds, 2),
            "pictures": self.pictures,
            "black_pictures": self.dark,
            "windows": self.windows,
            "silent_windows": self.silent,
            "marks": {str(one): self.pictures_of(one) for one in identities},
            "tones": sorted({tone for heard in self.tones for tone in heard}),
            "error": self.error,
        }


async def read_recorded(file: Path, places: Iterable[Box]) -> Recorded:
    """Read a WebM, FLV or MP4 file.

    `places`: where marks may appear, as fractions of the picture's width and height (0 to 1). A
    file that is missing, is empty or crashes its decoder has no content and an error.
    """
    error = _unreadable(file)
    if error is not None:
        return Recorded(error=error)
    request = {
        "file": str(file),
        "format": _FORMATS[file.suffix],
        "places": [[b.left, b.top, b.width, b.height] for b in distinct(places)],
    }
    answer = await run_child("conformance.observers.media.recorded_child", request, _SECONDS)
    if answer is None:
        return Recorded(error="the decoder crashed")
    return Recorded(
        pictures=answer["pictures"],
        windows=answer["windows"],
        seconds=answer["seconds"],
        dark=answer["dark"],
        silent=answer["silent"],
        readings=tuple(Reading(*one) for one in answer["readings"]),
        tones=tuple(tuple(heard) for heard in answer["tones"]),
        error=answer["error"],
    )


def _unreadable(file: Path) -> str | None:
    if file.suffix not in _FORMATS:
        return f"unsupported kind of file: {file.suffix or file.name}"
    if not file.is_file():
        return "the file does not exist"
    return None if file.stat().st_size else "the file is empty"


def distinct(places: Iterable[Box]) -> Sequence[Box]:
    """Each place once, rounded to a thousandth; the latest ones if there are too many."""
    rounded = {
        (round(b.left, 3), round(b.top, 3), round(b.width, 3), round(b.height, 3)): b
        for b in places
    }
    return list(rounded.values())[-_MOST_PLACES:]
