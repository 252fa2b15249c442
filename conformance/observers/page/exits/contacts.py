"""The hosts that a browser contacts, and which of them are explained.

A host is explained if it is an endpoint of the stack, or if the server named it in an answer (a
STUN server, a media server). What was contacted before a person typed the secret cannot carry it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from conformance.observers.door.dial import is_local

_SCHEMES: Final = frozenset({"http", "https", "ws", "wss"})
_DEFAULT: Final = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_STATIC: Final = frozenset({"script", "stylesheet", "image", "font", "media", "manifest"})
_ICE: Final = re.compile(r"\b(?:stuns?|turns?):([^\s\"'?,\\]+)")


@dataclass(frozen=True)
class Contact:
    """One connection that a browser made or prepared.

    Attributes:
        host: the host, in lower case.
        port: the port; 0 where it is not known.
        what: the kind of connection and its address without the query.
        at: monotonic seconds.
        is_file: a request for a static file, without body and query. It is read completely.
    """

    host: str
    port: int
    what: str
    at: float
    is_file: bool = False


def contact_of(
    url: str, what: str, at: float, *, resource: str = "", method: str = "GET"
) -> Contact | None:
    """The contact that a request to `url` makes; None for addresses inside the browser."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _SCHEMES or not parts.hostname:
        return None
    is_file = resource in _STATIC and method == "GET" and not parts.query
    text = f"{what} {url.partition('?')[0][:200]}"
    return Contact(parts.hostname, port or _DEFAULT[parts.scheme], text, at, is_file)


def ice_contacts(text: str, at: float) -> list[Contact]:
    """The STUN and TURN servers in a peer connection's configuration."""
    found = []
    for server in _ICE.findall(text):
        host, _, port = server.strip("/").rpartition(":")
        if not host or not port.isdigit():
            host, port = server.strip("/"), "0"
        found.append(Contact(host.strip("[]").lower(), int(port), f"ICE server {server[:200]}", at))
    return found


class Explained:
    """The hosts that a browser may contact.

    `endpoints` are addresses of the stack; `told` is what the server sent to the page.
    """

    def __init__(self, endpoints: Iterable[str | None], told: Sequence[bytes]) -> None:
        known = [contact_of(url, "", 0.0) for url in endpoints if url]
        self._hosts = {(one.host, one.port) for one in known if one is not None}
        self._told = b"\n".join(told).lower()

    def covers(self, contact: Contact) -> bool:
        """Whether the host, on this machine also the port, is an endpoint or was named."""
        if is_local(contact.host):
            # One machine runs everything: there the port tells a service from another program.
            ports = {port for host, port in self._hosts if is_local(host)}
            named = f":{contact.port}".encode()
            return contact.port in ports or contact.port == 0 or named in self._told
        return any(contact.host == host for host, _ in self._hosts) or self._names(contact.host)

    def _names(self, host: str) -> bool:
        # Whole names only: not the end of a longer one.
        return re.search(rb"(?<![\w.-])" + re.escape(host.encode()), self._told) is not None


def unexplained(
    contacts: Iterable[Contact], explained: Explained, since: float
) -> tuple[list[str], list[str]]:
    """The contacts after `since` that nothing explains: other data, and files of other hosts."""
    data: dict[str, None] = {}
    files: dict[str, None] = {}
    for contact in contacts:
        if contact.at < since or explained.covers(contact):
            continue
        (files if contact.is_file else data).setdefault(
            f"{contact.host}:{contact.port} ({contact.what})"
        )
    return list(data), list(files)
