"""A secret that follows from public values is explained, and an honest one is not."""

from __future__ import annotations

import base64
import hashlib
import random
import secrets
import uuid
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from conformance.bench.secrets.guessing import SessionFacts, go_rand
from conformance.bench.secrets.guessing.matching import ALPHABETS, Probes
from conformance.bench.secrets.guessing.planted import planted
from conformance.bench.secrets.guessing.search import by_formula
from conformance.bench.secrets.guessing.seeds import seeded
from conformance.bench.secrets.guessing.sequences import follows
from conformance.wire.metadata import new_secret

NOW_NS = 1_764_283_000_123_456_789
FACTS = SessionFacts(
    secret="",
    room_id="conform-simple-0a1b2c3d4e",
    session_id="7e0c8a51-6f0e-4a3b-9d2c-5f1b0a9e8d7c",
    title="A simple room, title-00112233",
    began_ns=NOW_NS - 50_000,
    ended_ns=NOW_NS + 50_000,
    numbers=(17,),
    names={"API key": "plugnmeet", "user id": "someone-1"},
    earlier={"earlier secret 1": "kR7wPz0aVbN4uYt6QmX2cJ8hLs1dGf3E"},
)
LETTERS = ALPHABETS[0]


def digits(number: int, count: int) -> str:
    return "".join(LETTERS[number // 62**place % 62] for place in reversed(range(count)))


def sha(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@pytest.mark.parametrize(
    "secret",
    [
        hashlib.sha256(FACTS.session_id.encode()).hexdigest()[7:31],
        base64.b32encode(hashlib.sha1(FACTS.room_id.encode()).digest()).decode().lower()[:20],
        base64.b64encode(hashlib.sha512((FACTS.room_id + "|17").encode()).digest()).decode()[2:30],
        digits(int.from_bytes(sha(FACTS.session_id)), 43)[:30],
        digits(int.from_bytes(sha(FACTS.session_id)), 43)[-30:],
        str(uuid.UUID(bytes=sha(f"{FACTS.room_id}:{FACTS.session_id}")[:16], version=4)),
        "".join(LETTERS[b % 62] for b in sha(f"plugnmeet-{FACTS.session_id}")),
        hashlib.md5(FACTS.earlier["earlier secret 1"].encode()).hexdigest(),
        FACTS.session_id[::-1],
    ],
)
def test_a_digest_of_public_values_is_explained(secret: str) -> None:
    assert by_formula(replace(FACTS, secret=secret)) is not None


def test_the_planted_mistakes_are_explained() -> None:
    assert all(how is not None for how in dict(planted(FACTS)).values())


def test_gos_generator_draws_as_in_go() -> None:
    seeds = np.array([1, 42, NOW_NS], np.uint64)
    assert go_rand.draws(seeds, 0, 2)[0].tolist() == [5577006791947779410, 8674665223082153551]
    assert go_rand.draws(seeds, 0, 2)[1].tolist() == [3440579354231278675, 608747136543856411]
    with pytest.raises(ValueError, match="only the first"):
        go_rand.draws(seeds, 270, 10)


@pytest.mark.parametrize(
    "make",
    [
        lambda: "".join(random.Random(NOW_NS // 10**6).choices(LETTERS, k=32)),
        lambda: random.Random(NOW_NS // 10**9).randbytes(16).hex(),
        lambda: f"{random.Random(FACTS.room_id).getrandbits(128):032x}",
        lambda: str(uuid.UUID(int=random.Random(NOW_NS / 1e9).getrandbits(128), version=4)),
    ],
)
def test_a_generator_with_a_guessable_seed_is_explained(make: Callable[[], str]) -> None:
    found, tried = seeded(replace(FACTS, secret=make()))
    assert found is not None
    assert tried > 0


def test_an_honest_secret_is_not_explained() -> None:
    assert seeded(replace(FACTS, secret=secrets.token_hex(16)))[0] is None
    assert by_formula(replace(FACTS, secret=new_secret())) is None


def test_many_digests_are_searched_at_once() -> None:
    many = [sha(str(number)) for number in range(500)]
    secret = digits(int.from_bytes(many[321]), 43)[-24:]
    assert [number for number, _ in Probes.of(secret).matches(many)] == [321]
    assert Probes.of(new_secret()).matches(many) == []


def test_secrets_that_follow_from_earlier_ones_are_recognised() -> None:
    weak = random.Random(1)
    assert "Mersenne" in (follows([f"{weak.getrandbits(128):032x}" for _ in range(200)]) or "")
    assert "Mersenne" in (follows([weak.randbytes(24).hex() for _ in range(200)]) or "")
    assert "plus a constant" in (follows([f"{10**8 + 7 * n:010}" for n in range(20)]) or "")
    state, drawn = 12345, []
    for _ in range(30):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        drawn.append(f"{state:016x}")
    assert "congruential" in (follows(drawn) or "")


def test_honest_secrets_do_not_follow() -> None:
    assert follows([secrets.token_hex(16) for _ in range(256)]) is None
    assert follows([secrets.token_urlsafe(24) for _ in range(256)]) is None
    assert follows([new_secret() for _ in range(256)]) is None
