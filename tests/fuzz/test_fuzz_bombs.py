"""Input that is small to send and expensive to read is bounded: bombs, loops, endless streams."""

from __future__ import annotations

import base64
import gzip
import struct
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.observers import webhooks
from conformance.observers.leaks import LeakReader, Limits, Needle, Place
from conformance.observers.leaks.inflate import undo
from conformance.observers.leaks.layers import Budget, Builder, item
from conformance.observers.marks import MarkObserver, mark_for
from conformance.observers.page import outgoing, traffic
from conformance.observers.page.traffic import TrafficLog, _Connection
from conformance.observers.provider.server import _translation_of
from conformance.observers.webhooks import WebhookReceiver

MIB = 1024 * 1024
NEEDLE = Needle("secret", b"Zq3vXw8TjL5mNc2RbY7hKd4PfGs6UeAo", is_text=True)
PLACE = Place("HTTP body", "POST /x")


@contextmanager
def bounded(cpu_seconds: float, memory: int) -> Iterator[None]:
    """Fails where the body takes more of either; `memory` in bytes of Python's own, at its peak."""
    tracemalloc.start()
    began = time.process_time()
    try:
        yield
        taken, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert taken < cpu_seconds, f"{taken:.1f} s of CPU"
    assert peak < memory, f"{peak / MIB:.0f} MiB"


def _reader(limits: Limits | None = None) -> LeakReader:
    reader = LeakReader([NEEDLE], limits)
    reader.read(PLACE, b"compiles the patterns")
    return reader


def test_a_zip_bomb_is_truncated_and_reported() -> None:
    bomb = gzip.compress(gzip.compress(bytes(50 * MIB), mtime=0), mtime=0)
    reader = _reader(Limits(output=8 * MIB, one=4 * MIB))
    with bounded(5, 64 * MIB):
        assert reader.read(PLACE, bomb) == []
    assert any("too much" in why for why in reader.reading.incomplete)


def test_a_secret_before_a_bomb_is_still_found() -> None:
    bomb = gzip.compress(NEEDLE.value + bytes(20 * MIB), mtime=0)
    reader = _reader(Limits(output=8 * MIB, one=4 * MIB))
    assert [leak.path for leak in reader.read(PLACE, bomb)] == [("gzip at 0",)]


def test_an_endless_nested_stream_ends() -> None:
    data = b"x"
    for _ in range(30):
        data = gzip.compress(data, mtime=0)
    reader = _reader()
    with bounded(2, 8 * MIB):
        assert reader.read(PLACE, data) == []
    assert reader.reading.layers <= Limits().depth + 2


def test_too_many_encodings_are_reported() -> None:
    data = NEEDLE.value
    for _ in range(20):
        data = base64.b64encode(data)
    reader = _reader()
    with bounded(20, 256 * MIB):
        assert reader.read(PLACE, data) == []
    assert any("16 encodings" in why for why in reader.reading.incomplete)


def _many_heads_one_body(size: int) -> bytes:
    """Thousands of gzip headers, all of whose streams are one of empty blocks: no output at all."""
    heads = 5000
    head = struct.calcsize("<3sB6sH")
    packed = b"".join(
        struct.pack("<3sB6sH", b"\x1f\x8b\x08", 4, bytes(6), (heads - n - 1) * head)
        for n in range(heads)
    )
    return packed + b"\x00\x00\x00\xff\xff" * (size // 5)


def test_empty_blocks_under_many_headers_stay_within_the_budget() -> None:
    data = _many_heads_one_body(8 * MIB)
    budget = Budget(64 * MIB, 1024 + len(data) // 1024, 16 * MIB, input=32 * MIB)
    with bounded(5, 64 * MIB):
        undo(item(data), {"gzip"}, budget, Builder())
    assert budget.spent == ["compressed streams with too much input"]


@pytest.mark.parametrize("wrap", [gzip.compress, zlib.compress])
@given(st.lists(st.binary(max_size=30), max_size=8))
def test_data_around_a_wrapped_secret_does_not_hide_it(wrap, pieces: list[bytes]) -> None:  # type: ignore[no-untyped-def]
    inner = wrap(b"a value: " + NEEDLE.value)
    data = b"\xff".join([*pieces[::2], inner, *pieces[1::2]])
    assert _shared().read(PLACE, data)


_one: list[LeakReader] = []


def _shared() -> LeakReader:
    if not _one:
        _one.append(_reader())
    return _one[0]


@pytest.mark.parametrize(
    "prompt",
    [
        "Translate from " * 20_000,
        "Translate from x to: y.\n" * 20_000,
        "Translate from " + " to: " * 50_000 + ".\n" * 50_000,
    ],
)
def test_no_prompt_keeps_the_provider_busy(prompt: str) -> None:
    with bounded(1, 64 * MIB):
        assert _translation_of(prompt) is None


def test_a_prompt_to_translate_is_still_understood() -> None:
    prompt = "Translate from en to: es-ES, fr.\nOnly the text.\nText:\nhello\nthere "
    assert _translation_of(prompt) == (["es-ES", "fr"], "hello\nthere")


def test_an_endless_stream_of_events_is_truncated_and_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(traffic, "MOST_OPERATIONS", 1000)
    log, connection = TrafficLog(), _Connection("ws://x")
    log.take_frame(connection, "received", b"INFO {}\r\n", 0.0)
    for _ in range(50):
        log.take_frame(connection, "received", b"PING\r\n" * 100, 0.0)
    assert len(log.nats_operations) == 1000
    assert log.left_out
    assert log.problems == ["NATS received over ws://x: the traffic exceeds the limit"]


def test_large_payloads_are_truncated_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "MOST_KEPT", 2500)
    log, connection = TrafficLog(), _Connection("ws://x")
    said = b"INFO {}\r\n" + (b"MSG a 1 1000\r\n" + bytes(1000) + b"\r\n") * 5
    log.take_frame(connection, "received", said, 0.0)
    assert [len(message.payload) for message in log.nats] == [1000, 1000]
    assert log.problems


def test_endless_tiny_payloads_are_truncated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "MOST_PAYLOADS", 100)
    log = outgoing.Outgoing()
    socket = outgoing._Socket("ws://x")
    log._nats(socket, b"CONNECT {}\r\n" + b"PUB a 1\r\nx\r\n" * 500)
    assert sum(map(len, socket.payloads.values())) == 100
    assert log.incomplete() == ["more than 100 NATS payloads over one connection"]


def test_endless_webhooks_are_truncated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "_MOST_BYTES", 5000)
    receiver = WebhookReceiver()
    for _ in range(100):
        receiver._keep(bytes(100))
    assert (len(receiver.bodies), receiver.left_out) == (50, 50)
    monkeypatch.setattr(webhooks, "_MOST_BODIES", 50)
    receiver._keep(b"")
    assert receiver.left_out == 51


def test_a_pages_identities_are_bounded() -> None:
    observer = MarkObserver(mark_for(1, "fuzz"))
    told = {"kind": "picture", "source": "camera", "counter": 1}
    observer.take([told | {"identity": number} for number in (-1, 1 << 16, 1 << 40, 7)])
    assert list(observer.pictures()) == [(7, "camera")]
    observer.take([{"kind": "facts", "videos": [[1, 2, True, False]] * 9999, "audible": 0}])
    assert len(observer.facts.videos) == 200


def test_an_endless_control_line_is_a_typed_error() -> None:
    log, connection = TrafficLog(), _Connection("ws://x")
    log.take_frame(connection, "received", b"INFO " + bytes(300_000), 0.0)
    assert log.problems == ["NATS received over ws://x: a control line has no end"]
