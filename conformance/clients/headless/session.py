"""A participant without a browser: fetches the data that the server sends to a new participant.

It follows the protocol of the product's web client v2.4.0 up to the first answer: verifyToken, NATS
over websocket with the access token, PING, REQ_INITIAL_DATA. It publishes no media. Checks that
only need the server's answers use it, because it takes milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from dataclasses import dataclass
from typing import Any

import nats
from google.protobuf.message import Message

from conformance.clients.headless.requests import post
from conformance.observers.answers import decode_nested
from conformance.stacks.base import Stack
from conformance.verdicts import InsufficientEvidence
from conformance.wire import plugnmeet_pb2 as pb

DEADLINE = 10.0
"""Seconds from connecting to RES_INITIAL_DATA. The reference server answers within 50 ms."""


class TokenRefused(InsufficientEvidence):
    """verifyToken refuses this user; the text contains the server's words."""


@dataclass(frozen=True)
class InitialData:
    """The server's data for one new participant: the room as JSON, with its metadata decoded."""

    verify: pb.VerifyTokenRes
    room: dict[str, Any]

    @property
    def encryption(self) -> dict[str, Any]:
        """The room's `end_to_end_encryption_features`."""
        features = (self.room.get("metadata") or {}).get("room_features") or {}
        return dict(features.get("end_to_end_encryption_features") or {})

    @property
    def secret(self) -> str | None:
        """The secret in the room's metadata, if any."""
        return self.encryption.get("encryption_key")

    @property
    def session_id(self) -> str:
        """The room's session id."""
        return str(self.room.get("room_sid") or "")


async def fetch_initial_data(
    stack: Stack, room_id: str, user_id: str, *, token: str | None = None
) -> InitialData:
    """Join as `user_id` and return the data that the server sends.

    Raises:
        TokenRefused: verifyToken refused the user.
        InsufficientEvidence: the server gave no usable answer; the message names the step.
    """
    token = token or await stack.api.join_token(room_id, user_id, user_id)
    verify = await post(
        stack, token, "/api/verifyToken", pb.VerifyTokenReq(), pb.VerifyTokenRes, timeout=DEADLINE
    )
    if not verify.status:
        raise TokenRefused(f"verifyToken refused {user_id}: {verify.msg or 'no words'}")
    urls = [url.replace("http", "ws", 1) for url in verify.nats_ws_urls]
    try:
        connection = await nats.connect(
            urls,
            token=token,
            allow_reconnect=False,
            connect_timeout=int(DEADLINE),
            tls=tls_of(stack) if any(url.startswith("wss") for url in urls) else None,
        )
    except Exception as error:
        raise InsufficientEvidence(
            f"{user_id} could not connect to the message bus: {error}"
        ) from error
    try:
        return InitialData(
            verify, await asyncio.wait_for(_initial_data(connection, verify), DEADLINE)
        )
    except TimeoutError as error:
        raise InsufficientEvidence(
            f"no RES_INITIAL_DATA and PONG for {user_id} within {DEADLINE:.0f} s"
        ) from error
    finally:
        await connection.close()


def tls_of(stack: Stack) -> ssl.SSLContext:
    """The trusted certificates for a `wss` connection to this stack."""
    if isinstance(stack.verify, ssl.SSLContext):
        return stack.verify
    context = ssl.create_default_context()
    if not stack.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


async def _initial_data(connection: Any, verify: pb.VerifyTokenRes) -> dict[str, Any]:
    js = connection.jetstream(timeout=DEADLINE)
    durable = f"{verify.room_id}_{verify.user_id}"
    consumer = await js.pull_subscribe_bind(durable, stream=verify.room_stream_name)
    requests = f"{verify.nats_subjects.system_js_worker}.{verify.room_id}.{verify.user_id}"
    for event in (pb.PING, pb.REQ_INITIAL_DATA):
        await connection.publish(
            requests, pb.NatsMsgClientToServer(event=event).SerializeToString()
        )
    room: dict[str, Any] | None = None
    counted = False
    # Wait for the PONG: a participant who leaves while the server still admits them may stay listed
    # forever (plugNmeet-server v2.4.0 handles both in parallel,
    # pkg/models/nats_user_connection.go).
    while room is None or not counted:
        for message in await consumer.fetch(1, timeout=DEADLINE):
            await message.ack()
            answer = pb.NatsMsgServerToClient.FromString(message.data)
            if answer.event == pb.RES_INITIAL_DATA:
                room = dict(decode_nested(json.loads(answer.msg)).get("room") or {})
            counted = counted or answer.event == pb.PONG
    return room


async def open_breakout(stack: Stack, room_id: str) -> tuple[str, str]:
    """Open a breakout room of `room_id` as its admin. Returns its room id and a token for it.

    Raises:
        InsufficientEvidence: the server opened none; the message is its answer.
    """
    admin = "breakout-admin"
    token = await stack.api.join_token(room_id, admin, admin, is_admin=True)
    part = "one"
    request = pb.CreateBreakoutRoomsReq(
        room_id=room_id,
        requested_user_id=admin,
        duration=5,
        rooms=[
            pb.BreakoutRoom(
                id=part,
                title="breakout",
                duration=5,
                users=[pb.BreakoutRoomUser(id=admin, name=admin)],
            )
        ],
    )
    await _call(stack, token, "/api/breakoutRoom/create", request)
    breakout = f"{room_id}-{part}"
    join = pb.JoinBreakoutRoomReq(breakout_room_id=breakout, user_id=admin)
    answer = await _call(stack, token, "/api/breakoutRoom/join", join)
    return breakout, answer.token


async def _call(stack: Stack, token: str, path: str, request: Message) -> pb.BreakoutRoomRes:
    answer = await post(stack, token, path, request, pb.BreakoutRoomRes)
    if not answer.status:
        raise InsufficientEvidence(f"{path} was refused: {answer.msg or 'no words'}")
    return answer
