"""Which words of a text can be read, by the pixels of three pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from conformance.observers.shown.legible import (
    Pixels,
    Reading,
    Word,
    contrast_of,
    readable_words,
)

WHITE = (255, 255, 255)
WORDS = ["This", "cannot", "be", "decrypted"]


def picture(
    color: tuple[int, int, int] | None, size: int = 14, ground: tuple[int, int, int] = WHITE
) -> tuple[Pixels, list[Word]]:
    """A line of text on a ground, and the boxes of its words; without a colour, only the ground."""
    image = Image.new("RGB", (400, 40), ground)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    words, x = [], 5.0
    for text in WORDS:
        left, top, right, bottom = draw.textbbox((x, 8), text, font=font)
        words.append(
            Word(text=text, x=100 + left, y=50 + top - 2, width=right - left, height=1.3 * size)
        )
        if color is not None:
            draw.text((x, 8), text, fill=color, font=font)
        x = right + 5 + 0 * bottom
    return np.asarray(image), words


def read(color: tuple[int, int, int], size: int = 14) -> tuple[list[str], float]:
    shown, words = picture(color, size)
    ground, _ = picture(None, size)
    return readable_words(words, (100.0, 50.0), shown, ground, shown)


@pytest.mark.parametrize("color", [(0, 0, 0), (157, 28, 19), (117, 117, 117)])
def test_a_text_with_the_contrast_that_wcag_demands_is_read(color: tuple[int, int, int]) -> None:
    words, contrast = read(color)
    assert words == WORDS
    assert contrast > 3


@pytest.mark.parametrize("gray", [254, 252, 235, 215])
def test_a_text_that_is_nearly_as_light_as_its_ground_is_not_read(gray: int) -> None:
    assert read((gray, gray, gray))[0] == []


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_tiny_text_is_not_read(size: int) -> None:
    assert read((0, 0, 0), size)[0] == []


def test_a_covered_part_is_not_read() -> None:
    shown, words = picture((0, 0, 0))
    ground, _ = picture(None)
    cover = int(words[2].x - 100)
    shown, ground = shown.copy(), ground.copy()
    shown[:, cover:], ground[:, cover:] = 90, 90
    assert readable_words(words, (100.0, 50.0), shown, ground, shown)[0] == ["This", "cannot"]


def test_pixels_that_change_by_themselves_are_no_letters() -> None:
    shown, words = picture((0, 0, 0))
    ground, _ = picture(None)
    assert readable_words(words, (100.0, 50.0), shown, ground, ground)[0] == []


def test_pictures_of_another_size_are_not_compared() -> None:
    shown, words = picture((0, 0, 0))
    assert readable_words(words, (100.0, 50.0), shown, shown[:-1], shown) == ([], 1.0)


def test_the_contrast_is_that_of_wcag() -> None:
    black = np.zeros((1, 1, 3), dtype=np.uint8)
    white = np.full((1, 1, 3), 255, dtype=np.uint8)
    gray = np.full((1, 1, 3), 0x76, dtype=np.uint8)
    assert contrast_of(black, white)[0, 0] == pytest.approx(21)
    assert contrast_of(gray, white)[0, 0] == pytest.approx(4.54, abs=0.01)


def test_half_of_the_words_must_be_readable() -> None:
    assert Reading(["a", "b"], ["a", "b", "c", "d"]).legible
    assert not Reading(["a"], ["a", "b", "c", "d"]).legible
    assert not Reading([], []).legible
