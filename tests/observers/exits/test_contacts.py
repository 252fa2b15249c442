"""Hosts are explained by the stack's addresses and by the server's own answers."""

from __future__ import annotations

import pytest

from conformance.observers.page.exits.contacts import (
    Contact,
    Explained,
    contact_of,
    ice_contacts,
    unexplained,
)

ENDPOINTS = ["https://meet.example", "ws://127.0.0.1:7880", None]
TOLD = [b'{"urls":["stun:stun.else.example:19302"],"nats":"ws://localhost:8222"}']


def contact(url: str, resource: str = "fetch", at: float = 5.0) -> Contact:
    made = contact_of(url, "GET", at, resource=resource)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("url", "is_explained"),
    [
        ("https://meet.example/api", True),
        ("wss://meet.example:4443/x", True),
        ("http://localhost:7880/rtc", True),
        ("ws://[::1]:8222/", True),
        ("http://localhost:9000/", False),
        ("https://stun.else.example/", True),
        ("https://else.example/", False),
        ("https://evil.example/", False),
    ],
)
def test_hosts(url: str, is_explained: bool) -> None:
    assert Explained(ENDPOINTS, TOLD).covers(contact(url)) is is_explained


def test_addresses_inside_the_browser_are_no_contact() -> None:
    for url in ("data:,x", "blob:http://localhost/1", "about:blank", "https://[", "//x"):
        assert contact_of(url, "GET", 0.0) is None


def test_ice_servers_are_contacts() -> None:
    text = '{"urls":["turn:evil.example:3478?transport=udp","stun:[::1]:9"]}'
    assert [(one.host, one.port) for one in ice_contacts(text, 0.0)] == [
        ("evil.example", 3478),
        ("::1", 9),
    ]


def test_what_happened_before_the_secret_and_files_are_apart() -> None:
    early = contact("https://cdn.example/a.js", "script", 0.5)
    file = contact("https://cdn.example/b.woff2", "font")
    query = contact("https://cdn.example/c.png?d=1", "image")
    explained = Explained(ENDPOINTS, TOLD)
    assert unexplained([early, file], explained, since=6.0) == ([], [])
    data, files = unexplained([early, file, query], explained, since=1.0)
    assert [one.partition(" ")[0] for one in files] == ["cdn.example:443"]
    assert ["c.png" in one for one in data] == [True]
