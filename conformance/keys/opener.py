"""Many frames under many keys: each frame is taken apart once, each key is set up once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conformance.keys.frames import Codec, FrameMalformed, parse_frame


@dataclass(frozen=True)
class SealedFrame:
    """A frame that reads as encrypted: what AES-GCM wants of it."""

    clear: bytes
    sealed: bytes
    iv: bytes
    key_index: int


def sealed_frame(data: bytes, codec: Codec, key_frame: bool) -> SealedFrame | None:
    """Take a whole frame apart; None when it does not read as one of LiveKit's encrypted ones."""
    try:
        frame = parse_frame(data, codec, key_frame)
    except FrameMalformed:
        return None
    return SealedFrame(frame.clear, frame.ciphertext + frame.tag, frame.iv, frame.key_index)


class Opener:
    """One AES key (16 or 32 bytes), for any number of frames."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def open(self, frame: SealedFrame) -> bytes | None:
        """The frame as it was before encryption, or None: another key, or altered on the way."""
        try:
            return frame.clear + self._aead.decrypt(frame.iv, frame.sealed, frame.clear)
        except InvalidTag:
            return None

    def count(self, frames: Iterable[SealedFrame]) -> int:
        """How many of them open."""
        return sum(self.open(frame) is not None for frame in frames)
