"""A parser of the NATS client protocol, for one direction of a connection.

Source: docs.nats.io, "Client Protocol" (INFO, CONNECT, PUB, HPUB, SUB, UNSUB, MSG, HMSG, PING,
PONG, +OK, -ERR). Input may arrive in pieces of any size and may be hostile. Input that cannot be
parsed stops the parser with a reason; the parser never raises. Words and lines end as in
nats-server (server/parser.go): a word at a space or tab, a line at a line feed with or without a
carriage return.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MOST_BYTES: Final = 64 * 1024 * 1024
"""The largest accepted payload. NATS' default limit is 1 MiB, its highest limit 64 MiB."""
_LONGEST_LINE: Final = 256 * 1024
"""INFO of a large cluster is shorter. A longer control line is not NATS."""


@dataclass(frozen=True)
class Operation:
    """One protocol operation. `subject` and `reply` are empty if it has none.

    `text` is the rest of the control line for operations without payload (for example INFO's JSON).
    """

    verb: str
    subject: str = ""
    reply: str = ""
    headers: dict[str, list[str]] = field(default_factory=dict)
    payload: bytes = b""
    text: str = ""


@dataclass(frozen=True)
class _Head:
    verb: str
    subject: str
    reply: str
    header_size: int
    size: int


class NatsStream:
    """Turns pieces of bytes into operations. `broken` says why it stopped, None while it works."""

    def __init__(self) -> None:
        self.broken: str | None = None
        self._buffer = bytearray()
        self._head: _Head | None = None

    def feed(self, data: bytes) -> list[Operation]:
        """Return the operations that `data` completes."""
        if self.broken is not None:
            return []
        self._buffer += data
        operations: list[Operation] = []
        try:
            while (operation := self._next()) is not None:
                operations.append(operation)
        except ValueError as error:
            self.broken = str(error)[:200]
            self._buffer.clear()
        return operations

    def _next(self) -> Operation | None:
        if self._head is None:
            end = self._buffer.find(b"\n")
            if end < 0:
                if len(self._buffer) > _LONGEST_LINE:
                    raise ValueError("a control line has no end")
                return None
            line = bytes(self._buffer[:end]).removesuffix(b"\r")
            del self._buffer[: end + 1]
            verb, _, rest = line.replace(b"\t", b" ").partition(b" ")
            name = verb.decode("ascii", "replace").upper()
            if name not in ("PUB", "HPUB", "MSG", "HMSG"):
                return self._plain(name, rest)
            self._head = _head(name, rest)
        return self._with_payload(self._head)

    def _plain(self, verb: str, rest: bytes) -> Operation:
        text = rest.decode("utf-8", "replace").strip()
        if verb in ("INFO", "CONNECT", "PING", "PONG", "+OK", "-ERR", "UNSUB"):
            return Operation(verb, text=text)
        if verb == "SUB":
            return Operation(verb, subject=text.partition(" ")[0], text=text)
        raise ValueError(f"not a NATS operation: {verb[:40]!r}")

    def _with_payload(self, head: _Head) -> Operation | None:
        if len(self._buffer) < head.size + 2:
            return None
        if self._buffer[head.size : head.size + 2] != b"\r\n":
            raise ValueError(f"the payload of {head.verb} is not {head.size} bytes long")
        block = bytes(self._buffer[: head.header_size])
        payload = bytes(self._buffer[head.header_size : head.size])
        del self._buffer[: head.size + 2]
        self._head = None
        return Operation(head.verb, head.subject, head.reply, _headers(block), payload)


def _head(verb: str, rest: bytes) -> _Head:
    """Parse the control line of an operation with a payload.

    PUB subject [reply] size; HPUB subject [reply] headers total; MSG subject sid [reply] size; HMSG
    subject sid [reply] headers total.
    """
    words = [word for word in rest.decode("utf-8", "replace").split(" ") if word]
    sizes = 2 if verb.startswith("H") else 1
    before = 2 if verb.endswith("MSG") else 1
    if not before + sizes <= len(words) <= before + 1 + sizes:
        raise ValueError(f"{verb} has {len(words)} words")
    numbers = words[-sizes:]
    if not all(number.isascii() and number.isdigit() and len(number) < 12 for number in numbers):
        raise ValueError(f"the size of {verb} is not a number")
    size = int(numbers[-1])
    header_size = int(numbers[0]) if sizes == 2 else 0
    if size > MOST_BYTES or header_size > size:
        raise ValueError(f"the size of {verb} is out of range")
    reply = words[before] if len(words) == before + 1 + sizes else ""
    return _Head(verb, words[0], reply, header_size, size)


def _headers(block: bytes) -> dict[str, list[str]]:
    """The header lines after `NATS/1.0`: each name with a list of values."""
    headers: dict[str, list[str]] = {}
    for line in block.decode("utf-8", "replace").split("\r\n")[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip(), []).append(value.strip())
    return headers
