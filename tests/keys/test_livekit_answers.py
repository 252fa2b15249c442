"""The formats agree with the expected values in the tests of LiveKit's SDKs (all Apache-2.0)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conformance.keys.frames import Codec, open_frame, server_injected
from conformance.keys.profiles import PROFILES
from conformance.keys.ratchet import derived, ratcheted

SALT = b"LKFrameEncryptionKey"
RATCHETED = (
    "2ae25e3198124f0137befa508f1386dac837576675d982300b423f667390755ce8",
    "04a4784cace1110eb0ba6f050ab01d2a13d748e3cb8bdb93554e3ebfba7bf83c93",
    "3aad55a2d3c8c857d641da5c4a358fb73af21327e2b4cc7f6ddb9c98679ebaf0a1",
    "2e896b08eff8d9d66aea67226cb312ba05211f150930c2cdce8806b340967eaf84",
    "f97b56b31209952a6e701dc1d03f30760fba1b65171f6f98c1eb5919a1f6e7c67e",
    "3886c4c3f20abb7a6fb393ce4a992df4587719720b029579e3db270b0dafb6a860",
    "240c779d922a2b6b3d2bf2a60bb49427b1f8c2a6c935c0393e4625fcf39c8cb92a",
    "de7f20e463c61f9ec0655281af99702b39cff6367fa563fe04b22835425c0d4500",
    "f9b5b5a81b30ddddaebb1099909ca4e8b9ca843a4b9ce8eebf21091f972be088be",
    "3a63109794838a5ee65f265189a24e3df3cfff6d30f8d98785f8384a2971996cca",
)
"""client-sdk-js 2.21.0, ParticipantKeyHandler.test.ts, "ratchets keys predictably"."""


def test_the_ratchet_gives_the_answers_of_client_sdk_js() -> None:
    got = []
    for times in range(len(RATCHETED)):
        material = ratcheted("PBKDF2-HMAC-SHA256", b"password", SALT, times)
        key = derived("PBKDF2-HMAC-SHA256", material, SALT, 128)
        got.append(AESGCM(key).encrypt(bytes(12), bytes(range(17)), None).hex())
    assert tuple(got) == RATCHETED


@pytest.mark.parametrize(
    ("first", "frame"),
    [
        (
            1,
            "0102030405060708090afe605b6fbb841f0ccf8811dde974ae063225d64777c4ffffffff00000000ffffc7330c01",
        ),
        (
            99,
            "6302030405060708090a9a6cd1effd21486f0d7d0a651cd18da200eebdfe429cffffffff00000000ffff60f70c01",
        ),
    ],
)
def test_frames_of_client_sdk_js_open(first: int, frame: str) -> None:
    """FrameCryptor.test.ts, "recovers from delayed use of rotated key"."""
    key = PROFILES["livekit-pbkdf2-raw"].derive("key1", "")
    plain = open_frame(bytes.fromhex(frame), key, Codec.VP8, True, at_index=1)
    assert plain == bytes((first, *range(2, 17)))


def test_a_key_from_bytes_is_that_of_libwebrtc() -> None:
    """webrtc-sdk, frame_crypto_unittest.cc: bytes 00 to 0f, salt 00 to 07."""
    key = derived("PBKDF2-HMAC-SHA256", bytes(range(16)), bytes(range(8)), 128)
    assert key.hex() == "a658cd52efbacadfecdfe0a0dc574ec3"


def test_keys_are_those_of_server_sdk_go() -> None:
    """encryption_test.go, TestDeriveKeyFromString and TestDeriveKeyFromBytes."""
    text = PROFILES["livekit-pbkdf2-raw"].derive("12345", "")
    assert text == bytes((15, 94, 198, 66, 93, 211, 116, 46, 55, 97, 232, 121, 189, 233, 224, 22))
    secret = bytes((34, 21, 187, 202, 134, 204, 168, 62, 5, 105, 40, 244, 88))
    assert PROFILES["livekit-hkdf"].derive(secret, "") == bytes(
        (129, 224, 93, 62, 17, 203, 99, 136, 101, 35, 149, 128, 189, 152, 251, 76)
    )


def test_an_opus_frame_of_server_sdk_go_opens() -> None:
    """encryption_test.go, TestDecryptAudioSample, which has a silence frame with trailer, too."""
    key = PROFILES["livekit-pbkdf2-raw"].derive("12345", "")
    sealed = bytes.fromhex(
        "7891189f4c41823090f91170864efa81abc210ad49c4059845e11cd2c4f1e28be7ac33268bb3f5b6"
        "aa087a7562907b5f49597727cd14bf37793befc055e0e48f0a71c3df762a022016114de36da0f5ca"
        "bd3fa2a405f118972d2aa583abf38d3523838d34fdbc0c00"
    )
    plain = bytes.fromhex(
        "780b6d527184bd9cdcad1e6d5736ad631a7ea6257fea6ed3e698b5ebc5138ce6b32383841dc061f7"
        "6c35b7d64db5adceaf07e4915d9b9b8e0e1b6f4060c4e5bd8e3b95a963e1d855bab6"
    )
    assert open_frame(sealed, key, Codec.OPUS, True) == plain
    trailer = bytes((50, 86, 10, 220, 108, 185, 57, 211))
    silence = bytes.fromhex("f8fffe") + bytes(77)
    assert server_injected(silence + trailer, trailer) == silence
    assert server_injected(sealed, trailer) is None
