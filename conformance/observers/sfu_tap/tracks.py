"""Encoded frames as the SFU forwarded them, by track. Content is the subject's: hostile, bounded.

The page keeps a track's first frames whole and in a row, later ones now and then, and of every
other frame its end, where the nonce is; what went beyond its bounds is counted in `left_out`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.keys.frames import (
    IV_BYTES,
    OVERHEAD,
    TAG_BYTES,
    TRAILER_BYTES,
    Codec,
    unescape,
)

ENCRYPTION: Final = {0: "none", 1: "GCM", 2: "custom"}
"""livekit.Encryption.Type (livekit-protocol, livekit_models.proto)."""

RED: Final = "audio/red"
_CODECS: Final = {
    "audio/opus": Codec.OPUS,
    RED: Codec.OPUS,
    "video/vp8": Codec.VP8,
    "video/vp9": Codec.VP9,
    "video/h264": Codec.H264,
    "video/h265": Codec.H265,
}
_MOST_TRACKS: Final = 256
_MOST_TAILS: Final = 400_000


@dataclass(frozen=True)
class CapturedFrame:
    """One whole frame. `number` counts a track's frames from 0; `rtp` and `ssrc` are the SFU's.

    `key` is the depacketiser's word for a key frame, False for sound; `at` is Unix time in s.
    """

    data: bytes
    number: int
    key: bool
    rtp: int
    ssrc: int
    at: float


@dataclass(eq=False)
class CapturedTrack:
    """One published track.

    `source` is LiveKit's: microphone, camera, screen_share, screen_share_audio. `encryption` is
    what its publisher claims (TrackInfo), never a proof. `seen` frames came, `cut` of them were
    larger than what is kept.
    """

    sid: str
    identity: str = ""
    kind: str = ""
    source: str = ""
    mime: str = ""
    encryption: str = "unknown"
    seen: int = 0
    cut: int = 0
    frames: list[CapturedFrame] = field(default_factory=list)
    tails: list[bytes] = field(default_factory=list)
    """The ends of the frames that were not kept whole."""

    @property
    def codec(self) -> Codec | None:
        """None where the suite cannot read the codec."""
        return _CODECS.get(self.mime.lower())

    @property
    def name(self) -> str:
        """For words: whose it is, and what."""
        return f"{self.identity or 'nobody'}'s {self.source or self.kind or 'track'}"

    def sealed_ends(self, sif_trailer: bytes) -> list[tuple[bytes, bytes]]:
        """Nonce and tag of every frame, whole or not, that ends as an encrypted one does.

        Left out are the frames that the server put in: these end in `sif_trailer`.
        """
        escaped = self.codec in (Codec.H264, Codec.H265)
        return [
            sealed
            for end in (*(frame.data for frame in self.frames), *self.tails)
            if not (sif_trailer and end.endswith(sif_trailer))
            and (sealed := _sealed_end(end, escaped=escaped)) is not None
        ]


def primary_of_red(data: bytes) -> bytes | None:
    """The newest block of redundant sound (RFC 2198): one packet of Opus; None where it is none.

    Clients send it in plain rooms; livekit-client turns it off where it encrypts.
    """
    at = older = 0
    while at < len(data) and data[at] & 0x80:
        if at + 4 > len(data):
            return None
        older += (data[at + 2] & 0x03) << 8 | data[at + 3]
        at += 4
    start = at + 1 + older
    return data[start:] if start < len(data) else None


def _sealed_end(end: bytes, *, escaped: bool) -> tuple[bytes, bytes] | None:
    end = unescape(end[-48:]) if escaped else end
    nonce = end[-TRAILER_BYTES - IV_BYTES : -TRAILER_BYTES]
    tag = end[-OVERHEAD : -TRAILER_BYTES - IV_BYTES]
    if len(tag) != TAG_BYTES or end[-TRAILER_BYTES] != IV_BYTES:
        return None
    return nonce, tag


@dataclass
class Forwarded:
    """Everything of one session that was pulled so far.

    `sif_trailer` ends the frames that the server itself puts into encrypted tracks.
    """

    sif_trailer: bytes = b""
    tracks: dict[str, CapturedTrack] = field(default_factory=dict)
    left_out: int = 0
    ended: str | None = None
    _tails: int = 0

    def of(self, identity: str, *sources: str) -> list[CapturedTrack]:
        """One person's tracks, of these sources if any are given."""
        return [
            track
            for track in self.tracks.values()
            if track.identity == identity and (not sources or track.source in sources)
        ]

    def take(self, told: Mapping[str, Any]) -> None:
        """Take one answer of the page; what is not of the agreed form is left aside."""
        for row in _rows(told.get("tracks")):
            track = self._track(str(row.get("sid", "")))
            if track is not None:
                track.seen, track.cut = _count(row.get("seen")), _count(row.get("cut"))
                track.mime = str(row.get("mime") or track.mime)[:64]
        for row in _rows(told.get("said")):
            track = self._track(str(row.get("sid", "")))
            if track is not None:
                track.identity = str(row.get("identity", ""))[:256]
                track.kind = str(row.get("kind", ""))[:32]
                track.source = str(row.get("source", ""))[:32]
                track.mime = track.mime or str(row.get("mime", ""))[:64]
                claim = row.get("encryption")
                if isinstance(claim, int):
                    track.encryption = ENCRYPTION.get(claim, "unknown")
        for row in _rows(told.get("frames")):
            self._frame(row)
        self.left_out = _count(told.get("leftOut"))
        ended = told.get("ended")
        self.ended = str(ended)[:200] if ended else None

    def _track(self, sid: str) -> CapturedTrack | None:
        if sid not in self.tracks and len(self.tracks) < _MOST_TRACKS:
            self.tracks[sid] = CapturedTrack(sid[:128])
        return self.tracks.get(sid)

    def _frame(self, row: Mapping[str, Any]) -> None:
        track = self._track(str(row.get("sid", "")))
        try:
            data = base64.b64decode(str(row.get("data", "")), validate=True)
        except ValueError:  # binascii.Error is one
            return
        if track is None:
            return
        if track.mime.lower() == RED and len(data) == _count(row.get("size")):
            primary = primary_of_red(data)
            data = data if primary is None else primary
            row = {**row, "size": len(data)}
        if len(data) < _count(row.get("size")):
            if self._tails < _MOST_TAILS:
                self._tails += 1
                track.tails.append(data)
            return
        track.frames.append(
            CapturedFrame(
                data=data,
                number=_count(row.get("n")),
                key=row.get("key") is True,
                rtp=_count(row.get("rtp")),
                ssrc=_count(row.get("ssrc")),
                at=_count(row.get("at")) / 1000,
            )
        )


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _count(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and 0 <= value < 2**53 else 0
