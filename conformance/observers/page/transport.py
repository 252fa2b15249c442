"""Media statistics of a page: what arrived and what its cryptor did with it.

They support negative claims: "sees nobody" needs packets that arrived and a cryptor that refused
them. Both are read in the page without changing the client. A subclass of RTCPeerConnection,
installed before the client's code runs, keeps the connections, whose own statistics are then read
(W3C webrtc-stats). Messages of the end-to-end encryption worker (livekit-client: `{kind: "error",
data: {error, participantIdentity}}`) are counted.
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
    """Statistics of one RTP stream of a page, cumulative since its start.

    In Chromium `received` counts frames after the decrypting transform: if a cryptor refuses them,
    packets arrive but no frames are received.
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
    """The sender's LiveKit identity if the worker's messages name it, else None."""


@dataclass(frozen=True)
class Refusal:
    """Errors of the page's cryptor: reason (`InvalidKey`, `MissingKey`, …) and participant."""

    reason: str
    identity: str | None
    count: int


@dataclass(frozen=True)
class Transport:
    """A page's media transport at one time."""

    tracks: list[Track]
    refusals: list[Refusal]

    def inbound(self, *, owner: str | None = None) -> list[Track]:
        """The incoming tracks, only of `owner` if it is given."""
        return [
            t
            for t in self.tracks
            if t.direction == "inbound" and (owner is None or t.owner == owner)
        ]

    def outbound(self) -> list[Track]:
        """The outgoing tracks."""
        return [t for t in self.tracks if t.direction == "outbound"]

    def refused(self, *reasons: str, identity: str | None = None) -> int:
        """The number of the cryptor's errors with one of `reasons` (any, if none is given)."""
        return sum(
            r.count
            for r in self.refusals
            if (not reasons or r.reason in reasons)
            and (identity is None or r.identity in (identity, None))
        )


def init_script() -> str:
    """The script that must run in the page before the client's own code."""
    return resources.files(__package__).joinpath("transport.js").read_text("utf-8")


async def look(page: Page) -> Transport:
    """Read the statistics of every peer connection that the page has made."""
    return transport_of(await page.evaluate("() => window.__pnmTransport.look()"))


def transport_of(raw: Any) -> Transport:
    """Parse a page's answer; rows of an unexpected form are skipped.

    The script runs beside the page's own code, which may answer in its place.
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
