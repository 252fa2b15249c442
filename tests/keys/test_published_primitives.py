"""The primitives agree with published test vectors."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conformance.keys.profiles import hkdf, pbkdf2


@pytest.mark.parametrize(
    ("password", "salt", "iterations", "answer"),
    [
        (
            b"passwd",
            b"salt",
            1,
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
            "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
        ),
        (
            b"Password",
            b"NaCl",
            80000,
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
            "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d",
        ),
    ],
)
def test_pbkdf2_gives_the_answers_of_rfc_7914_section_11(
    password: bytes, salt: bytes, iterations: int, answer: str
) -> None:
    assert pbkdf2(password, salt, iterations, 64).hex() == answer
    assert pbkdf2(password, salt, iterations).hex() == answer[:64]


@pytest.mark.parametrize(
    ("material", "salt", "info", "answer"),
    [
        (
            b"\x0b" * 22,
            bytes(range(13)),
            bytes(range(0xF0, 0xFA)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            bytes(range(0x50)),
            bytes(range(0x60, 0xB0)),
            bytes(range(0xB0, 0x100)),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
            "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
            "cc30c58179ec3e87c14c01d5c1f3434f1d87",
        ),
        (
            b"\x0b" * 22,
            b"",
            b"",
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ],
)
def test_hkdf_gives_the_answers_of_rfc_5869_appendix_a(
    material: bytes, salt: bytes, info: bytes, answer: str
) -> None:
    assert hkdf(material, salt, info, len(answer) // 2).hex() == answer


@pytest.mark.parametrize("bits", [128, 256])
def test_aes_gcm_gives_the_answers_of_nist(bits: int) -> None:
    vectors = pytest.importorskip("cryptography_vectors")
    name = f"ciphers/AES/GCM/gcmDecrypt{bits}.rsp"
    text = vectors.open_vector_file(name, "r").read()
    tried = 0
    for section in text.split("[Keylen")[1:]:
        if "[IVlen = 96]" not in section or "[Taglen = 128]" not in section:
            continue
        for block in section.split("Count = ")[1:]:
            lines = (line.partition("=") for line in block.splitlines() if "=" in line)
            fields = {name.strip(): value.strip() for name, _, value in lines}
            key, iv, ct, aad, tag = (
                bytes.fromhex(fields[k]) for k in ("Key", "IV", "CT", "AAD", "Tag")
            )
            if "PT" in fields:
                assert AESGCM(key).decrypt(iv, ct + tag, aad).hex() == fields["PT"]
            else:
                with pytest.raises(InvalidTag):
                    AESGCM(key).decrypt(iv, ct + tag, aad)
            tried += 1
    assert tried > 100
