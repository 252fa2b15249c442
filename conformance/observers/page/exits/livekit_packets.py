"""LiveKit data packets: what a page sends over its data channels, in clear or sealed.

A packet is a protobuf `livekit.DataPacket` (livekit-protocol 1.1). `encrypted_packet` is sealed by
LiveKit's data cryptor. All others are readable by the SFU: user packets, chat, RPC, and streams of
text or bytes in chunks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from google.protobuf.message import DecodeError
from livekit.protocol.models import DataPacket

LABELS = ("_reliable", "_lossy")
"""The labels of LiveKit's data channels for packets."""


@dataclass(frozen=True)
class ClearData:
    """Data that the SFU can read: the kind of packet, and its bytes without LiveKit's framing."""

    kind: str
    data: bytes


def packet_of(data: bytes) -> DataPacket | None:
    """The packet in one message of a data channel; None if it is none."""
    try:
        packet = DataPacket.FromString(data)
    except DecodeError:
        return None
    return packet if packet.WhichOneof("value") else None


def sealed_in(data: bytes) -> tuple[bytes, bytes] | None:
    """The IV and the ciphertext of an encrypted packet; None for every other message."""
    packet = packet_of(data)
    if packet is None or packet.WhichOneof("value") != "encrypted_packet":
        return None
    return packet.encrypted_packet.iv, packet.encrypted_packet.encrypted_value


def clear_data(messages: Iterable[bytes]) -> Iterator[ClearData]:
    """The readable content of the packets; the chunks of a stream are joined."""
    streams: dict[str, list[bytes]] = {}
    for data in messages:
        packet = packet_of(data)
        kind = packet.WhichOneof("value") if packet is not None else None
        if packet is None or kind is None or kind == "encrypted_packet":
            continue
        if kind == "stream_chunk":
            chunk = packet.stream_chunk
            streams.setdefault(chunk.stream_id, []).append(chunk.content)
        elif kind == "user":
            yield ClearData("user packet", packet.user.payload)
        else:
            yield ClearData(kind.replace("_", " "), getattr(packet, kind).SerializeToString())
    for pieces in streams.values():
        yield ClearData("stream", b"".join(pieces))
