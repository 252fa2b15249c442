"""How a door reaches the other side: directly, or through the proxy of this machine's settings."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

SECONDS: Final = 20.0
"""How long a connection may take to be made."""
LIMIT: Final = 2 * 1024 * 1024
"""The limit of a request's or an answer's head, in bytes: Chromium's longest address."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Reached:
    """An open connection.

    `is_proxy`: a proxy of the settings, which takes plain requests with their whole address, and
    with `fields` in each head.
    """

    streams: Streams
    is_proxy: bool = False
    fields: tuple[bytes, ...] = ()


class NotReached(Exception):
    """The other side was not reached; the message says why, in a few words."""


async def dial(host: str, port: int, scheme: str) -> Reached:
    """Connect to a host.

    `scheme`, "http" or "https", selects the proxy in this machine's settings, if there is one
    (`http_proxy`, `https_proxy`, `no_proxy`). For "https" a tunnel through it is made.

    Raises:
        NotReached: nobody answers at this address.
    """
    if host.endswith(".invalid"):  # RFC 6761: it exists nowhere, so nobody needs to be asked
        raise NotReached("no such host")
    try:
        async with asyncio.timeout(SECONDS):
            settings = None if is_local(host) else _proxy_for(host, port, scheme)
            if settings is None:
                return Reached(await _connect(host, port))
            return await _through(settings, host, port, is_tunnel=scheme == "https")
    except TimeoutError as error:
        raise NotReached("no answer in time") from error
    except (OSError, UnicodeError) as error:  # UnicodeError: not a possible host name
        words = getattr(error, "strerror", None) or type(error).__name__
        raise NotReached(str(words)) from error


async def _connect(host: str, port: int) -> Streams:
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761: loopback, whatever DNS says
        host = "localhost"
    return await asyncio.open_connection(host, port, limit=LIMIT, happy_eyeballs_delay=0.25)


async def _through(settings: str, host: str, port: int, *, is_tunnel: bool) -> Reached:
    parts = urlsplit(settings if "//" in settings else f"//{settings}")
    if not parts.hostname:
        raise NotReached("the proxy in this machine's settings has no host")
    fields: tuple[bytes, ...] = ()
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        fields = (b"Proxy-Authorization: Basic " + base64.b64encode(user),)
    streams = await _connect(parts.hostname, parts.port or 80)
    if not is_tunnel:
        return Reached(streams, is_proxy=True, fields=fields)
    reader, writer = streams
    place = (f"[{host}]:{port}" if ":" in host else f"{host}:{port}").encode("ascii")
    try:
        lines = (b"CONNECT " + place + b" HTTP/1.1", b"Host: " + place, *fields)
        writer.write(b"\r\n".join((*lines, b"", b"")))
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        if head.split(b" ", 2)[1:2] != [b"200"]:
            raise NotReached("the proxy in this machine's settings refuses the connection")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        writer.transport.abort()
        raise NotReached("the proxy in this machine's settings gives no answer") from error
    except BaseException:
        writer.transport.abort()
        raise
    return Reached(streams)


def _proxy_for(host: str, port: int, scheme: str) -> str | None:
    proxies = getproxies()
    found = proxies.get(scheme) or proxies.get("all")
    if not found or found.startswith("socks"):
        return None
    return None if proxy_bypass(f"{host}:{port}") else found


def is_local(host: str) -> bool:
    """Whether the host is this machine: `localhost`, a name below it, or a loopback address."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
