"""Speech recognition of tones: each sender's pair of tones is a word."""

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
"""Short windows per word; two successive ones must agree. The product's agent loses frames of 20 ms
(plugNmeet-server v2.4.0, pkg/insights/media/pcm_writer.go drops a frame if its unbuffered channel
is not ready), and each gap spoils the window that contains it."""

RATES: Final = (8_000, 48_000)
"""The lowest and the highest accepted sample rate, in samples a second."""

MOST_WORDS: Final = 10_000
"""The limit of one text."""


class NoSound(ValueError):
    """The sound cannot be read; the message says why."""


def word_of(pair: tones.Pair) -> str:
    """The word of a sender's pair of tones."""
    return f"tone-{pair[0]}-{pair[1]}"


class Recogniser:
    """Recognises one sender's words in PCM: 16 bits, little endian, one channel.

    The pieces may have any size. `rate`: samples a second. `seconds`: the length of the sound so
    far.

    Raises:
        NoSound: the rate is not supported.
    """

    def __init__(self, rate: int) -> None:
        if not RATES[0] <= rate <= RATES[1]:
            raise NoSound(f"expected {RATES[0]} to {RATES[1]} samples a second, got {rate}")
        self.rate = rate
        self._bytes = bytearray()
        self._need = 2 * -(-tones.SHORT_WINDOW * rate // tones.SAMPLE_RATE)
        self._pairs: list[tones.Pair | None] = []
        self.seconds = 0.0

    def feed(self, pcm: bytes) -> list[str]:
        """Read more sound; return at most one word for each quarter of a second."""
        self._bytes += pcm
        self.seconds += len(pcm) / 2 / self.rate
        words: list[str] = []
        while len(self._bytes) >= self._need:
            piece = bytes(self._bytes[: self._need])
            del self._bytes[: self._need]
            self._pairs.append(tones.detect(self._window(piece)))
            if len(self._pairs) == _PIECES:
                words += self._recognise()
                self._pairs.clear()
        return words

    def _recognise(self) -> list[str]:
        for one, next_one in pairwise(self._pairs):
            if one is not None and one == next_one:
                return [word_of(one)]
        return []

    def _window(self, pcm: bytes) -> NDArray[np.float64]:
        sound = np.frombuffer(pcm, "<i2").astype(np.float64) / 32768
        # Linear is enough: tones end at 3.5 kHz, and their mirror images are not in the grid.
        at = np.arange(tones.SHORT_WINDOW) * self.rate / tones.SAMPLE_RATE
        return np.interp(at, np.arange(len(sound)), sound)


def words_in_wav(data: bytes) -> tuple[float, list[str]]:
    """Return the seconds and words of a WAV file.

    Raises:
        NoSound: it is not a WAV file, or does not have 16 bits and one channel.
    """
    try:
        with wave.open(io.BytesIO(data)) as file:
            if (file.getsampwidth(), file.getnchannels()) != (2, 1):
                raise NoSound("expected 16 bits and one channel")
            recogniser = Recogniser(file.getframerate())
            words = recogniser.feed(file.readframes(file.getnframes()))
    # RuntimeError: a chunk ends after the file.
    except (wave.Error, EOFError, RuntimeError) as error:
        raise NoSound(f"not a WAV file: {error}") from error
    return recogniser.seconds, words


def words_in_text(text: str) -> list[str]:
    """The words that a text contains."""
    return WORD.findall(text)[:MOST_WORDS]
