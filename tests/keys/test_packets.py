"""The codec of LiveKit's data packets, and its errors."""

from __future__ import annotations

import re

import pytest

from conformance.keys.packets import (
    PacketMalformed,
    PacketRefused,
    open_packet,
    packet_of,
    parse_packet,
    seal_packet,
)

KEY, IV = bytes(range(16)), bytes(range(12))


def test_an_encrypted_packet_opens_and_names_the_first_key() -> None:
    packet = seal_packet(b"text", KEY, IV)
    assert parse_packet(packet).key_index == 0
    assert open_packet(packet, KEY) == open_packet(packet, KEY, 0) == b"text"


@pytest.mark.parametrize(
    ("packet", "why"),
    [
        (b"\xff", "1 bytes are not an EncryptedPacket of LiveKit"),
        (packet_of(bytes(16), bytes(11), 0), "the IV has 11 bytes, not 12"),
        (packet_of(bytes(15), IV, 0), "15 encrypted bytes are shorter than a tag (16)"),
    ],
)
def test_an_invalid_packet_is_malformed(packet: bytes, why: str) -> None:
    with pytest.raises(PacketMalformed, match=f"^{re.escape(why)}$"):
        parse_packet(packet)


def test_sixteen_bytes_are_the_tag_of_an_empty_text() -> None:
    assert open_packet(seal_packet(b"", KEY, IV), KEY) == b""


def test_another_index_is_refused_and_both_are_named() -> None:
    why = "the packet names the key at index 3; the only key is at 5"
    with pytest.raises(PacketRefused, match=f"^{why}$"):
        open_packet(seal_packet(b"x", KEY, IV, 3), KEY, 5)


def test_another_key_is_refused_by_type_and_says_so() -> None:
    packet = seal_packet(b"x", KEY, IV)
    why = (
        f"^a data packet of {len(packet)} bytes does not open with this key; "
        "the key is another one or the packet was altered$"
    )
    with pytest.raises(PacketRefused, match=why):
        open_packet(packet, bytes(16))


def test_an_iv_of_another_length_is_refused() -> None:
    with pytest.raises(PacketMalformed, match=r"^an IV has 12 bytes, not 16$"):
        seal_packet(b"x", KEY, bytes(16))
