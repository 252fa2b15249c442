"""Opens many frames with many keys: each frame is parsed once, each key is set up once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conformance.keys.frames import Codec, FrameMalformed, parse_frame


@dataclass(frozen=True)
class SealedFrame:
    """The AES-GCM inputs of a frame that looks encrypted."""

    clear: bytes
    sealed: bytes
    iv: bytes
    key_index: int


def sealed_frame(data: bytes, codec: Codec, key_frame: bool) -> SealedFrame | None:
    """Parse a whole frame; None if it is not an encrypted frame of LiveKit's form."""
    try:
        frame = parse_frame(data, codec, key_frame)
    except FrameMalformed:
        return None
    return SealedFrame(frame.clear, frame.ciphertext + frame.tag, frame.iv, frame.key_index)


class Opener:
    """One AES key (16 or 32 bytes) for any number of frames."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def open(self, frame: SealedFrame) -> bytes | None:
        """The frame before encryption; None if the key is another one or the frame was altered."""
        try:
            return frame.clear + self._aead.decrypt(frame.iv, frame.sealed, frame.clear)
        except InvalidTag:
            return None

    def count(self, frames: Iterable[SealedFrame]) -> int:
        """The number of frames that open."""
        return sum(self.open(frame) is not None for frame in frames)
