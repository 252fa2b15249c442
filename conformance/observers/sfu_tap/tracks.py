"""Encoded frames as the SFU forwarded them, by track.

The subject controls them, so they may be hostile. The page keeps a track's first frames whole and
in sequence, and later ones at intervals. Of every other frame it keeps the end, which holds the
nonce. `left_out` counts frames beyond the limits.
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
    codec_of,
    unescape,
)

ENCRYPTION: Final = {0: "none", 1: "GCM", 2: "custom"}
"""livekit.Encryption.Type (livekit-protocol, livekit_models.proto)."""

RED: Final = "audio/red"
_MOST_TRACKS: Final = 256
_MOST_TAILS: Final = 400_000


@dataclass(frozen=True)
class CapturedFrame:
    """One whole frame. `number` counts a track's frames from 0; `rtp` and `ssrc` are the SFU's.

    `key` is the depacketiser's mark of a key frame, False for sound; `at` is Unix time in s.
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

    `source` is LiveKit's: microphone, camera, screen_share, screen_share_audio. `encryption` is the
    publisher's own statement (TrackInfo), never a proof. `seen` is the number of frames that
    arrived; `cut` of them exceeded the size limit.
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
    tails: dict[int, bytes] = field(default_factory=dict)
    """The ends of the frames that were not kept whole, by the frame's number."""

    @property
    def codec(self) -> Codec | None:
        """The codec, None if the suite cannot read it."""
        return codec_of(self.mime)

    @property
    def name(self) -> str:
        """The owner and the source, for messages."""
        return f"{self.identity or 'unknown'}'s {self.source or self.kind or 'track'}"

    def sealed_ends(self, sif_trailer: bytes) -> list[tuple[bytes, bytes]]:
        """Nonce and tag of every frame, whole or not, that ends like an encrypted frame.

        Frames that the server injected are left out: they end in `sif_trailer`.
        """
        escaped = self.codec in (Codec.H264, Codec.H265)
        return [
            sealed
            for end in (*(frame.data for frame in self.frames), *self.tails.values())
            if not (sif_trailer and end.endswith(sif_trailer))
            and (sealed := _sealed_end(end, escaped=escaped)) is not None
        ]

    def ends(self, sif_trailer: bytes, size: int) -> dict[int, bytes]:
        """The last `size` bytes of every frame, whole or not, by its number.

        Frames that the server injected, and empty ones, are left out.
        """
        ends = {frame.number: frame.data for frame in self.frames} | self.tails
        return {
            number: end[-size:]
            for number, end in sorted(ends.items())
            if end and not (sif_trailer and end.endswith(sif_trailer))
        }

    def unsealed_ends(self, sif_trailer: bytes) -> int:
        """How many of `tails` lack the trailer of an encrypted frame.

        Frames that the server injected, and empty ones, do not count.
        """
        escaped = self.codec in (Codec.H264, Codec.H265)
        return sum(
            bool(end)
            and not (sif_trailer and end.endswith(sif_trailer))
            and _sealed_end(end, escaped=escaped) is None
            for end in self.tails.values()
        )


def primary_of_red(data: bytes) -> bytes | None:
    """The newest block of redundant sound (RFC 2198): one Opus packet; None for other data.

    Clients send redundant sound in plain rooms; livekit-client turns it off when it encrypts.
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
    """All frames of one session that were fetched so far.

    `sif_trailer` ends the frames that the server itself injects into encrypted tracks.
    """

    sif_trailer: bytes = b""
    tracks: dict[str, CapturedTrack] = field(default_factory=dict)
    left_out: int = 0
    ended: str | None = None
    _tails: int = 0

    def of(self, identity: str, *sources: str) -> list[CapturedTrack]:
        """One person's tracks, from these sources if any are given."""
        return [
            track
            for track in self.tracks.values()
            if track.identity == identity and (not sources or track.source in sources)
        ]

    def take(self, batch: Mapping[str, Any]) -> None:
        """Add one answer of the page; entries of an unexpected form are ignored."""
        for row in _rows(batch.get("tracks")):
            track = self._track(str(row.get("sid", "")))
            if track is not None:
                track.seen, track.cut = _count(row.get("seen")), _count(row.get("cut"))
                track.mime = str(row.get("mime") or track.mime)[:64]
        for row in _rows(batch.get("said")):
            track = self._track(str(row.get("sid", "")))
            if track is not None:
                track.identity = str(row.get("identity", ""))[:256]
                track.kind = str(row.get("kind", ""))[:32]
                track.source = str(row.get("source", ""))[:32]
                track.mime = track.mime or str(row.get("mime", ""))[:64]
                claim = row.get("encryption")
                if isinstance(claim, int):
                    track.encryption = ENCRYPTION.get(claim, "unknown")
        for row in _rows(batch.get("frames")):
            self._frame(row)
        self.left_out = _count(batch.get("leftOut"))
        ended = batch.get("ended")
        self.ended = str(ended)[:200] if ended else None

    def _track(self, sid: str) -> CapturedTrack | None:
        if sid not in self.tracks and len(self.tracks) < _MOST_TRACKS:
            self.tracks[sid] = CapturedTrack(sid[:128])
        return self.tracks.get(sid)

    def _frame(self, row: Mapping[str, Any]) -> None:
        track = self._track(str(row.get("sid", "")))
        try:
            data = base64.b64decode(str(row.get("data", "")), validate=True)
        except ValueError:  # includes binascii.Error
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
                track.tails[_count(row.get("n"))] = data
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
