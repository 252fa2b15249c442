"""Derivation profiles give the keys of known clients."""

from __future__ import annotations

import base64
import hashlib

import pytest

from conformance.keys.profiles import PROFILES, SecretNotText, SessionMissing

SID = "0b5fa1a6-6f0c-4c1e-9f5e-2f7d3f1c9a10"
BOUND = [name for name, profile in PROFILES.items() if profile.session_bound]
UNBOUND = [name for name in PROFILES if name not in BOUND]


def _rounds(secret: bytes, salt: bytes, size: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", secret, salt, 100_000, size)


def test_every_known_derivation_has_a_profile() -> None:
    assert UNBOUND == [
        "livekit-pbkdf2-raw",
        "livekit-pbkdf2-raw-256",
        "livekit-hkdf",
        "static-salt-pbkdf2",
    ]
    assert BOUND == [
        "session-bound-pbkdf2",
        "session-bound-pbkdf2-128",
        "session-bound-pbkdf2-then-livekit",
        "session-bound-pbkdf2-then-livekit-hex",
        "session-bound-pbkdf2-then-livekit-hkdf",
    ]


@pytest.mark.parametrize("name", BOUND)
def test_a_session_bound_key_differs_between_sessions(name: str) -> None:
    profile = PROFILES[name]
    assert profile.derive("secret", SID) != profile.derive("secret", SID[::-1])


@pytest.mark.parametrize("name", UNBOUND)
def test_an_unbound_key_is_the_same_in_every_session(name: str) -> None:
    profile = PROFILES[name]
    assert profile.derive("secret", SID) == profile.derive("secret", "")


@pytest.mark.parametrize("name", PROFILES)
def test_a_key_is_as_long_as_the_profile_says(name: str) -> None:
    profile = PROFILES[name]
    assert len(profile.derive("secret", SID)) * 8 == profile.bits


def test_livekit_derives_with_its_own_salt() -> None:
    key = PROFILES["livekit-pbkdf2-raw"].derive("secret", SID)
    assert key == _rounds(b"secret", b"LKFrameEncryptionKey", 16)


def test_livekit_derives_from_an_empty_secret_what_browsers_do() -> None:
    assert PROFILES["livekit-pbkdf2-raw"].derive("", SID).hex().startswith("d8a8ee82")


def test_the_reference_client_hands_livekit_base64_of_the_session_bound_key() -> None:
    handed = base64.b64encode(_rounds("sécret".encode(), SID.encode(), 32))
    key = PROFILES["session-bound-pbkdf2-then-livekit"].derive("sécret", SID)
    assert key == _rounds(handed, b"LKFrameEncryptionKey", 16)


def test_the_hex_variant_hands_livekit_lower_case_hex() -> None:
    handed = _rounds(b"secret", SID.encode(), 32).hex().encode()
    key = PROFILES["session-bound-pbkdf2-then-livekit-hex"].derive("secret", SID)
    assert key == _rounds(handed, b"LKFrameEncryptionKey", 16)


def test_data_messages_are_keyed_with_the_session_id_as_salt() -> None:
    key = PROFILES["session-bound-pbkdf2"].derive("secret", SID)
    assert key == _rounds(b"secret", SID.encode(), 32)
    assert PROFILES["session-bound-pbkdf2-128"].derive("secret", SID) == key[:16]


def test_a_secret_is_neither_trimmed_nor_normalised() -> None:
    derive = PROFILES["livekit-pbkdf2-raw"].derive
    keys = {derive(secret, SID) for secret in ("Å", "A\u030a", " Å", "Å ", "Å\n")}
    assert len(keys) == 5


def test_text_and_its_utf8_give_the_same_key() -> None:
    derive = PROFILES["livekit-hkdf"].derive
    assert derive("sécret", SID) == derive("sécret".encode(), SID)


@pytest.mark.parametrize("name", BOUND)
def test_a_session_bound_key_without_a_session_is_refused(name: str) -> None:
    with pytest.raises(SessionMissing, match=name):
        PROFILES[name].derive("secret", "")


def test_a_secret_without_utf8_is_refused_by_type() -> None:
    with pytest.raises(SecretNotText, match="bytes"):
        PROFILES["livekit-pbkdf2-raw"].derive("a\ud800", SID)
