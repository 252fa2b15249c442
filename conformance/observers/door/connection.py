"""What a door keeps of one connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

LONGEST: Final = 16 * 1024 * 1024
"""The limit of what is kept of one connection, in bytes."""
MOST_KEPT: Final = 128 * 1024 * 1024
"""The limit of what is kept of all connections together, in bytes."""
MOST_CONNECTIONS: Final = 20_000

METHODS: Final = (b"GET ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ", b"HEAD ", b"OPTIONS ")
"""The methods with which a browser begins a request in a tunnel."""

_ANSWER: Final = 4096
"""Enough for the head of an answer, which says how WebSocket frames are compressed."""
_UNKNOWN: Final = 4096
"""What is kept of a tunnel that carries neither TLS nor HTTP, such as media over TCP."""
_TLS: Final = b"\x16\x03"
"""The beginning of a TLS handshake record (RFC 8446, section 5.1)."""


@dataclass
class Connection:
    """One connection that a browser asked for. Also one that could not be made.

    Attributes:
        host: the host as the browser named it, in lower case, without brackets.
        port: its port.
        at: monotonic seconds.
        is_tunnel: asked for with CONNECT (RFC 9110, section 9.3.6), not as a plain request.
        url: the address of a plain request; "" for a tunnel.
        sent: bytes from the browser, including the head of a plain request.
        received: bytes to the browser.
        kept: what the browser sent in plain text; of TLS nothing.
        answer: the beginning of what the browser received in plain text.
        is_cut: `kept` lacks the end.
        failure: why the other side was not reached; None if it was.
    """

    host: str
    port: int
    at: float
    is_tunnel: bool
    url: str = ""
    sent: int = 0
    received: int = 0
    kept: bytearray = field(default_factory=bytearray, repr=False)
    answer: bytearray = field(default_factory=bytearray, repr=False)
    is_cut: bool = False
    failure: str | None = None
    _is_tls: bool | None = None

    @property
    def is_tls(self) -> bool:
        """Whether the tunnel carries TLS, so that nobody but its two ends can read it."""
        return self._is_tls is True

    @property
    def place(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"

    def takes(self, data: bytes, room: int) -> int:
        """Count what the browser sent, and keep it up to `room` bytes; return how many."""
        self.sent += len(data)
        if self._is_tls is None:
            first = bytes(self.kept[:2]) + data[:2]
            if self.is_tunnel and len(first) >= len(_TLS):
                self._is_tls = first.startswith(_TLS)
        if self._is_tls:
            self.kept.clear()
            return 0
        most = LONGEST
        if self.is_tunnel and not (bytes(self.kept[:8]) + data[:8]).startswith(METHODS):
            most = _UNKNOWN
        part = data[: max(0, min(room, most - len(self.kept)))]
        self.is_cut = self.is_cut or len(part) < len(data)
        self.kept += part
        return len(part)

    def gives(self, data: bytes) -> None:
        """Count what the browser received, and keep its beginning."""
        self.received += len(data)
        if not self._is_tls and len(self.answer) < _ANSWER:
            self.answer += data[: _ANSWER - len(self.answer)]

    def __str__(self) -> str:
        failure = f", {self.failure}" if self.failure else ""
        return f"{self.sent} bytes to {self.place}{failure}"
