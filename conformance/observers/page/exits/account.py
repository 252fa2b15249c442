"""What a door carried, compared with what the observers inside the browser saw.

Whatever they did not see was sent by something that their scripts and the browser's network log do
not reach: a service worker's WebSocket, a prefetch, a page of another kind. It is read here as far
as it is plain text, and a host that only the door saw is unexplained egress.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Self

from conformance.observers.door.connection import Connection
from conformance.observers.door.sent import Sent, address_of, sent_of, usual_address
from conformance.observers.leaks import Place
from conformance.observers.page.exits.contacts import Contact, Explained
from conformance.observers.page.outgoing_canary import PATH

_BODIES: Final = frozenset({"HTTP body", "beacon"})
_ADDRESSES: Final = frozenset({"HTTP address", "WebSocket address"})
_REMOTE: Final = frozenset({"ICE candidate", "remote SDP"})
_CANDIDATE: Final = re.compile(r"candidate:\S+ \d+ tcp \d+ (\S+) (\d+) typ", re.IGNORECASE)
"""A candidate of the other side over TCP (RFC 8839, section 5.1; RFC 6544)."""

BROWSERS_OWN: Final = frozenset({
    "accounts.google.com", "clients2.google.com", "content-autofill.googleapis.com",
    "optimizationguide-pa.googleapis.com", "safebrowsing.googleapis.com", "update.googleapis.com",
})  # fmt: skip
"""Services that a whole Chrome may ask by itself. Its pages' requests to them would be seen."""

_CERTIFICATES: Final = (b"application/pkix-c", b"application/pkcs7-mime", b"application/x-x509-ca")
"""A browser fetches a certificate that a server left out of its chain (RFC 5280, 4.2.2.1)."""


@dataclass(frozen=True)
class Watched:
    """What the observers inside one browser saw. Canaries are left out.

    Attributes:
        places: hosts with their ports; port 0 stands for every port.
        addresses: how often each address was asked for, without fragments.
        bodies: the bodies of requests.
    """

    places: frozenset[tuple[str, int]] = frozenset()
    addresses: Counter[str] = field(default_factory=Counter)
    bodies: frozenset[bytes] = frozenset()

    @classmethod
    def of(cls, contacts: Iterable[Contact], items: Iterable[tuple[Place, bytes]]) -> Self:
        """From the contacts and items of `Outgoing`."""
        places = {(one.host, one.port) for one in contacts if PATH not in one.what}
        addresses: Counter[str] = Counter()
        bodies = set()
        for place, data in items:
            if PATH in place.name:
                continue
            if place.kind in _BODIES:
                bodies.add(data)
            elif place.kind in _ADDRESSES:
                addresses[usual_address(data.decode("utf-8", "replace"))] += 1
            elif place.kind in _REMOTE:
                found = _CANDIDATE.findall(data.decode("utf-8", "replace"))
                places |= {(host.lower(), int(port[:5])) for host, port in found}
        return cls(frozenset(places), addresses, frozenset(bodies))

    def has(self, connection: Connection) -> bool:
        """Whether an observer saw this host and port."""
        host = connection.host
        return (host, connection.port) in self.places or (host, 0) in self.places


@dataclass(frozen=True)
class Account:
    """The account of one door. `unread` is the door's own."""

    connections: Sequence[Connection]
    watched: Watched
    unread: Sequence[str] = ()

    def unexplained(self, explained: Explained, since: float) -> list[str]:
        """Hosts that only the door saw after `since` (monotonic seconds), with bytes and count."""
        found: dict[str, list[Connection]] = {}
        for one in self.unseen:
            if one.at < since or PATH in one.host or _is_browsers_own(one):
                continue
            if not explained.covers(Contact(one.host, one.port, "carried", one.at)):
                found.setdefault(one.place, []).append(one)
        return [
            f"{sum(one.sent for one in many)} bytes to {place} in {len(many)} connections that no "
            "observer of its pages saw"
            for place, many in found.items()
        ]

    def reports(self, host: str) -> bool:
        """Whether the door alone saw this host. For a canary."""
        return any(one.host == host for one in self.unseen)

    def carried(self, url: str) -> bool:
        """Whether the door carried a connection to the host and port of this address."""
        place = usual_address(url).partition("://")[2].partition("/")[0]
        return any(
            one.sent > 0 and place in (one.place, one.host, f"[{one.host}]:{one.port}")
            for one in self.connections
        )

    @cached_property
    def unseen(self) -> list[Connection]:
        """Connections to a host and port that no observer saw, oldest first."""
        return [one for one in self.connections if not self.watched.has(one)]

    def items(self) -> Iterator[tuple[Place, bytes]]:
        """What the observers did not see, as far as it is plain text."""
        for one in self.unseen:
            yield Place("carried name", one.place), one.host.encode("utf-8", "replace")
        for sent, is_seen in self._plain:
            yield from _items(sent, is_seen, self.watched.bodies)

    def incomplete(self) -> list[str]:
        """What the observers did not see, and nobody can read."""
        unread = [
            f"{s.url or 'a tunnel'}: {s.unread}" for s, seen in self._plain if s.unread and not seen
        ]
        return [*self.unread, *unread]

    def has_body(self, name: str) -> bool:
        """Whether the whole body of this request ("POST http://…") was carried in plain text."""
        method, _, url = name.partition(" ")
        url = usual_address(url)
        return any(
            s.method == method and s.url == url and s.body and not s.unread for s, _ in self._plain
        )

    @cached_property
    def _plain(self) -> list[tuple[Sent, bool]]:
        """What was sent in plain text, and whether the observers saw its address each time."""
        times = Counter(address_of(one) for one in self.connections)
        found = []
        for one in self.connections:
            address = address_of(one)
            seen = self.watched.addresses[address]
            # Requests may be repeated by the browser itself, and read more than once from a cache.
            is_seen = seen >= times[address] if address.startswith("ws") else seen > 0
            if address.startswith("ws") and is_seen:
                continue  # all its frames were seen, too
            if (sent := sent_of(one)) is not None:
                found.append((sent, is_seen or (not address and self.watched.has(one))))
        return found


def _items(sent: Sent, is_seen: bool, bodies: frozenset[bytes]) -> Iterator[tuple[Place, bytes]]:
    name = f"{sent.method} {sent.url.partition('?')[0][:300]}".strip() or "a tunnel"
    if not is_seen and sent.head:
        yield Place("carried request", name), sent.url.encode("utf-8", "replace")
        yield Place("carried request", name), sent.head
    if sent.is_websocket:
        if sent.messages:
            yield Place("carried WebSocket", name), b"".join(sent.messages)
    elif sent.body and sent.body not in bodies and not (is_seen and not sent.head):
        yield Place("carried body", name), sent.body


def _is_browsers_own(connection: Connection) -> bool:
    if connection.host in BROWSERS_OWN:
        return True
    if not connection.url or "?" in connection.url or not connection.kept.startswith(b"GET "):
        return False
    head = bytes(connection.answer).partition(b"\r\n\r\n")[0].lower()
    lines = [line.partition(b":") for line in head.split(b"\r\n")]
    return any(
        name.strip() == b"content-type" and value.strip().startswith(_CERTIFICATES)
        for name, _, value in lines
    )
