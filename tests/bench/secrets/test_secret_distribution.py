"""The store reader counts a key that belongs to the room, and no other room's key."""

from typing import cast

import pytest

from conformance.bench.core import timeouts
from conformance.bench.secrets import distribution
from conformance.bench.secrets.distribution import Joiners, carries
from conformance.clients.headless import session
from conformance.clients.headless.session import InitialData
from conformance.stacks.base import Stack
from conformance.verdicts import InsufficientEvidence
from conformance.wire import plugnmeet_pb2 as pb

OURS = ["conform-zero-knowledge-1", "6f3a-session"]
KEY = b'{"encryption_key":"abcdef"}'


def test_a_key_counts_if_the_item_names_the_room_or_its_session() -> None:
    assert carries(b"$KV.pnm-room-conform-zero-knowledge-1.info_metadata\n" + KEY, OURS, [])
    assert carries(b'{"sid":"6f3a-session"}' + KEY, OURS, [])
    assert carries(b'conform-zero-knowledge-1 {\\"encryption_key\\":\\"abc\\"}', OURS, [])


def test_another_simple_rooms_key_does_not_count() -> None:
    assert not carries(b"$KV.pnm-room-conform-simple-2.info_metadata\n" + KEY, OURS, [])


def test_an_empty_key_does_not_count() -> None:
    assert not carries(b'conform-zero-knowledge-1 {"encryption_key":""}', OURS, [])


def test_a_typed_secret_counts_anywhere() -> None:
    assert carries(b"some log: right-123", OURS, ["right-123"])


def told(secret: str | None, session_id: str = "s") -> InitialData:
    block = {"is_enabled": True, **({"encryption_key": secret} if secret else {})}
    features = {"end_to_end_encryption_features": block}
    room = {"room_sid": session_id, "metadata": {"room_features": features}}
    return InitialData(pb.VerifyTokenRes(), room)


async def test_many_joiners_have_one_secret_or_the_failure_names_the_others() -> None:
    same = {f"joiner {n}": told("a") for n in range(4)}
    assert (await Joiners(same).have_one_secret().look()).true
    seen = await Joiners({**same, "the tenth": told("b")}).have_one_secret().look()
    assert not seen.true
    assert "another one for the tenth" in seen.words
    assert not (await Joiners({**same, "nobody": told(None)}).have_one_secret().look()).true
    assert not (await Joiners({"nobody": told(None)}).have_one_secret().look()).true


async def test_joiners_of_two_sessions_are_inconclusive() -> None:
    two = Joiners({"one": told("a", "s"), "other": told("a", "t")})
    assert not (await two.are_in_one_session().look()).true


@pytest.mark.parametrize(("refusals", "comes"), [(2, True), (10**6, False)])
async def test_a_returning_joiner_waits_until_the_server_noticed_the_leave(
    monkeypatch: pytest.MonkeyPatch, refusals: int, comes: bool
) -> None:
    tries = iter(range(10**9))

    async def fetch(*_: object, **__: object) -> InitialData:
        if next(tries) < refusals:
            raise session.TokenRefused("verifyToken refused x: duplicate")
        return told("a")

    monkeypatch.setattr(session, "fetch_initial_data", fetch)
    monkeypatch.setattr(timeouts, "GONE", 1.0)
    coming = distribution._come_back(cast(Stack, None), "room", "x", "token")
    if comes:
        assert (await coming).secret == "a"
    else:
        with pytest.raises(InsufficientEvidence, match="duplicate"):
            await coming
