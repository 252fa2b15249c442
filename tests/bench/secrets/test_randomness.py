"""SECRET-3's statistics accept honest generators and notice careless ones."""

from __future__ import annotations

import base64
import math
import secrets
import string
import uuid
from collections.abc import Callable

import numpy as np
import pytest

from conformance.bench.secrets.entropy import SESSIONS
from conformance.bench.secrets.randomness import (
    ALARM,
    BITS_NEEDED,
    RandomnessReport,
    at_least,
    biases_of,
    chi_square_tail,
    examine,
)

ALPHANUMERIC = string.digits + string.ascii_uppercase + string.ascii_lowercase
RNG = np.random.default_rng(20261124)


def drawn(length: int = 32, alphabet: str = ALPHANUMERIC) -> str:
    return "".join(alphabet[i] for i in RNG.integers(0, len(alphabet), length))


def many(make: Callable[[int], str]) -> RandomnessReport:
    return examine([make(number) for number in range(SESSIONS)])


def is_strong(report: RandomnessReport) -> bool:
    return report.bits >= BITS_NEEDED and not report.repeats and not report.biases


@pytest.mark.parametrize(
    ("length", "alphabet"), [(32, 62), (32, 16), (26, 32), (43, 64), (39, 10), (20, 94)]
)
def test_two_thousand_runs_of_honest_generators_pass(length: int, alphabet: int) -> None:
    runs = 2_000 if alphabet == 62 else 200
    for _ in range(runs):
        matrix = RNG.integers(0, alphabet, (SESSIONS, length))
        assert not biases_of(matrix, alphabet)


@pytest.mark.parametrize(
    "make",
    [
        lambda _: drawn(),
        lambda _: secrets.token_hex(16),
        lambda _: secrets.token_urlsafe(32),
        lambda _: base64.b64encode(secrets.token_bytes(32)).decode(),
        lambda _: base64.b64encode(secrets.token_bytes(16)).decode(),
        lambda _: base64.urlsafe_b64encode(secrets.token_bytes(31)).decode().rstrip("="),
        lambda _: base64.b32encode(secrets.token_bytes(31)).decode(),
        lambda _: base64.b32encode(secrets.token_bytes(33)).decode().lower().rstrip("="),
        lambda _: base64.b32hexencode(secrets.token_bytes(17)).decode().rstrip("="),
        lambda _: "-".join(drawn(8) for _ in range(4)),
        lambda _: drawn(int(RNG.integers(30, 40))),
    ],
    ids=[
        "62",
        "hex",
        "urlsafe",
        "base64 of 32",
        "base64 of 16",
        "urlsafe of 31",
        "base32 of 31",
        "small base32",
        "base32hex",
        "dashes",
        "lengths differ",
    ],
)
def test_honest_secrets_are_strong_in_every_encoding(make: Callable[[int], str]) -> None:
    report = many(make)
    assert is_strong(report), report


def modulo(_: int) -> str:
    return "".join(ALPHANUMERIC[i % 62] for i in RNG.integers(0, 256, 32))


@pytest.mark.parametrize(
    "make",
    [
        lambda _: drawn(8),
        lambda _: f"{RNG.integers(10_000):04}",
        lambda n: f"{1_795_000_000_000_000_000 + n * 7_123_456:032x}",
        lambda n: drawn(28) + f"{n:04}",
        lambda n: drawn(31) + ALPHANUMERIC[n % 62],
        lambda _: "pnm" + drawn(29),
        lambda _: "A" * 16 + drawn(16),
        lambda n: drawn() if n % 8 else "x" * 32,
        lambda _: "the same for all of them, always",
        lambda _: str(uuid.uuid4()),
        lambda _: (start := int(RNG.integers(62))) and "".join((ALPHANUMERIC * 2)[start:][:32]),
        lambda _: "".join(ALPHANUMERIC[i] for i in RNG.binomial(61, 0.5, 32)),
        lambda _: drawn(21, "0123456789"),
    ],
    ids=[
        "eight characters",
        "four digits",
        "hex of the time",
        "counter of four digits",
        "counter of one character",
        "constant prefix of three",
        "constant half",
        "one default among them",
        "constant",
        "UUID",
        "runs of the alphabet",
        "bell",
        "21 digits",
    ],
)
def test_careless_generators_are_noticed(make: Callable[[int], str]) -> None:
    assert not is_strong(many(lambda n: make(n) or drawn(8)))


def test_a_reused_secret_of_the_last_session_is_noticed() -> None:
    kept = [drawn() for _ in range(SESSIONS)]
    kept[101] = kept[100]
    report = examine(kept)
    assert report.repeats == 1
    assert not is_strong(report)


def test_power_against_modulo_bias_is_as_documented() -> None:
    """The bias of byte % 62 is detected in most runs of 256 sessions, not in all of them."""
    caught = 0
    for _ in range(200):
        matrix = RNG.integers(0, 256, (SESSIONS, 32)) % 62
        caught += bool(biases_of(matrix, 62))
    assert 170 <= caught <= 200, caught


def test_only_differing_positions_count_as_bits() -> None:
    assert many(lambda _: drawn(8)).bits == pytest.approx(8 * math.log2(62))
    assert many(lambda _: "A" * 16 + drawn(16)).bits == pytest.approx(16 * math.log2(62))
    assert many(lambda _: secrets.token_hex(16)).bits == pytest.approx(128)


@pytest.mark.parametrize("hostile", ["\x00", "\U0001f600" * 5_000, "=" * 40, "\ud800abc"])
def test_hostile_secrets_break_nothing(hostile: str) -> None:
    report = examine([hostile, hostile + "x", "y"])
    assert not is_strong(report)
    assert not is_strong(examine([hostile] * SESSIONS))


def test_too_few_or_empty_secrets_are_refused() -> None:
    with pytest.raises(ValueError, match="two or more"):
        examine(["one"])
    with pytest.raises(ValueError, match="none of them empty"):
        examine(["one", ""])


def test_tail_probabilities_agree_with_tables() -> None:
    # chi-square: 3.841 at one degree and 0.05; 29.588 at ten degrees and 0.001
    assert chi_square_tail(3.841459, 1) == pytest.approx(0.05, rel=1e-5)
    assert chi_square_tail(29.588298, 10) == pytest.approx(0.001, rel=1e-5)
    assert chi_square_tail(61.0, 61) == pytest.approx(0.475, abs=0.01)
    # ten tosses of a coin: ten heads in 1 of 1024, nine or more in 11 of 1024
    assert at_least(10, 0.5, 1 / 1024) == 10
    assert at_least(10, 0.5, 11 / 1024 + 1e-9) == 9
    assert at_least(10, 0.5, 1e-9) == 11


def test_the_rate_of_false_alarms_is_as_configured() -> None:
    assert ALARM <= 1e-6
