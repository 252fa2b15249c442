"""What went through a door in plain text is read; nothing that a page sends makes that fail."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.observers.door import connection as limits
from conformance.observers.door.connection import Connection
from conformance.observers.door.sent import address_of, sent_of, usual_address

UPGRADE = b"GET /s?t=1 HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n"
PACKED = b"HTTP/1.1 101 x\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"


def tunnel(*sent: bytes, answer: bytes = b"") -> Connection:
    made = Connection("h.test", 8080, 1.0, is_tunnel=True)
    for data in sent:
        made.takes(data, 1 << 30)
    made.gives(answer)
    return made


def frame(payload: bytes, first: int = 0x82, mask: bytes = b"\x01\x02\x03\x04") -> bytes:
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size)
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    return bytes([first]) + length + mask + masked


@pytest.mark.parametrize(
    ("url", "usual"),
    [
        ("http://h.test:80", "http://h.test/"),
        ("HTTP://H.test/A#b", "http://h.test/A"),
        ("ws://h.test:80?a=1", "ws://h.test/?a=1"),
        ("ws://h.test:8080/?a=http://x:80", "ws://h.test:8080/?a=http://x:80"),
        ("https://h.test:443/", "https://h.test:443/"),
    ],
)
def test_addresses_are_compared_in_one_form(url: str, usual: str) -> None:
    assert usual_address(url) == usual


def test_fragments_and_control_frames_are_read() -> None:
    sent = sent_of(tunnel(UPGRADE, frame(b"se", 0x02), frame(b"ping!", 0x89), frame(b"cret", 0x80)))
    assert sent is not None
    assert sent.is_websocket
    assert sent.url == "ws://h.test:8080/s?t=1"
    assert sent.messages == [b"ping!", b"secret"]


def test_a_frame_that_did_not_end_is_read_as_far_as_it_came() -> None:
    sent = sent_of(tunnel(UPGRADE + frame(b"secret")[:-2]))
    assert sent is not None
    assert sent.messages == [b"secr"]


def test_compressed_frames_share_their_window() -> None:
    packer = zlib.compressobj(wbits=-15)
    frames = []
    for _ in range(2):
        packed = packer.compress(b"the same words") + packer.flush(zlib.Z_SYNC_FLUSH)
        frames.append(frame(packed[:-4], 0xC2))
    sent = sent_of(tunnel(UPGRADE, *frames, answer=PACKED))
    assert sent is not None
    assert sent.messages == [b"the same words"] * 2
    assert sent.unread is None


def test_an_invalid_frame_is_said() -> None:
    sent = sent_of(tunnel(UPGRADE, frame(b"\xff\xff\xff", 0xC2), answer=PACKED))
    assert sent is not None
    assert sent.unread is not None
    assert "invalid" in sent.unread


def test_a_chunked_body_is_joined() -> None:
    request = Connection("h.test", 80, 1.0, is_tunnel=False, url="http://h.test/")
    head = b"POST http://h.test/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    request.takes(head + b"2;x=y\r\nse\r\n4\r\ncret\r\n0\r\n\r\n", 1 << 30)
    sent = sent_of(request)
    assert sent is not None
    assert sent.body == b"secret"


def test_tls_is_not_kept_and_media_only_for_a_moment() -> None:
    sealed = tunnel(b"\x16", b"\x03\x01 hello", b"x" * 9000)
    assert (sealed.is_tls, sealed.sent, sent_of(sealed)) == (True, 9009, None)
    stun = b"\x00\x20\x00\x01\x00\x0c\x21\x12\xa4\x42"
    media = tunnel(stun, b"m" * 90_000)
    assert media.sent == 90_010
    assert len(media.kept) <= 4096
    read = sent_of(media)
    assert read is not None
    assert read.unread is None
    noise = sent_of(tunnel(b"no protocol at all"))
    assert noise is not None
    assert noise.unread == "what it sent is neither TLS nor HTTP"


def test_more_than_the_limit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LONGEST", 100)
    sent = sent_of(tunnel(UPGRADE, b"x" * 200))
    assert sent is not None
    assert sent.unread is not None


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=5), st.sampled_from([b"", UPGRADE, b"GET "]))
def test_whatever_is_sent_nothing_raises(parts: list[bytes], start: bytes) -> None:
    made = tunnel(start, *parts, answer=PACKED)
    address_of(made)
    sent_of(made)
