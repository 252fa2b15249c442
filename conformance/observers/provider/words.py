"""Speech recognition for people who speak in tones: each sender's pair of tones is a word."""

from __future__ import annotations

import io
import re
import wave
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from conformance.observers.marks import tones

WORD: Final = re.compile(r"tone-\d{3,4}-\d{3,4}")
_PIECES: Final = tones.WINDOW // tones.SHORT_WINDOW
"""Short windows to a word, of which two that follow each other have to say it. The product's agent
loses frames of 20 ms on the way (plugNmeet-server v2.4.0, pkg/insights/media/pcm_writer.go writes
to a channel without a buffer, or drops), and each gap spoils the window that it is in."""

RATES: Final = (8_000, 48_000)
"""Samples a second, the least and the most that are listened to."""

MOST_WORDS: Final = 10_000
"""Of one text."""


class NoSound(ValueError):
    """It is no sound that can be listened to; the message says why."""


def word_of(pair: tones.Pair) -> str:
    """The word that a sender's pair of tones says."""
    return f"tone-{pair[0]}-{pair[1]}"


class Recogniser:
    """Listens to one sender: PCM of 16 bits, little endian, one channel, in pieces of any size.

    `rate`: samples a second. `seconds`: how much it has listened to.

    Raises:
        NoSound: the rate is not one that it listens to.
    """

    def __init__(self, rate: int) -> None:
        if not RATES[0] <= rate <= RATES[1]:
            raise NoSound(f"{rate} samples a second, expected {RATES[0]} to {RATES[1]}")
        self.rate = rate
        self._bytes = bytearray()
        self._need = 2 * -(-tones.SHORT_WINDOW * rate // tones.SAMPLE_RATE)
        self._pairs: list[tones.Pair | None] = []
        self.seconds = 0.0

    def feed(self, pcm: bytes) -> list[str]:
        """Listen on; at most one word for each quarter of a second."""
        self._bytes += pcm
        self.seconds += len(pcm) / 2 / self.rate
        words: list[str] = []
        while len(self._bytes) >= self._need:
            piece = bytes(self._bytes[: self._need])
            del self._bytes[: self._need]
            self._pairs.append(tones.detect(self._window(piece)))
            if len(self._pairs) == _PIECES:
                words += self._said()
                self._pairs.clear()
        return words

    def _said(self) -> list[str]:
        for one, next_one in pairwise(self._pairs):
            if one is not None and one == next_one:
                return [word_of(one)]
        return []

    def _window(self, pcm: bytes) -> NDArray[np.float64]:
        sound = np.frombuffer(pcm, "<i2").astype(np.float64) / 32768
        # Linear is enough: the tones end at 3.5 kHz, and a mirror image is no tone of the grid.
        at = np.arange(tones.SHORT_WINDOW) * self.rate / tones.SAMPLE_RATE
        return np.interp(at, np.arange(len(sound)), sound)


def words_in_wav(data: bytes) -> tuple[float, list[str]]:
    """Seconds and words of a WAV file.

    Raises:
        NoSound: it is none, or not of 16 bits and one channel.
    """
    try:
        with wave.open(io.BytesIO(data)) as file:
            if (file.getsampwidth(), file.getnchannels()) != (2, 1):
                raise NoSound("expected 16 bits and one channel")
            ear = Recogniser(file.getframerate())
            words = ear.feed(file.readframes(file.getnframes()))
    except (wave.Error, EOFError, RuntimeError) as error:  # the last: a chunk beyond the file's end
        raise NoSound(f"no WAV file: {error}") from error
    return ear.seconds, words


def words_in_text(text: str) -> list[str]:
    """The words that somebody repeats in writing."""
    return WORD.findall(text)[:MOST_WORDS]
