"""LiveKit's data packets are read without their framing; sealed ones are told apart."""

from __future__ import annotations

from livekit.protocol.models import DataPacket, DataStream, EncryptedPacket, UserPacket

from conformance.observers.page.exits.livekit_packets import clear_data, sealed_in


def chunk(number: int, content: bytes) -> bytes:
    part = DataStream.Chunk(stream_id="s", chunk_index=number, content=content)
    return DataPacket(stream_chunk=part).SerializeToString()


def test_clear_packets_are_read_and_chunks_are_joined() -> None:
    user = DataPacket(user=UserPacket(payload=b"hello")).SerializeToString()
    found = list(clear_data([user, chunk(0, b"ab"), b"\xff\xff", b"", chunk(1, b"cd")]))
    assert [(one.kind, one.data) for one in found] == [
        ("user packet", b"hello"),
        ("stream", b"abcd"),
    ]


def test_sealed_packets_are_told_apart() -> None:
    packet = EncryptedPacket(iv=b"i" * 12, key_index=0, encrypted_value=b"sealed")
    data = DataPacket(encrypted_packet=packet).SerializeToString()
    assert sealed_in(data) == (b"i" * 12, b"sealed")
    assert list(clear_data([data])) == []
    assert sealed_in(b"anything") is None
