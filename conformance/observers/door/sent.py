"""What a browser sent over a door in plain text: requests, and WebSockets in tunnels.

Input is hostile: nothing raises, and what cannot be read is said.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from conformance.observers.door.connection import LONGEST, METHODS, Connection

_END: Final = b"\r\n\r\n"
_TAIL: Final = b"\x00\x00\xff\xff"
_DEFAULT: Final = {"http": 80, "ws": 80}
_CONTROL: Final = 8
"""Opcodes from here on are control frames (RFC 6455, section 5.2)."""


@dataclass
class Sent:
    """One request or WebSocket that a browser sent in plain text.

    Attributes:
        url: the address; a tunnel's begins with `ws` if it became a WebSocket.
        method: the request's method.
        head: the request's head as it was sent.
        body: the body of a request, or all that followed the head in a tunnel.
        messages: the messages of a WebSocket, uncompressed.
        unread: why a part of it cannot be read.
    """

    url: str
    method: str
    head: bytes
    body: bytes = b""
    messages: list[bytes] = field(default_factory=list)
    is_websocket: bool = False
    unread: str | None = None


def address_of(connection: Connection) -> str:
    """The address that a connection was used for, without a fragment; "" if nobody can read it."""
    if connection.url:
        return usual_address(connection.url)
    head = _head(connection)
    if head is None:
        return ""
    target = head.split(b" ", 2)[1].decode("latin-1")
    scheme = "ws" if _is_upgrade(head) else "http"
    host = f"[{connection.host}]" if ":" in connection.host else connection.host
    return usual_address(f"{scheme}://{host}:{connection.port}{target}")


def usual_address(url: str) -> str:
    """An address without its fragment and without a port that is its scheme's default."""
    url = url.partition("#")[0]
    scheme, separator, rest = url.partition("://")
    place = rest[: min((at for sign in "/?" if (at := rest.find(sign)) >= 0), default=len(rest))]
    after = rest[len(place) :]
    default = _DEFAULT.get(scheme.lower())
    if default is not None:
        place = place.removesuffix(f":{default}")
    after = after if after.startswith("/") else f"/{after}"
    return f"{scheme.lower()}{separator}{place.lower()}{after}" if separator else url


def sent_of(connection: Connection) -> Sent | None:
    """What this connection sent in plain text; None for TLS, and for one that sent nothing."""
    if connection.is_tls or not connection.kept:
        return None
    head = _head(connection)
    if head is None:
        unread = None if _is_stun(connection) else _UNKNOWN
        return Sent("", "", b"", bytes(connection.kept), unread=unread)
    body = bytes(connection.kept[len(head) :])
    method = head.partition(b" ")[0].decode("latin-1")
    sent = Sent(address_of(connection), method, head, body)
    if connection.is_cut:
        sent.unread = f"it sent more than {LONGEST} bytes"
    if connection.is_tunnel and _is_upgrade(head):
        sent.is_websocket = True
        deflates = b"permessage-deflate" in bytes(connection.answer).partition(_END)[0].lower()
        _read_frames(sent, deflates=deflates)
    elif b"transfer-encoding: chunked" in head.lower():
        sent.body = b"".join(_chunks(body)) or body
    return sent


_UNKNOWN: Final = "what it sent is neither TLS nor HTTP"


def _head(connection: Connection) -> bytes | None:
    end = connection.kept.find(_END)
    if end < 0 or not connection.kept.startswith(METHODS):
        return None
    head = bytes(connection.kept[: end + len(_END)])
    return head if head.partition(b"\r\n")[0].count(b" ") >= 2 else None


def _is_upgrade(head: bytes) -> bool:
    lines = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    return any(name.strip() == b"upgrade" and b"websocket" in value for name, _, value in lines)


def _is_stun(connection: Connection) -> bool:
    """STUN over TCP, with or without ICE's framing (RFC 8489, section 5; RFC 4571)."""
    return b"\x21\x12\xa4\x42" in connection.kept[4:10]


def _read_frames(sent: Sent, *, deflates: bool) -> None:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    left = LONGEST
    parts: list[bytes] = []
    is_packed = False
    for opcode, is_packed_frame, is_final, payload in _frames(sent.body):
        if opcode >= _CONTROL:
            if payload:
                sent.messages.append(payload)
            continue
        if opcode:  # the first frame of a message
            parts, is_packed = [], is_packed_frame and deflates
        parts.append(payload)
        if not is_final:
            continue
        message = b"".join(parts)
        if is_packed:
            try:
                message = inflater.decompress(message + _TAIL, left)
            except zlib.error as error:
                sent.unread = sent.unread or f"a compressed frame of it is invalid: {error}"
            if inflater.unconsumed_tail:
                sent.unread = sent.unread or f"its frames have more than {LONGEST} bytes"
                return
        left = max(1, left - len(message))
        sent.messages.append(message)


def _frames(data: bytes) -> Iterator[tuple[int, bool, bool, bytes]]:
    """Opcode, RSV1, FIN and payload of each complete frame (RFC 6455, section 5.2)."""
    at = 0
    while at + 2 <= len(data):
        first, second = data[at], data[at + 1]
        size, start = second & 0x7F, at + 2
        if size == 126:
            size, start = int.from_bytes(data[start : start + 2]), start + 2
        elif size == 127:
            size, start = int.from_bytes(data[start : start + 8]), start + 8
        mask = b""
        if second & 0x80:
            mask, start = data[start : start + 4], start + 4
        payload = data[start : start + size]
        if len(payload) < size:
            # The end of the connection, or of what was kept.
            yield 0x8, False, True, _unmasked(payload, mask)
            return
        yield first & 0x0F, bool(first & 0x40), bool(first & 0x80), _unmasked(payload, mask)
        at = start + size


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    if not payload or len(mask) < 4:
        return payload
    key = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(len(payload))


def _chunks(body: bytes) -> Iterator[bytes]:
    """The chunks of a body (RFC 9112, section 7.1)."""
    at = 0
    while (end := body.find(b"\r\n", at)) >= 0:
        try:
            size = int(body[at:end].partition(b";")[0], 16)
        except ValueError:
            return
        if size <= 0:
            return
        yield body[end + 2 : end + 2 + size]
        at = end + 2 + size + 2
