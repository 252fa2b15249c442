"""This package's outcome for each test of the published vectors; `vectors.py` judges it."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.keys.frames import (
    Codec,
    FrameMalformed,
    FrameRefused,
    open_frame,
    parse_frame,
    seal_frame,
    server_injected,
)
from conformance.keys.messages import (
    IV_BYTES,
    MessageMalformed,
    MessageRefused,
    open_message,
    seal_message,
)
from conformance.keys.packets import (
    PacketMalformed,
    PacketRefused,
    open_packet,
    parse_packet,
    seal_packet,
)
from conformance.keys.profiles import PROFILES, SecretNotText, SessionMissing
from conformance.keys.published.schema import (
    Group,
    KeyDerivationGroup,
    MediaFrameGroup,
    RatchetGroup,
    RatchetWindowGroup,
    ServerInjectedGroup,
    Session,
    SessionIsolationGroup,
    VectorFile,
)
from conformance.keys.published.schema_tests import (
    DataMessageTest,
    EncryptedPacketTest,
    KeyDerivationTest,
    MediaFrameTest,
    RatchetTest,
    RatchetWindowTest,
    ServerInjectedTest,
    SessionIsolationTest,
    Test,
)
from conformance.keys.ratchet import derived, open_ratcheted, ratcheted

Outcome = Mapping[str, str | int]
"""An implementation's outcome: `refused` with the reason, or `resealedHex` and the values that it
found, named as in the vector file (`keyHex`; `plainHex`, `clearHex`, `ivHex`, `keyIndex`)."""

Outcomes = Mapping[int, Outcome]
"""Outcomes by tcId. The key of a group's profile has the negative group number (from -1)."""


class CodecUnknown(Exception):
    """This package does not open frames of this codec."""


_REFUSALS = (
    CodecUnknown,
    SecretNotText,
    SessionMissing,
    FrameMalformed,
    FrameRefused,
    MessageMalformed,
    MessageRefused,
    PacketMalformed,
    PacketRefused,
)


def session_of(group: Group) -> Session | None:
    """The session that gives the right key of `group`, if the group states it."""
    return getattr(group, "session", None)


def python_outcomes(vectors: VectorFile) -> Outcomes:
    """This package's outcome for each test."""
    outcomes: dict[int, Outcome] = {}
    for number, group in enumerate(vectors.test_groups, start=1):
        if (session := session_of(group)) is not None:
            profile = PROFILES[getattr(group, "profile")]  # noqa: B009 - some groups have none
            try:
                key = profile.derive(session.secret_utf8, session.session_id)
            except _REFUSALS as error:
                outcomes[-number] = {"refused": str(error)}
            else:
                outcomes[-number] = {"keyHex": key.hex()}
        for test in group.tests:
            outcomes[test.tc_id] = _outcome(group, test)
    return outcomes


def _outcome(group: Group, test: Test) -> Outcome:
    try:
        return _result(group, test)
    except _REFUSALS as error:
        return {"refused": str(error)}


def _result(group: Group, test: Test) -> Outcome:
    match group, test:
        case KeyDerivationGroup(), KeyDerivationTest():
            return _derived(group, test)
        case MediaFrameGroup(), MediaFrameTest():
            return _frame(group, test)
        case _, DataMessageTest():
            return _message(test)
        case _, EncryptedPacketTest():
            return _packet(test)
        case RatchetGroup(), RatchetTest():
            return _ratchet(group, test)
        case RatchetWindowGroup(), RatchetWindowTest():
            return {"plainHex": _catch_up(group, test).hex()}
        case ServerInjectedGroup(), ServerInjectedTest():
            return {"plainHex": _injected(group, test).hex()}
        case SessionIsolationGroup(), SessionIsolationTest():
            return {"plainHex": _in_session(group, test).hex()}
    raise TypeError(f"a test of type {type(test).__name__} in a group of type {group.type}")


