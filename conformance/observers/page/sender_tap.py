"""What the senders of a page let out: every encoded frame behind its last transform.

A client encrypts media in a transform of each RTCRtpSender (WebRTC Encoded Transform). This tap
stands behind the transform, in the page and in its workers, so it also sees frames and simulcast
layers that the SFU forwards to nobody. It counts every frame. It keeps frames whole up to a limit,
and of every other frame the end. A sender that sends without a transform is reported as well.

The page runs the tap, so a hostile page could deceive it. The SFU tap does not depend on the page.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final, Self

from playwright.async_api import BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

from conformance.keys.frames import Codec, codec_of
from conformance.observers.binding import add_binding
from conformance.observers.notifier import Notifier

_BINDING: Final = "__pnmSenderFrames"
_LOOK: Final = "() => window.__pnmSenderTap?.look()"
_MOST_STREAMS: Final = 256
_MOST_SENDERS: Final = 256
_MOST_BYTES: Final = 64 << 20
_MOST_ENDS: Final = 400_000


@dataclass(frozen=True)
class SentFrame:
    """One whole frame. `number` counts a stream's frames from 0; `at` is Unix time in s."""

    data: bytes
    number: int
    key: bool
    at: float


@dataclass(eq=False)
class SentStream:
    """One RTP stream (SSRC) of one sender in one codec: a simulcast layer is a stream of its own.

    `frames` and `octets` count all frames. `unsealed` counts frames that are not empty and lack the
    trailer of an encrypted frame.
    """

    sender: str
    ssrc: int
    mime: str
    frames: int = 0
    octets: int = 0
    unsealed: int = 0
    width: int = 0
    whole: list[SentFrame] = field(default_factory=list)
    ends: set[bytes] = field(default_factory=set)
    """The last `END` bytes of each frame."""

    @property
    def codec(self) -> Codec | None:
        """The codec, None if the suite cannot read it."""
        return codec_of(self.mime)


@dataclass(frozen=True)
class Sender:
    """An RTCRtpSender. `way` is its transform: `encoded streams`, `script transform` or `none`.

    `sent` is the RTP payload in bytes, as the browser counts it, and `plain` the part that was sent
    before there was a transform. `unwatched`: its frames go where the tap does not see them.
    """

    id: str
    kind: str
    label: str
    way: str
    sent: int
    plain: int
    unwatched: bool


END: Final = 32
"""Bytes of a frame's end that name it: the tag and the nonce of an encrypted frame, unescaped."""


class SenderTap(Notifier):
    """What one participant's pages sent since they were opened, also before a reload."""

    def __init__(self) -> None:
        super().__init__()
        self.streams: dict[str, SentStream] = {}
        self.senders: dict[str, Sender] = {}
        self.left_out = 0
        self._kept = self._ends = 0

    @classmethod
    async def attach(cls, context: BrowserContext) -> Self:
        """Start watching; call it before the first page of `context` opens.

        The scripts of other observers that replace `Worker` or `RTCPeerConnection` come before.
        """
        tap = cls()
        await add_binding(context, _BINDING, tap.take)
        await context.add_init_script(init_script())
        return tap

    async def look(self, page: Page) -> None:
        """Fetch the senders' statistics. A page that is gone has told what it could."""
        with contextlib.suppress(PlaywrightError):
            await page.evaluate(_LOOK)

    def label(self, stream: SentStream) -> str:
        """The name of the stream's device, its codec and its width, for messages."""
        sender = self.senders.get(stream.sender)
        what = (sender.label or sender.kind) if sender is not None else ""
        width = f", {stream.width} pixels wide" if stream.width else ""
        return f"{what or 'a track'} ({stream.mime or 'unknown codec'}{width})"

    def take(self, message: Any) -> None:
        """Process one message of a page; entries of an unexpected form are ignored."""
        if not isinstance(message, Mapping):
            return
        for row in _rows(message.get("senders")):
            if len(self.senders) < _MOST_SENDERS or row.get("id") in self.senders:
                self._sender(row)
        layers = message.get("layers")
        for name, layer in layers.items() if isinstance(layers, Mapping) else ():
            if isinstance(layer, Mapping):
                self._layer(str(name)[:200], layer)
        rows = message.get("rows")
        for one in rows if isinstance(rows, list) else ():
            match one:
                case [str(name), int(number), int(key), int(at), int(size), str(data)]:
                    self._frame(name[:200], number, key == 1, at / 1000, size, data)
        self.notify()

    def _sender(self, row: Mapping[str, Any]) -> None:
        name = str(row.get("id", ""))[:64]
        self.senders[name] = Sender(
            id=name,
            kind=str(row.get("kind", ""))[:16],
            label=str(row.get("label", ""))[:100],
            way=str(row.get("way", ""))[:32],
            sent=_count(row.get("sent")),
            plain=_count(row.get("plain")),
            unwatched=row.get("unwatched") is True,
        )

    def _layer(self, name: str, layer: Mapping[str, Any]) -> None:
        if name not in self.streams and len(self.streams) >= _MOST_STREAMS:
            return
        stream = self.streams.setdefault(
            name,
            SentStream(
                str(layer.get("sender", ""))[:64],
                _count(layer.get("ssrc")),
                str(layer.get("mime", ""))[:64],
            ),
        )
        stream.frames = max(stream.frames, _count(layer.get("frames")))
        stream.octets = max(stream.octets, _count(layer.get("bytes")))
        stream.unsealed = max(stream.unsealed, _count(layer.get("unsealed")))
        stream.width = _count(layer.get("width")) or stream.width

    def _frame(self, name: str, number: int, key: bool, at: float, size: int, encoded: str) -> None:
        stream = self.streams.get(name)
        try:
            data = base64.b64decode(encoded, validate=True)
        except ValueError:  # includes binascii.Error
            return
        if stream is None:
            return
        if self._ends < _MOST_ENDS:
            self._ends += 1
            stream.ends.add(data[-END:])
        if len(data) != size:
            return
        if self._kept + size > _MOST_BYTES:
            self.left_out += 1
            return
        self._kept += size
        stream.whole.append(SentFrame(data, number, key, at))


def init_script() -> str:
    """The script that must run in the page before the client's own code."""
    folder = resources.files(__package__)
    script = folder.joinpath("sender_tap.js").read_text("utf-8")
    head = folder.joinpath("worker_head.js").read_text("utf-8")
    return f"(\n{script.strip()}\n)(\n{head.strip()}\n);"


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _count(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and 0 <= value < 2**53 else 0
