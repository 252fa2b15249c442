"""LiveKit's encrypted data packets: the message EncryptedPacket of its protocol.

`encrypted_value` is ciphertext || tag (16): AES-GCM under the media key, without associated data.
The plaintext is a serialised EncryptedPacketPayload, which this module does not parse. The key
index is not authenticated. `encryption_type` has no meaning: livekit-client leaves it unset in
packets that it encrypts. Source: livekit-client 2.21.0, src/e2ee/worker/DataCryptor.ts.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError
from livekit.protocol.models import EncryptedPacket

IV_BYTES = 12
TAG_BYTES = 16


class PacketMalformed(ValueError):
    """The bytes cannot be an encrypted packet; the message says why."""


class PacketRefused(Exception):
    """The packet does not open with this key: it is another key or the packet was altered."""


def parse_packet(data: bytes) -> EncryptedPacket:
    """The fields of a serialised EncryptedPacket.

    Raises:
        PacketMalformed: it is not such a message, the IV does not have 12 bytes, or the value is
            shorter than a tag.
    """
    try:
        packet = EncryptedPacket.FromString(data)
    except DecodeError:
        raise PacketMalformed(f"{len(data)} bytes are not an EncryptedPacket of LiveKit") from None
    if len(packet.iv) != IV_BYTES:
        raise PacketMalformed(f"the IV has {len(packet.iv)} bytes, not {IV_BYTES}")
    if len(packet.encrypted_value) < TAG_BYTES:
        raise PacketMalformed(
            f"{len(packet.encrypted_value)} encrypted bytes are shorter than a tag ({TAG_BYTES})"
        )
    return packet


def open_packet(data: bytes, key: bytes, at_index: int | None = None) -> bytes:
    """Return the plaintext of a serialised packet; `key` has 16 or 32 bytes.

    With `at_index` the key is at that index of the key ring, which holds no other key.

    Raises:
        PacketMalformed: see `parse_packet`.
        PacketRefused: the tag does not match, or the packet names another index.
    """
    packet = parse_packet(data)
    if at_index is not None and packet.key_index != at_index:
        raise PacketRefused(
            f"the packet names the key at index {packet.key_index}; the only key is at {at_index}"
        )
    try:
        return AESGCM(key).decrypt(packet.iv, packet.encrypted_value, None)
    except InvalidTag:
        raise PacketRefused(
            f"a data packet of {len(data)} bytes does not open with this key; "
            "the key is another one or the packet was altered"
        ) from None


def seal_packet(plain: bytes, key: bytes, iv: bytes, key_index: int = 0) -> bytes:
    """Return `plain` as a serialised EncryptedPacket; `iv` (12 bytes) must be new for every packet.

    Raises:
        PacketMalformed: `iv` is not 12 bytes long.
    """
    if len(iv) != IV_BYTES:
        raise PacketMalformed(f"an IV has {IV_BYTES} bytes, not {len(iv)}")
    return packet_of(AESGCM(key).encrypt(iv, plain, None), iv, key_index)


def packet_of(value: bytes, iv: bytes, key_index: int) -> bytes:
    """The serialised packet with these fields, valid or not."""
    packet = EncryptedPacket(iv=iv, key_index=key_index, encrypted_value=value)
    return packet.SerializeToString(deterministic=True)
