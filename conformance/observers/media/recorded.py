"""What a recorded file shows and plays: marks, tones, or honestly nothing.

A recording is a picture of somebody's page: the marks stand in it where the page had its video
elements, and everybody's tones are mixed. A child process with bounds decodes, as for frames
(decode.py): the file is a subject's work.
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
"""Places that are looked at in each picture; a page with ten people that changes four times."""


@dataclass(frozen=True)
class Recorded:
    """What was read of a file.

    `pictures` and `windows` (of 256 ms of sound) were decoded; `seconds` is how long they last.
    `dark` pictures have nothing that stands out from black, `silent` windows no sound at all;
    `tones` has those of the grid (Hz) that sound in each window that is not silent. `error` is
    the decoder's, or why there is nothing.
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
        """How many different pictures of this identity's mark were read."""
        return len({reading.counter for reading in self.readings if reading.identity == identity})

    def tones_of(self, identity: int) -> int:
        """In how many windows both tones of this identity sound, alone or among others."""
        pair = set(tones.pair_of(identity))
        return sum(pair <= set(heard) for heard in self.tones)

    @property
    def words(self) -> str:
        """How much there is of it, in words."""
        return (
            f"{self.seconds:.1f} s, {self.pictures} pictures ({self.dark} black), "
            f"{self.windows} windows of sound ({self.silent} silent)"
            + (f"; {self.error}" if self.error else "")
        )

    @property
    def facts(self) -> dict[str, Any]:
        """The figures."""
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

    `places`: where marks may stand, as parts of the picture's width and height (0 to 1).
    A file that is missing, empty, or kills its decoder reads as nothing, with the error.
    """
    error = _unreadable(file)
    if error is not None:
        return Recorded(error=error)
    asked = {
        "file": str(file),
        "format": _FORMATS[file.suffix],
        "places": [[b.left, b.top, b.width, b.height] for b in distinct(places)],
    }
    answer = await run_child("conformance.observers.media.recorded_child", asked, _SECONDS)
    if answer is None:
        return Recorded(error="the decoder did not survive it")
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
        return f"no such kind of file is read: {file.suffix or file.name}"
    if not file.is_file():
        return "there is no file"
    return None if file.stat().st_size else "the file is empty"


def distinct(places: Iterable[Box]) -> Sequence[Box]:
    """Each place once, to a thousandth; the latest, if there are too many."""
    rounded = {
        (round(b.left, 3), round(b.top, 3), round(b.width, 3), round(b.height, 3)): b
        for b in places
    }
    return list(rounded.values())[-_MOST_PLACES:]
