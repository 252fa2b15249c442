"""What reached a browser and what its cryptor did with it, beside what was rendered.

A negative claim is bound to its reason: "sees nobody" needs packets that arrived and a cryptor
that refused them. Both are read in the page without touching the client: its RTCPeerConnections
are kept by a subclass put in place before the client's code runs and asked for their own
statistics (W3C webrtc-stats), and the messages of its end-to-end-encryption worker
(livekit-client: `{kind: "error", data: {error, participantIdentity}}`) are counted as they pass.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final, Literal, TypeVar

from playwright.async_api import Page
from pydantic import TypeAdapter, ValidationError

_MOST_ROWS: Final = 10_000


@dataclass(frozen=True)
class Track:
    """Statistics of one RTP stream of a page, added up since it began.

    `received` counts frames after the decrypting transform in Chromium: packets without
    received frames are what a refusing cryptor looks like.
    """

    direction: Literal["inbound", "outbound"]
    kind: Literal["audio", "video"]
    track: str
    packets: int
    bytes: int
    received: int
    decoded: int
    energy: float
    owner: str | None
    """LiveKit identity of the sender where the worker's messages name it, else None."""


@dataclass(frozen=True)
class Refusal:
    """Errors that the page's cryptor raised: reason (`InvalidKey`, `MissingKey`, …), for whom."""

    reason: str
    identity: str | None
    count: int


@dataclass(frozen=True)
class Transport:
    """One look at a page's media transport."""

    tracks: list[Track]
    refusals: list[Refusal]

    def inbound(self, *, owner: str | None = None) -> list[Track]:
        """The incoming tracks, of one sender if `owner` is given."""
        return [
            t
            for t in self.tracks
            if t.direction == "inbound" and (owner is None or t.owner == owner)
        ]

    def outbound(self) -> list[Track]:
        """The outgoing tracks."""
        return [t for t in self.tracks if t.direction == "outbound"]

    def refused(self, *reasons: str, identity: str | None = None) -> int:
        """How many errors of the cryptor name one of `reasons` (any, if none is given)."""
        return sum(
            r.count
            for r in self.refusals
            if (not reasons or r.reason in reasons)
            and (identity is None or r.identity in (identity, None))
        )


def init_script() -> str:
    """The script that has to run in the page before the client's own code."""
    return resources.files(__package__).joinpath("transport.js").read_text("utf-8")


async def look(page: Page) -> Transport:
    """Read the statistics of every peer connection that the page has made."""
    return transport_of(await page.evaluate("() => window.__pnmTransport.look()"))


def transport_of(raw: Any) -> Transport:
    """What a page answered; rows that are not of the agreed form are left out.

    The script runs among the page's own code, which may answer in its place.
    """
    answer = raw if isinstance(raw, dict) else {}
    return Transport(_rows(answer.get("tracks"), Track), _rows(answer.get("refusals"), Refusal))


Row = TypeVar("Row", Track, Refusal)


def _rows(value: Any, kind: type[Row]) -> list[Row]:
    adapter = TypeAdapter(kind)
    found = []
    for one in value[:_MOST_ROWS] if isinstance(value, list) else []:
        with contextlib.suppress(ValidationError):
            found.append(adapter.validate_python(one))
    return found
