"""Collects the frame tests of a group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conformance.keys.frames import Codec, clear_length, escape, parse_frame, seal_frame
from conformance.keys.generation.frame_samples import HEADS, stream
from conformance.keys.published.schema_tests import MediaFrameTest, Result


@dataclass
class Frames:
    """Collects the tests of one group; `key` seals the frames unless a test says otherwise."""

    codec: Codec
    key_frame: bool
    key: bytes
    ids: Iterator[int]
    tests: list[MediaFrameTest] = field(default_factory=list)

    @property
    def label(self) -> str:
        return f"{self.codec} {'key' if self.key_frame else 'delta'}"

    def iv(self) -> bytes:
        """An IV that no other frame has."""
        return stream(f"{self.label} iv {len(self.tests)} {len(self.key)}", 12)

    def seal(self, plain: bytes, key_index: int = 0) -> bytes:
        return seal_frame(plain, self.key, self.iv(), self.codec, self.key_frame, key_index)

    def good(
        self,
        comment: str,
        plain: bytes,
        *flags: str,
        key_index: int = 0,
        frame: bytes | None = None,
        result: Result = "valid",
        at_index: int | None = None,
        ring_size: int | None = None,
    ) -> bytes:
        """Add a frame that opens."""
        frame = self.seal(plain, key_index) if frame is None else frame
        parts = parse_frame(frame, self.codec, self.key_frame)
        self.tests.append(
            MediaFrameTest(
                tc_id=next(self.ids),
                comment=comment,
                result=result,
                flags=flags,
                key_hex=self.key.hex(),
                at_index=at_index,
                ring_size=ring_size,
                frame_hex=frame.hex(),
                plain_hex=plain.hex(),
                clear_hex=parts.clear.hex(),
                iv_hex=parts.iv.hex(),
                key_index=parts.key_index,
            )
        )
        return frame

    def bad(
        self,
        comment: str,
        frame: bytes,
        *flags: str,
        key: bytes | None = None,
        at_index: int | None = None,
        ring_size: int | None = None,
    ) -> None:
        """Add a frame that must be refused."""
        self.tests.append(
            MediaFrameTest(
                tc_id=next(self.ids),
                comment=comment,
                result="invalid",
                flags=flags,
                key_hex=(key or self.key).hex(),
                at_index=at_index,
                ring_size=ring_size,
                frame_hex=frame.hex(),
            )
        )

    def with_ciphertext(self, head: bytes, wanted: bytes) -> tuple[bytes, bytes]:
        """Return a plaintext that starts with `head` and encrypts to `wanted`, and its IV."""
        iv = self.iv()
        pad = AESGCM(self.key).encrypt(iv, bytes(len(wanted)), None)
        return head + bytes(a ^ b for a, b in zip(pad, wanted, strict=False)), iv

    def long_iv(self, comment: str, plain: bytes, iv: bytes, *flags: str) -> None:
        """Add a frame that was sealed with an IV of other than 12 bytes, which may be refused."""
        length = clear_length(plain, self.codec, self.key_frame)
        sealed = AESGCM(self.key).encrypt(iv, plain[length:], plain[:length])
        rest = sealed + iv + bytes((len(iv), 0))
        rest = escape(rest) if self.codec in HEADS else rest
        self.tests.append(
            MediaFrameTest(
                tc_id=next(self.ids),
                comment=comment,
                result="acceptable",
                flags=("IvLength", *flags),
                key_hex=self.key.hex(),
                frame_hex=(plain[:length] + rest).hex(),
                plain_hex=plain.hex(),
                clear_hex=plain[:length].hex(),
                iv_hex=iv.hex(),
                key_index=0,
            )
        )
