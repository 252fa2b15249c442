"""NATS traffic is parsed however it is split into frames, and hostile input does no harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.observers.nats_stream import MOST_BYTES, NatsStream, Operation
from conformance.observers.page.traffic import TrafficLog, _Connection
from conformance.wire import plugnmeet_pb2 as pb

FROM_SERVER = (
    b'INFO {"server_id":"N","headers":true}\r\n'
    b"PING\r\n+OK\r\n"
    b"MSG chat.room1 7 5\r\nhello\r\n"
    b"MSG sysPrivate.room1.bob.system 3 $JS.ACK.x.y.1.2.3.4.5 0\r\n\r\n"
    b"HMSG _INBOX.a 9 reply.to 31 36\r\nNATS/1.0\r\nNats-Sequence: 12\r\n\r\n"
    b"a\r\nb\x00\r\n-ERR 'Permissions Violation'\r\n"
)
EXPECTED = [
    Operation("INFO", text='{"server_id":"N","headers":true}'),
    Operation("PING"),
    Operation("+OK"),
    Operation("MSG", "chat.room1", payload=b"hello"),
    Operation("MSG", "sysPrivate.room1.bob.system", "$JS.ACK.x.y.1.2.3.4.5"),
    Operation("HMSG", "_INBOX.a", "reply.to", {"Nats-Sequence": ["12"]}, b"a\r\nb\x00"),
    Operation("-ERR", text="'Permissions Violation'"),
]


@given(st.lists(st.integers(1, 40), min_size=1))
def test_operations_are_complete_however_they_were_split(sizes: list[int]) -> None:
    stream, got, rest = NatsStream(), [], FROM_SERVER
    while rest:
        for size in sizes:
            got += stream.feed(rest[:size])
            rest = rest[size:]
    assert got == EXPECTED
    assert stream.broken is None


def test_client_operations_are_parsed_too() -> None:
    stream = NatsStream()
    got = stream.feed(
        b'CONNECT {"auth_token":"t"}\r\nSUB chat.room1 2\r\nSUB a q 3\r\nUNSUB 2\r\nPONG\r\n'
        b"PUB sysJsWorker.room1.bob _INBOX.1 2\r\nhi\r\nHPUB x 12 14\r\nNATS/1.0\r\n\r\nok\r\n"
    )
    assert [o.verb for o in got] == ["CONNECT", "SUB", "SUB", "UNSUB", "PONG", "PUB", "HPUB"]
    assert got[5] == Operation("PUB", "sysJsWorker.room1.bob", "_INBOX.1", payload=b"hi")
    assert got[6] == Operation("HPUB", "x", payload=b"ok")
    assert [o.subject for o in got[1:3]] == ["chat.room1", "a"]


@pytest.mark.parametrize(
    ("hostile", "reason"),
    [
        (b"HELLO\r\n", "not a NATS operation"),
        (b"MSG a\r\n", "words"),
        (b"MSG a 1 -5\r\n", "not a number"),
        (b"MSG a 1 99999999999\r\n", "out of range"),
        (b"HMSG a 1 9 3\r\n", "out of range"),
        ("MSG a 1 ٣\r\n".encode(), "not a number"),
        (b"MSG a 1 3\r\nabcdef", "not 3 bytes long"),
        (b"x" * 300_000, "has no end"),
    ],
)
def test_hostile_input_stops_the_reader_with_a_reason(hostile: bytes, reason: str) -> None:
    stream = NatsStream()
    assert stream.feed(hostile) == []
    assert reason in (stream.broken or "")
    assert stream.feed(FROM_SERVER) == []


@given(st.binary(max_size=400))
def test_no_bytes_raise(data: bytes) -> None:
    stream = NatsStream()
    stream.feed(data)
    stream.feed(FROM_SERVER[:50] + data)
    assert MOST_BYTES > 0


def connected() -> tuple[TrafficLog, _Connection]:
    log, connection = TrafficLog(), _Connection("ws://localhost:1/")
    log.take_frame(connection, "received", b"INFO {}\r\n", 1.0)
    return log, connection


def test_system_events_are_decoded_in_both_directions() -> None:
    log, connection = connected()
    told = pb.NatsMsgServerToClient(
        id="1", event="RES_INITIAL_DATA", msg='{"room":{}}'
    ).SerializeToString()
    asked = pb.NatsMsgClientToServer(event="PING").SerializeToString()
    log.take_frame(
        connection, "received", b"MSG sysPrivate.r.u.system 1 %d\r\n%b\r\n" % (len(told), told), 2.0
    )
    log.take_frame(
        connection, "sent", b"PUB sysJsWorker.r.u _I.1 %d\r\n%b\r\n" % (len(asked), asked), 3.0
    )
    (event,) = log.server_events()
    assert (event.name, event.json(), event.at) == ("RES_INITIAL_DATA", {"room": {}}, 2.0)
    assert [e.name for e in log.client_events()] == ["PING"]
    assert [m.direction for m in log.nats] == ["received", "sent"]


@given(st.binary(max_size=200), st.sampled_from(["sysPublic.r.system", "sysPrivate.r.u.system"]))
def test_no_payload_breaks_the_events(payload: bytes, subject: str) -> None:
    log, connection = connected()
    head = f"MSG {subject} 1 {len(payload)}\r\n".encode()
    log.take_frame(connection, "received", head + payload + b"\r\n", 2.0)
    assert all(isinstance(event.json(), dict) for event in log.server_events())
    assert len(log.nats) == 1


@pytest.mark.parametrize("text", ["", "[1]", "null", "{", "[" * 100_000, "9" * 5000])
def test_an_event_that_is_no_json_object_reads_as_an_empty_one(text: str) -> None:
    log, connection = connected()
    data = b"\x10\x63" + pb.NatsMsgServerToClient(msg=text).SerializeToString()  # event 99
    head = f"MSG sysPublic.r.system 1 {len(data)}\r\n".encode()
    log.take_frame(connection, "received", head + data + b"\r\n", 2.0)
    (event,) = log.server_events()
    assert event.name == "99"
    assert event.json() == {}


def test_a_websocket_that_is_not_nats_is_left_alone() -> None:
    log, connection = TrafficLog(), _Connection("ws://localhost:2/rtc")
    log.take_frame(connection, "received", b"\x0a\x05hello", 1.0)
    log.take_frame(connection, "received", FROM_SERVER, 1.0)
    assert log.nats == []
    assert log.problems == []


@pytest.mark.parametrize("head", [b"PUB a.b 5\n", b"PUB\ta.b\t5\r\n", b"pub  a.b  5\r\n"])
def test_words_and_lines_end_as_the_server_parses_them(head: bytes) -> None:
    stream = NatsStream()
    [operation] = stream.feed(head + b"hello\r\n")
    assert (operation.verb, operation.subject, operation.payload) == ("PUB", "a.b", b"hello")


def test_only_the_servers_blanks_separate_words() -> None:
    [operation] = NatsStream().feed("PUB a\u00a0b\u3000c 2\r\nhi\r\n".encode())
    assert (operation.subject, operation.reply) == ("a\u00a0b\u3000c", "")


def test_invalid_utf8_is_still_read() -> None:
    block = b"NATS/1.0\r\nName: a:b\xff\r\n\r\n"
    head = b"HPUB a\xff %d %d\r\n" % (len(block), len(block))
    [operation] = NatsStream().feed(head + block + b"\r\n")
    assert operation.subject == "a\ufffd"
    assert operation.headers == {"Name": ["a:b\ufffd"]}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"PUB a b c 5", "PUB has 4 words"),
        (b"PUB 5", "PUB has 1 words"),
        (b"PUB a 100000000000", "the size of PUB is not a number"),
        (b"PUB a 67108865", "the size of PUB is out of range"),
        (b"HPUB a 6 5", "the size of HPUB is out of range"),
    ],
)
def test_a_control_line_at_its_limit_is_refused(line: bytes, reason: str) -> None:
    stream = NatsStream()
    assert stream.feed(line + b"\r\n") == []
    assert stream.broken == reason


def test_the_largest_payload_is_waited_for() -> None:
    stream = NatsStream()
    assert stream.feed(b"PUB a 67108864\r\n") == []
    assert stream.broken is None