def _derived(group: KeyDerivationGroup, test: KeyDerivationTest) -> Outcome:
    for units in (test.secret_utf16_hex, test.session_utf16_hex):
        if units is not None:
            text = bytes.fromhex(units).decode("utf-16-be", "surrogatepass")
            try:
                text.encode()
            except UnicodeEncodeError as error:
                why = f"the text has no UTF-8 ({error.reason} at {error.start})"
                raise SecretNotText(why) from None
    secret = bytes.fromhex(test.secret_hex)
    return {"keyHex": PROFILES[group.profile].derive(secret, test.session_id).hex()}


def _frame(group: MediaFrameGroup, test: MediaFrameTest) -> Outcome:
    if group.codec == "av1":
        raise CodecUnknown("LiveKit's frame format has no AV1")
    codec = Codec.OPUS if group.codec == "red" else group.codec
    data, key = bytes.fromhex(test.frame_hex), bytes.fromhex(test.key_hex)
    key_frame = group.frame_type == "key"
    plain = open_frame(data, key, codec, key_frame, test.at_index)
    frame = parse_frame(data, codec, key_frame)
    sealed = seal_frame(plain, key, frame.iv, codec, key_frame, frame.key_index)
    return {
        "plainHex": plain.hex(),
        "clearHex": frame.clear.hex(),
        "ivHex": frame.iv.hex(),
        "keyIndex": frame.key_index,
        "resealedHex": sealed.hex(),
    }


def _message(test: DataMessageTest) -> Outcome:
    blob, key = bytes.fromhex(test.message_hex), bytes.fromhex(test.key_hex)
    plain, iv = open_message(blob, key), blob[:IV_BYTES]
    return {
        "plainHex": plain.hex(),
        "ivHex": iv.hex(),
        "resealedHex": seal_message(plain, key, iv).hex(),
    }


def _packet(test: EncryptedPacketTest) -> Outcome:
    data, key = bytes.fromhex(test.packet_hex), bytes.fromhex(test.key_hex)
    packet = parse_packet(data)
    fields = (packet.iv.hex(), packet.key_index, packet.encrypted_value.hex())
    if fields != (test.iv_hex, test.key_index, test.value_hex):
        return {"error": "packetHex differs from the fields beside it"}
    plain = open_packet(data, key, test.at_index)
    sealed = seal_packet(plain, key, packet.iv, packet.key_index)
    return {"plainHex": plain.hex(), "resealedHex": sealed.hex()}


def _ratchet(group: RatchetGroup, test: RatchetTest) -> Outcome:
    salt = bytes.fromhex(group.salt_hex)
    material = ratcheted(group.kdf, bytes.fromhex(test.secret_hex), salt, test.times)
    key = derived(group.kdf, material, salt, group.key_size)
    return {"keyHex": key.hex(), "materialHex": material.hex()}


def _catch_up(group: RatchetWindowGroup, test: RatchetWindowTest) -> bytes:
    salt, secret = bytes.fromhex(group.salt_hex), bytes.fromhex(test.secret_hex)

    def key(times: int) -> bytes:
        return derived(group.kdf, ratcheted(group.kdf, secret, salt, times), salt, group.key_size)

    data = bytes.fromhex(test.frame_hex)
    return open_ratcheted(data, key, test.window, group.codec, group.frame_type == "key")


def _injected(group: ServerInjectedGroup, test: ServerInjectedTest) -> bytes:
    data, trailer = bytes.fromhex(test.frame_hex), bytes.fromhex(group.sif_trailer_hex)
    if (payload := server_injected(data, trailer)) is not None:
        return payload
    return open_frame(data, bytes.fromhex(test.key_hex), group.codec, group.frame_type == "key")


def _in_session(group: SessionIsolationGroup, test: SessionIsolationTest) -> bytes:
    key = PROFILES[group.profile].derive(bytes.fromhex(test.secret_hex), test.session_id)
    data = bytes.fromhex(test.sealed_hex)
    if group.layout == "message":
        return open_message(data, key)
    return open_frame(data, key, Codec.OPUS, True)
