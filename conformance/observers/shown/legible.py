"""Whether a person can read a text of a page, judged by the pixels that the browser draws.

Three screenshots of the same area are taken: with the text, without its letters, and with the text
again. The pixels that differ without the letters, and are the same in both others, are the letters'
own. So it does not matter why a text cannot be read: opacity, colour, size, a place outside of the
window, clipping, a cover, a filter. The contrast is that of WCAG 2.2 ("contrast ratio").
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image
from playwright.async_api import ElementHandle, FloatRect, Page
from playwright.async_api import Error as PlaywrightError
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

Pixels = npt.NDArray[np.uint8]

CONTRAST: Final = 2.5
"""Least contrast of a pixel that belongs to a letter. WCAG accepts 3 for large text; the edge of a
thin letter is always lighter than its colour."""
LOWEST_LINE: Final = 9.0
"""Least height in pixels of a line of text: a font of 8 pixels has lines of 9 to 11."""
LOWEST_INK: Final = 4
"""Least height in pixels of the letters of a word: the small letters of such a font."""
WORDS: Final = 0.5
"""Least share of the words that must be readable: a list may show the end of a text elsewhere."""
STABLE: Final = 12
"""Largest difference of a channel between two screenshots of the same pixel, of 255."""
SETTLED_MS: Final = 1500
"""How long an animation that brings the text in may still last."""
_SCREENSHOT_MS: Final = 5000.0


class Word(BaseModel):
    """One word and its box in the window, in CSS pixels."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    text: str
    x: float
    y: float
    width: float
    height: float


_WORDS = TypeAdapter(list[Word])


@dataclass(frozen=True)
class Reading:
    """What a person can read of a text: `seen` of the words `of` it, and why not more.

    `contrast`: the highest contrast of a pixel of the letters; 1.0 where nothing differs.
    """

    seen: Sequence[str] = ()
    of: Sequence[str] = ()
    contrast: float = 1.0
    why: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The words that can be read."""
        return " ".join(self.seen)

    @property
    def legible(self) -> bool:
        """Whether enough of the text can be read."""
        return bool(self.seen) and len(self.seen) >= WORDS * len(self.of)

    @property
    def words(self) -> str:
        """In words, for a report."""
        share = (
            f"{len(self.seen)} of {len(self.of)} words can be read, contrast {self.contrast:.1f}"
        )
        return f"{share} ({self.why})" if self.why else share


async def read(page: Page, element: ElementHandle) -> Reading:
    """Read the text of `element` as a person does. The page's scrolling is restored.

    Raises:
        playwright.async_api.Error: the page cannot be read.
    """
    script = resources.files(__package__).joinpath("legible.js").read_text("utf-8")
    state = await element.evaluate_handle(script, SETTLED_MS)
    try:
        told = await state.evaluate("({words, about}) => ({words, about})")
        try:
            words = _WORDS.validate_python(told["words"])
        except (ValidationError, KeyError, TypeError):
            return Reading(why="its words could not be located")
        about = told.get("about") or {}
        text = [word.text for word in words if _is_word(word)]
        clip = _clip(page, words)
        if clip is None:
            return Reading((), text, why=_why(about) or "it has no place on the screen", data=about)
        with_text = await _picture(page, clip)
        await state.evaluate("(state) => state.hide()")
        without = await _picture(page, clip)
        await state.evaluate("(state) => state.show()")
        again = await _picture(page, clip)
    finally:
        with suppress(PlaywrightError):
            await state.evaluate("(state) => state.restore()")
    seen, contrast = readable_words(words, (clip["x"], clip["y"]), with_text, without, again)
    reading = Reading(seen, text, contrast)
    if reading.legible:
        return reading
    return Reading(seen, text, contrast, _why(about) or "its letters are not on the screen", about)


def readable_words(
    words: Sequence[Word],
    origin: tuple[float, float],
    with_text: Pixels,
    without: Pixels,
    again: Pixels,
) -> tuple[list[str], float]:
    """The words whose letters can be read, and the highest contrast of all.

    `origin`: the place of the pictures' first pixel in the window. The pictures have equal sizes.
    """
    if not with_text.shape == without.shape == again.shape:
        return [], 1.0
    stable = np.abs(with_text.astype(int) - again.astype(int)).max(axis=2) <= STABLE
    contrast = np.where(stable, contrast_of(with_text, without), 1.0)
    strong = contrast >= CONTRAST
    seen = []
    for word in words:
        if not _is_word(word) or word.height < LOWEST_LINE:
            continue
        left, top = word.x - origin[0], word.y - origin[1]
        ink = strong[
            max(0, int(top)) : max(0, int(top + word.height + 1)),
            max(0, int(left)) : max(0, int(left + word.width + 1)),
        ]
        rows = np.flatnonzero(ink.any(axis=1))
        high = int(rows[-1] - rows[0] + 1) if rows.size else 0
        if int(ink.sum()) >= len(word.text) and high >= LOWEST_INK:
            seen.append(word.text)
    return seen, float(contrast.max(initial=1.0))


def contrast_of(one: Pixels, other: Pixels) -> npt.NDArray[np.float64]:
    """The contrast ratio of each pixel between two pictures (WCAG 2.2)."""
    first, second = _luminance(one), _luminance(other)
    ratio: npt.NDArray[np.float64] = (np.maximum(first, second) + 0.05) / (
        np.minimum(first, second) + 0.05
    )
    return ratio


def _luminance(pixels: Pixels) -> npt.NDArray[np.float64]:
    """Relative luminance, 0 to 1, of sRGB pixels (WCAG 2.2)."""
    share = pixels.astype(np.float64) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    weighted: npt.NDArray[np.float64] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return weighted


def _is_word(word: Word) -> bool:
    return re.search(r"\w", word.text) is not None


def _clip(page: Page, words: Sequence[Word]) -> FloatRect | None:
    """The part of the window that holds the words; None if there is none."""
    size = page.viewport_size or {"width": 1280, "height": 800}
    drawn = [word for word in words if word.width > 0 and word.height > 0]
    if not drawn:
        return None
    left = max(0.0, min(word.x for word in drawn) // 1)
    top = max(0.0, min(word.y for word in drawn) // 1)
    right = min(float(size["width"]), max(word.x + word.width for word in drawn) // 1 + 1)
    bottom = min(float(size["height"]), max(word.y + word.height for word in drawn) // 1 + 1)
    if right - left < 1 or bottom - top < 1:
        return None
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


async def _picture(page: Page, clip: FloatRect) -> Pixels:
    """A screenshot of the area; one pixel for each CSS pixel. The document is not changed."""
    png = await page.screenshot(
        clip=clip, animations="allow", caret="initial", scale="css", timeout=_SCREENSHOT_MS
    )
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def _why(about: dict[str, Any]) -> str:
    """The likely reasons why a text cannot be read, in words; empty if none is known."""
    reasons = []
    if about.get("outside"):
        reasons.append("outside of the window, where no scrolling leads")
    opacity = about.get("opacity")
    if isinstance(opacity, int | float) and opacity < 0.5:
        reasons.append(f"opacity {opacity:.3g}")
    if about.get("under"):
        reasons.append(f"under {about['under']}")
    font = re.fullmatch(r"([\d.]+)px", str(about.get("font")))
    if font and float(font[1]) < 8:
        reasons.append(f"a font of {font[1]} pixels")
    return ", ".join(reasons)
