"""The reader counts a key that belongs to the room, and no other room's key."""

import base64
from typing import cast

import jwt
import pytest

from conformance.bench.core import timeouts
from conformance.bench.secrets import distribution
from conformance.bench.secrets.distribution import Joiners
from conformance.bench.secrets.zero_knowledge import Carried, CarrierReading, read_items
from conformance.clients.headless import session
from conformance.clients.headless.session import InitialData
from conformance.observers.leaks import Needle, Place
from conformance.stacks.base import Stack
from conformance.verdicts import InsufficientEvidence
from conformance.wire import plugnmeet_pb2 as pb

NAMES = [b"conform-zero-knowledge-1", b"6f3a-session"]
KEY = b'{"encryption_key":"abcdef"}'


def found(data: bytes, *, ours: bool = False, kind: str = "store") -> list[str]:
    needles = [Needle("the typed secret", b"right-123456", is_text=True)]
    return read_items([Carried(Place(kind, "x"), data, ours)], needles, NAMES).found


def test_a_key_counts_if_the_item_names_the_room_or_its_session() -> None:
    assert found(b"$KV.pnm-room-conform-zero-knowledge-1.info_metadata\n" + KEY)
    assert found(b'{"sid":"6f3a-session"}' + KEY)
    assert found(b'conform-zero-knowledge-1 {\\"encryption_key\\":\\"abcd\\"}')


def test_what_comes_to_a_participant_needs_no_name_of_the_room() -> None:
    assert found(KEY, ours=True, kind="message") == ["encryption_key in a message"]
    assert found(b'{"room_e2ee_key":"abcdef"}', ours=True)


def test_a_key_inside_of_a_token_or_base64_counts() -> None:
    token = jwt.encode({"e2ee_key": "abcdefgh"}, "k" * 32, algorithm="HS256").encode()
    assert found(token, ours=True) == ["e2ee_key in a store"]
    assert found(b"x" + base64.b64encode(b'{"a": 1, ' + KEY[1:]), ours=True)


def test_flags_and_other_keys_are_no_secrets() -> None:
    assert not found(
        b'{"enabled_self_insert_encryption_key": true, "stream_key":"abcd"}', ours=True
    )
    assert not found(b'{"encryption_key":"","api_key":"plugnmeet"}', ours=True)


def test_another_simple_rooms_key_does_not_count() -> None:
    assert not found(b"$KV.pnm-room-conform-simple-2.info_metadata\n" + KEY)


def test_a_typed_secret_counts_anywhere() -> None:
    assert set(found(b"some log: right-123456")) == {"the typed secret in a store"}


async def test_what_is_not_read_to_the_end_proves_no_absence() -> None:
    reading = CarrierReading(items=1, incomplete=["too deep"])
    assert not (await reading.finds_no_secret().look()).readable


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
