"""The intruders' reader finds a secret in the encodings that it names, and nothing else."""

from __future__ import annotations

import base64
import hashlib
from unittest.mock import Mock

import jwt
import pytest

from conformance.bench.core.evaluation import control, holds
from conformance.bench.secrets.tracked_intruder import TrackedIntruder
from conformance.bench.secrets.unauthorized_access import AccessTrial, IntruderKind
from conformance.clients.headless.intruder import Intruder, _outcome, _verdict
from conformance.observers.nats_stream import Operation
from conformance.verdicts import ClaimFailed, ControlFailed
from conformance.wire import plugnmeet_pb2 as pb

TITLE = "A target, title-0a1b2c"
SECRET = "kR7wPz0aVbN4uYt6QmX2cJ8hLs1dGf3E"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b'{"encryption_key":"' + SECRET.encode() + b'"}', "UTF-8"),
        (SECRET.encode().hex().upper().encode(), "hex"),
        (SECRET[::-1].encode(), "reversed"),
        (base64.urlsafe_b64encode(b"xy" + SECRET.encode() + b'","more":"and more"}'), "base64"),
        (jwt.encode({"room": {"key": SECRET}}, "k" * 32, algorithm="HS256").encode(), "UTF-8"),
        (base64.b64encode(hashlib.sha256(SECRET.encode()).digest()), "sha256"),
    ],
)
async def test_a_secret_is_found_in_each_encoding(data: bytes, found: str) -> None:
    with pytest.raises(ClaimFailed, match=found):
        await holds(*trial(intruder(b"before " + data + b" after")).nobody_got_the_secret())


async def test_another_secret_is_not_found() -> None:
    # any eight characters in a row are a find, so the other one shares no more than seven
    other = SECRET[:7] + "Z3xW9eRq5TyU0iOp7AsD"
    await holds(*trial(intruder(other.encode())).nobody_got_the_secret())


def intruder(
    got: bytes, problem: str | None = None, messages: tuple[Operation, ...] = ()
) -> TrackedIntruder:
    who = Mock(spec=Intruder)
    who.configure_mock(
        got=bytearray(got),
        problem=problem,
        messages=list(messages),
        http_attempts=[],
        attempts=[],
        bus=None,
    )
    who.name = "mallory"
    return TrackedIntruder(who, own="own-mark")


def trial(one: TrackedIntruder, admitted: bytes = b"", before: int = 0) -> AccessTrial:
    return AccessTrial(
        IntruderKind.NEIGHBOUR, SECRET, TITLE, intruder(admitted), [one], before=before
    )


async def test_a_secret_that_an_intruder_got_fails_with_its_place() -> None:
    message = Operation("MSG", "_INBOX.x", payload=SECRET.encode())
    tried = trial(intruder(b"MSG " + SECRET.encode(), messages=(message,)))
    with pytest.raises(ClaimFailed, match=r"found \(the secret, UTF-8\) on _INBOX\.x"):
        await holds(*tried.nobody_got_the_secret())


async def test_partly_read_data_proves_no_absence() -> None:
    with pytest.raises(ControlFailed, match="could not evaluate"):
        await holds(*trial(intruder(b"own-mark", "more came")).nobody_got_the_secret())


async def test_an_intruder_without_own_data_is_inconclusive() -> None:
    with pytest.raises(ControlFailed, match="its own mark not found"):
        await control(*trial(intruder(b"")).intruders_are_connected_or_refused())


async def test_an_intruder_without_answers_is_inconclusive() -> None:
    one = intruder(b"")
    one.own = ""
    with pytest.raises(ControlFailed, match=r"0 of 0 requests over HTTP refused.*no answer"):
        await control(*trial(one).intruders_are_connected_or_refused())


async def test_without_the_secret_on_the_bus_it_is_inconclusive() -> None:
    with pytest.raises(ControlFailed, match="1 times before the others tried, 0 times meanwhile"):
        await control(trial(intruder(b""), SECRET.encode(), 1).secret_went_over_the_bus())


async def test_webhooks_are_searched_one_by_one() -> None:
    tried = AccessTrial(IntruderKind.WEBHOOK, SECRET, TITLE, intruder(b""))
    with pytest.raises(ControlFailed, match="0 of 0 webhooks"):
        await control(tried.webhooks_tell_of_the_room())
    tried.webhooks = [b'{"event":"room_created","title":""}', TITLE.encode() + SECRET.encode()]
    await control(tried.webhooks_tell_of_the_room())
    with pytest.raises(ClaimFailed, match="found in an unreadable webhook"):
        await holds(*tried.nobody_got_the_secret())


def test_an_answer_is_quoted_in_the_servers_own_words() -> None:
    no = pb.CommonResponse(status=False, msg="only admin can perform this task")
    assert _verdict(no.SerializeToString()) == "refused: only admin can perform this task"
    assert _verdict(b'{"status":false,"msg":"no"}') == "refused: no"
    assert _verdict(b'{"status":true}') == "accepted, 15 bytes"
    for hostile in (b"{", b"\xff\xff", b'{"a":[', b"{}", b""):
        assert _verdict(hostile)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "no responders"),
        (b'{"error":{"description":"consumer not found"}}', "refused: consumer not found"),
        (b'{"error":7}', "answered, 11 bytes"),
        (b"[]", "answered, 2 bytes"),
        (b"\xff", "answered, 1 bytes"),
    ],
)
def test_every_answer_of_the_bus_is_quoted(payload: bytes, words: str) -> None:
    assert words in _outcome(Operation("MSG", "_INBOX.x", payload=payload))
    assert _outcome(None) == "no answer"
