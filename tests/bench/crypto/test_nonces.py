"""A repeated nonce and a nonce with constant bytes are noticed."""

from __future__ import annotations

import os

from conformance.bench.crypto.nonces import _repeated, constant_bytes


def test_the_same_nonce_for_two_ciphertexts_is_a_repetition() -> None:
    one, other = os.urandom(12), os.urandom(12)
    assert _repeated([(one, b"a"), (other, b"a")]) == 0
    assert _repeated([(one, b"a"), (one, b"a")]) == 0
    assert _repeated([(one, b"a"), (one, b"b"), (other, b"b")]) == 1


def test_constant_bytes_are_found_and_random_ones_are_not() -> None:
    random = [os.urandom(12) for _ in range(16)]
    assert constant_bytes(random) == []
    assert constant_bytes([bytes(4) + nonce[4:] for nonce in random]) == [0, 1, 2, 3]
