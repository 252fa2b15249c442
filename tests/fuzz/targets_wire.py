"""Fuzz targets for data that a server or a client sends."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
from fuzz_target import target

from conformance.observers.answers import answers
from conformance.observers.nats_stream import NatsStream
from conformance.observers.page.traffic import TrafficLog, _Connection
from conformance.printable import printable
from conformance.wire import metadata as rooms
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire.answers import MessageUnreadable, from_bytes, from_json, to_json
from conformance.wire.tokens import Claims, TokenRefused, mint_access_token, verify_access_token

API_KEY, API_SECRET = "plugnmeet", "a secret of the tests' own, long enough"

NATS = (
    b'INFO {"server_id": "x"}\r\n'
    b"PING\r\nPONG\r\n+OK\r\n"
    b"SUB sysPublic.room 3\r\n"
    b"PUB chat.room 5\r\nhello\r\n"
    b"HPUB a.b reply 24 26\r\nNATS/1.0\r\nName: val\r\n\r\n\r\nhi\r\n"
    b"MSG sysPublic.room 3 5\r\nhello\r\n"
    b"HMSG sysPublic.room 3 reply 12 14\r\nNATS/1.0\r\n\r\nhi\r\n"
)


@target(lambda: (NATS, NATS[:60], b"PUB a 99999999999\r\n", b"PUB\ta.b\t2\nhi\r\n"))
def nats_stream(data: bytes) -> None:
    """One direction of a connection: the same operations however it is cut."""
    whole, halves = NatsStream(), NatsStream()
    operations = whole.feed(data)
    middle = len(data) // 2
    in_two = halves.feed(data[:middle]) + halves.feed(data[middle:])
    assert operations == in_two
    assert whole.broken == halves.broken
    assert sum(len(one.payload) for one in operations) <= len(data)
    assert len(operations) <= len(data)


def _event(name: str, said: Any) -> bytes:
    number = pb.NatsMsgServerToClientEvents.Value(name)
    text = said if isinstance(said, str) else json.dumps(said)
    event = pb.NatsMsgServerToClient(id="1", event=number, msg=text).SerializeToString()
    head = f"MSG sysPrivate.room.user 1 {len(event)}\r\n".encode()
    return b"INFO {}\r\n" + head + event + b"\r\n"


_METADATA = json.dumps({"room_features": {"end_to_end_encryption_features": {"is_enabled": True}}})


def _events() -> Iterator[bytes]:
    yield _event("RES_INITIAL_DATA", {"room": {"room_sid": "RM", "metadata": _METADATA}})
    yield _event("RES_MEDIA_SERVER_DATA", {"url": "x", "token": _token()})
    yield _event("ROOM_METADATA_UPDATE", json.loads(_METADATA))
    for odd in ("x", 7, ["x"], {"metadata": ["x"]}, {"metadata": {"room_features": "x"}}):
        yield _event("RES_INITIAL_DATA", {"room": odd, "local_user": odd})
        yield _event("RES_MEDIA_SERVER_DATA", {"token": odd})
        yield _event("ROOM_METADATA_UPDATE", {"room_features": odd})
    yield _event("RES_INITIAL_DATA", '{"room": ' + "[" * 400 + "]" * 400 + "}")
    yield _event("RES_MEDIA_SERVER_DATA", '{"token": "\\ud800"}')


def _token() -> str:
    return jwt.encode({"sub": "alice", "video": {"room": "x"}}, API_SECRET, algorithm="HS256")


@target(_events)
def server_events(data: bytes) -> None:
    """The messages on a page's bus connection, as a check reads them."""
    log = TrafficLog()
    log.take_frame(_Connection("ws://x"), "received", data, 0.0)
    said = answers(log)
    json.dumps(printable(said.comparable()))
    assert said.secret is None or isinstance(said.secret, str)
    assert said.session_id is None or isinstance(said.session_id, str)
    assert all(isinstance(one, str) for one in said.later_secrets)
    assert isinstance(said.encryption, dict)
    for event in log.server_events():
        event.json()


_KINDS = (
    pb.CreateRoomReq,
    pb.GenerateTokenReq,
    pb.VerifyTokenRes,
    pb.NatsKvRoomInfo,
    pb.PlugNmeetToRecorder,
    pb.NatsMsgServerToClient,
)


def _messages() -> Iterator[bytes]:
    request = pb.CreateRoomReq(
        room_id="room01",
        metadata=pb.RoomMetadata(room_title="x", room_features=rooms.default_features()),
    )
    yield to_json(request).encode()
    yield request.SerializeToString()
    yield b'{"room_id": "\\ud800", "empty_timeout": 1e999}'
    yield b'{"metadata": {"room_features": []}}'
    yield b"[" * 5000


@target(_messages)
def protobuf_messages(data: bytes) -> None:
    """JSON or binary, as any of the contract's messages; a room made of what is one."""
    for kind in _KINDS:
        for read in (from_json, from_bytes):
            try:
                message = read(data, kind)
            except MessageUnreadable:
                continue
            message.DiscardUnknownFields()
            assert from_json(to_json(message), kind) == message
            if isinstance(message, pb.CreateRoomReq):
                _make_room(message)


def _make_room(request: pb.CreateRoomReq) -> None:
    made = rooms.prepare(request.metadata)
    e2ee = made.room_features.end_to_end_encryption_features
    if rooms.is_zero_knowledge(made):
        assert not e2ee.encryption_key
    if rooms.is_encrypted(made):
        assert not made.room_features.recording_features.is_allow_cloud
    assert not rooms.without_secret(
        made
    ).room_features.end_to_end_encryption_features.encryption_key
    try:
        rooms.check_create_request(request)
    except rooms.RequestInvalid:
        return
    assert rooms.IDENTIFIER.match(request.room_id)


def _tokens() -> Iterator[bytes]:
    claims = Claims(name="Alice", user_id="alice", room_id="room01", is_admin=True)
    yield mint_access_token(claims, api_key=API_KEY, api_secret=API_SECRET, validity=60).encode()
    now = int(time.time())
    good = {"iss": API_KEY, "sub": "a", "user_id": "a", "exp": now + 999}
    yield json.dumps(good).encode()
    for name, odd in (("exp", []), ("exp", 1e999), ("nbf", {}), ("iat", "x"), ("sub", 7)):
        yield json.dumps(good | {name: odd}).encode()
    yield b'{"sub": "\\ud800", "iss": "\\ud800", "exp": 1}'


@target(_tokens)
def access_tokens(data: bytes) -> None:
    """As a token, and as the claims of one that is signed."""
    texts = [data.decode("utf-8", "surrogateescape")]
    signer = jwt.PyJWS()
    texts.append(signer.encode(data, API_SECRET, algorithm="HS256"))
    for text in texts:
        try:
            claims = verify_access_token(text, api_key=API_KEY, api_secret=API_SECRET)
        except TokenRefused:
            continue
        assert claims.user_id
