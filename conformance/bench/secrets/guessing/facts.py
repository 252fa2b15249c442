"""What others know of a session, as the values from which a careless server computes its secret."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

MOST_MOMENTS: Final = 120
"""The number of milliseconds that are tried in formulas. A request takes 10 to 50 ms."""
_CLOCKS_AGREE_S: Final = 2
"""A server whose clock differs by more gives its own second; then all of its milliseconds count."""

Value = tuple[str, bytes]
"""The name of a public value, and its bytes."""


@dataclass(frozen=True)
class SessionFacts:
    """One session: its secret, and what others know of it.

    Attributes:
        began_ns, ended_ns: the request that created it, in nanoseconds since 1970.
        created: the creation time that the server names, in seconds since 1970; 0: none.
        numbers: small numbers that the server gives away (a row's number).
        names: further texts, such as user ids and the API key, by name.
        earlier: secrets that somebody had got before, by name.
        name: the session in words.
    """

    secret: str
    room_id: str
    session_id: str
    title: str = ""
    began_ns: int = 0
    ended_ns: int = 0
    created: int = 0
    numbers: tuple[int, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    earlier: dict[str, str] = field(default_factory=dict)
    name: str = "a session"

    def window_ns(self) -> tuple[int, int]:
        """The time in which the server drew the secret, by the server's clock."""
        if self.created and abs(self.created - self.began_ns // 10**9) > _CLOCKS_AGREE_S:
            return self.created * 10**9, (self.created + 1) * 10**9
        return self.began_ns, self.ended_ns

    def seconds(self) -> list[int]:
        """The seconds since 1970 that may have been used."""
        first, last = (moment // 10**9 for moment in self.window_ns())
        return list(range(first - 1, min(last, first + 3) + 2))

    def milliseconds(self) -> list[int]:
        """The milliseconds since 1970 that may have been used, from the end of the request."""
        first, last = (moment // 10**6 for moment in self.window_ns())
        return list(range(max(first - 2, last + 2 - MOST_MOMENTS), last + 3))

    def main(self) -> list[Value]:
        """The values that a formula most likely combines."""
        found = [("Session ID", self.session_id), ("room id", self.room_id)]
        found += [("title", self.title)] if self.title else []
        found += [(name, text) for name, text in self.names.items() if "key" in name]
        found += list(self.earlier.items())
        return [(name, text.encode()) for name, text in found]

    def others(self) -> list[Value]:
        """The same values in other forms, and the other values."""
        found: list[Value] = []
        try:
            session = uuid.UUID(self.session_id)
        except ValueError:
            pass
        else:
            found.append(("Session ID without dashes", session.hex.encode()))
            found.append(("Session ID as 16 bytes", session.bytes))
        found.append(("Session ID in capitals", self.session_id.upper().encode()))
        found += [(n, t.encode()) for n, t in self.names.items() if "key" not in n]
        near = {one + step for one in self.numbers for step in (-1, 0, 1)} | set(range(9))
        found += [("a counter", str(one).encode()) for one in sorted(near) if one >= 0]
        return found

    def times(self) -> list[Value]:
        """The creation time: in seconds and milliseconds, as a number and as a date."""
        found = [("creation time in s", str(one).encode()) for one in self.seconds()]
        found += [("creation time in ms", str(one).encode()) for one in self.milliseconds()]
        for second in self.seconds():
            moment = datetime.fromtimestamp(second, UTC)
            for text in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y-%m-%d"):
                found.append(("creation date", moment.strftime(text).encode()))
        return list(dict.fromkeys(found))

    def microseconds(self) -> Iterator[int]:
        """The microseconds since 1970 that may have been used."""
        first, last = (moment // 1000 for moment in self.window_ns())
        return iter(range(first - 1, min(last, first + 200_000) + 2))
