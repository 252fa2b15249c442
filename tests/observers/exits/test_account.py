"""What only the door saw is a find; what an observer of the pages saw is explained."""

from __future__ import annotations

import pytest

from conformance.observers.door.connection import Connection
from conformance.observers.leaks import Place
from conformance.observers.page.exits.account import BROWSERS_OWN, Account, Watched
from conformance.observers.page.exits.contacts import Contact, Explained, contact_of, ice_contacts
from conformance.observers.page.outgoing_canary import PATH

EXPLAINED = Explained(["http://localhost:8080", "https://meet.test"], [b'"cdn.test"'])
TLS = b"\x16\x03\x01" + b"x" * 45
UPGRADE = b"GET /s HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"


def tunnel(host: str, port: int = 443, sent: bytes = TLS, at: float = 5.0) -> Connection:
    made = Connection(host, port, at, is_tunnel=True)
    made.takes(sent, 1 << 30)
    return made


def plain(method: str, url: str, body: bytes = b"", answer: bytes = b"") -> Connection:
    contact = contact_of(url, method, 5.0)
    assert contact is not None
    made = Connection(contact.host, contact.port, 5.0, is_tunnel=False, url=url)
    made.takes(f"{method} {url} HTTP/1.1\r\nX-Own: header\r\n\r\n".encode() + body, 1 << 30)
    made.gives(answer)
    return made


def seen(*urls: str, items: list[tuple[Place, bytes]] | None = None) -> Watched:
    contacts = [one for url in urls if (one := contact_of(url, "GET", 1.0)) is not None]
    addresses = [(Place("HTTP address", url), url.encode()) for url in urls]
    return Watched.of(contacts, [*addresses, *(items or [])])


def test_a_host_that_no_observer_saw_is_a_find() -> None:
    account = Account([tunnel("stats.test"), tunnel("stats.test")], seen("https://meet.test/"))
    (found,) = account.unexplained(EXPLAINED, since=0.0)
    assert found.startswith("96 bytes to stats.test:443 in 2 connections")


@pytest.mark.parametrize(
    "connection",
    [
        tunnel("meet.test"),  # the stack
        tunnel("cdn.test"),  # named by the server
        tunnel("other.test"),  # seen by an observer
        tunnel("localhost", 8080),
        tunnel("early.test", at=1.0),  # before the secret
        *(tunnel(host) for host in BROWSERS_OWN),
    ],
)
def test_explained_hosts(connection: Connection) -> None:
    account = Account([connection], seen("https://other.test/x"))
    assert account.unexplained(EXPLAINED, since=2.0) == []


def test_another_port_of_this_machine_is_another_host() -> None:
    account = Account([tunnel("localhost", 9999, b"")], seen("http://localhost:8080/"))
    assert account.unexplained(EXPLAINED, since=0.0) == [
        "0 bytes to localhost:9999 in 1 connections that no observer of its pages saw"
    ]


def test_ice_over_tcp_is_explained_by_candidates_and_servers() -> None:
    candidate = b"a=candidate:1 1 tcp 1518 10.0.0.7 7881 typ host tcptype passive"
    items = [(Place("remote SDP", "remote description"), candidate)]
    watched = Watched.of(ice_contacts('"turn:turn.test?transport=tcp"', 1.0), items)
    media = b"\x00\x20\x00\x01\x00\x0c\x21\x12\xa4\x42"
    known = [tunnel("10.0.0.7", 7881, media), tunnel("turn.test", 3478, media)]
    account = Account(known, watched)
    assert account.unexplained(EXPLAINED, since=0.0) == []
    assert account.incomplete() == []
    assert list(account.items()) == []
    other = Account([tunnel("10.0.0.8", 7881, media)], watched)
    assert len(other.unexplained(EXPLAINED, since=0.0)) == 1


def test_a_missing_certificate_may_be_fetched_by_the_browser() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/pkix-cert\r\n\r\n"
    fetch = plain("GET", "http://ca.test/r3.der", answer=answer)
    assert Account([fetch], seen()).unexplained(EXPLAINED, 0.0) == []
    told = plain("GET", "http://ca.test/r3.der?secret", answer=answer)
    assert len(Account([told], seen()).unexplained(EXPLAINED, 0.0)) == 1
    page = plain("GET", "http://ca.test/r3.der", answer=b"HTTP/1.1 200 OK\r\n\r\n")
    assert len(Account([page], seen()).unexplained(EXPLAINED, 0.0)) == 1


def test_an_unseen_request_to_the_own_server_is_read() -> None:
    """A host may be explained, but what was sent to it still has to be read."""
    url = "http://localhost:8080/api/note?q=1"
    account = Account([plain("POST", url, b"words")], seen("http://localhost:8080/"))
    assert account.unexplained(EXPLAINED, since=0.0) == []
    items = {(place.kind, data.partition(b" HTTP")[0]) for place, data in account.items()}
    assert items == {
        ("carried request", url.encode()),
        ("carried request", b"POST " + url.encode()),
        ("carried body", b"words"),
    }


def test_what_the_observers_read_is_not_read_again() -> None:
    url = "http://localhost:8080/api/note"
    body = (Place("HTTP body", f"POST {url}"), b"words")
    account = Account([plain("POST", url, b"words")], seen(url, items=[body]))
    assert list(account.items()) == []
    another = Account([plain("POST", url, b"other words")], seen(url, items=[body]))
    assert [data for _, data in another.items()] == [b"other words"]
    assert another.has_body(f"POST {url}")
    assert not another.has_body(f"POST {url}2")


def test_more_sockets_than_the_observers_saw_are_read() -> None:
    frame = b"\x82\x86\x00\x00\x00\x00secret"
    watched = Watched.of(
        [Contact("localhost", 7880, "WebSocket", 1.0)],
        [(Place("WebSocket address", "x"), b"ws://localhost:7880/s")],
    )
    one = tunnel("localhost", 7880, UPGRADE + frame)
    assert list(Account([one], watched).items()) == []
    found = {place.kind: data for place, data in Account([one, one], watched).items()}
    assert found["carried WebSocket"] == b"secret"


def test_names_are_items() -> None:
    account = Account([tunnel("736563726574.test", sent=b"")], seen())
    assert (Place("carried name", "736563726574.test:443"), b"736563726574.test") in list(
        account.items()
    )


def test_what_nobody_can_read_is_incomplete() -> None:
    account = Account(
        [tunnel("meet.test", 443, b"some other protocol")], seen(), ["the door's own"]
    )
    assert account.incomplete() == [
        "the door's own",
        "a tunnel: what it sent is neither TLS nor HTTP",
    ]


def test_a_canary_is_reported_and_not_judged() -> None:
    host = f"x1.{PATH}.invalid"
    canary = plain("GET", f"http://{host}/?q=marker")
    account = Account([canary], seen(f"http://{host}/?q=marker"))
    assert account.reports(host)
    assert account.unexplained(EXPLAINED, since=0.0) == []
    assert any(b"marker" in data for _, data in account.items())
    assert not Account([], seen()).reports(host)


def test_the_pages_own_host_must_have_come_through() -> None:
    account = Account([plain("GET", "http://localhost:8080/")], seen())
    assert account.carried("http://localhost:8080/index.html")
    assert not account.carried("http://localhost:9090/")
    assert Account([tunnel("meet.test")], seen()).carried("https://meet.test/x?token=1")
    assert Account([plain("GET", "http://meet.test/")], seen()).carried("http://meet.test")
