"""A participant without a browser: the join sequence of the official client, over NATS."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
import nats
from google.protobuf.message import Message
from nats.aio.client import Client

from conformance.stacks.base import Endpoints, Stack
from conformance.wire import answers, subjects
from conformance.wire import plugnmeet_pb2 as pb

DEADLINE_S = 20.0
ANSWER_S = 30.0
"""Seconds; the server may first have to start an agent."""
Ask = pb.NatsMsgClientToServerEvents
Event = pb.NatsMsgServerToClientEvents


async def post(server_url: str, path: str, token: str, message: Message) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=ANSWER_S) as http:
        return await http.post(
            f"{server_url}/api/{path}",
            content=message.SerializeToString(),
            headers={"Authorization": token, "Content-Type": "application/protobuf"},
        )


async def ask(
    server_url: str, path: str, token: str, message: Message
) -> tuple[int, pb.CommonResponse]:
    response = await post(server_url, path, token, message)
    return response.status_code, answers.from_bytes(response.content, pb.CommonResponse)


async def verify(server_url: str, token: str) -> pb.VerifyTokenRes:
    response = await post(server_url, "verifyToken", token, pb.VerifyTokenReq())
    return answers.from_bytes(response.content, pb.VerifyTokenRes)


@dataclass
class Joiner:
    """One participant on the bus; a context."""

    endpoints: Endpoints
    token: str
    verified: pb.VerifyTokenRes = field(default_factory=pb.VerifyTokenRes)
    nc: Client = field(default_factory=Client)
    events: list[pb.NatsMsgServerToClient] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    errors: list[str] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    _reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.verified = await verify(self.endpoints.server_url, self.token)
        assert self.verified.status, self.verified.msg

        async def error(problem: Exception) -> None:
            async with self.news:
                self.errors.append(str(problem))
                self.news.notify_all()

        async def closed() -> None:
            self.closed.set()

        self.nc = await nats.connect(
            self.verified.nats_ws_urls[0].replace("http://", "ws://"),
            token=self.token,
            name=f"plugnmeet-client-{self.verified.room_id}_{self.verified.user_id}",
            allow_reconnect=False,
            error_cb=error,
            closed_cb=closed,
        )
        self._reader = asyncio.create_task(self._read())
        await self.tell(Ask.PING)
        return self

    async def __aexit__(self, *_: object) -> None:
        # close the connection first: asyncio.wait_for in nats-py's fetch can swallow a cancellation
        await self.nc.close()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _read(self) -> None:
        name = subjects.consumer(self.verified.room_id, self.verified.user_id)
        bound = await self.nc.jetstream().pull_subscribe_bind(
            durable=name, stream=subjects.ROOM_STREAM
        )
        while not self.nc.is_closed:
            try:
                messages = await bound.fetch(1, timeout=1)
            except TimeoutError:
                continue
            for message in messages:
                await message.ack()
                async with self.news:
                    self.events.append(answers.from_bytes(message.data, pb.NatsMsgServerToClient))
                    self.news.notify_all()

    async def tell(self, event: Ask, msg: str = "", binary: bytes = b"") -> None:
        subject = f"{subjects.SYSTEM_JS_WORKER}.{self.verified.room_id}.{self.verified.user_id}"
        request = pb.NatsMsgClientToServer(event=event, msg=msg, bin_msg=binary)
        await self.nc.jetstream().publish(subject, request.SerializeToString())

    async def hears(self, event: Event, *, times: int = 1) -> pb.NatsMsgServerToClient:
        def found() -> list[pb.NatsMsgServerToClient]:
            return [one for one in self.events if one.event == event]

        async with asyncio.timeout(DEADLINE_S), self.news:
            await self.news.wait_for(lambda: len(found()) >= times)
        return found()[times - 1]

    async def until_closed(self) -> None:
        """The server closed the connection."""
        await self.closed.wait()

    async def denied(self) -> str:
        async with asyncio.timeout(DEADLINE_S), self.news:
            await self.news.wait_for(lambda: bool(self.errors))
        return self.errors[0]

    async def initial_data(self) -> dict[str, Any]:
        """RES_INITIAL_DATA, with the room's and the user's metadata read."""
        await self.tell(Ask.REQ_INITIAL_DATA)
        answer = json.loads((await self.hears(Event.RES_INITIAL_DATA)).msg)
        for part in ("room", "local_user"):
            answer[part]["metadata"] = json.loads(answer[part]["metadata"])
        return dict(answer)


def encryption_of(data: dict[str, Any]) -> dict[str, Any]:
    """The encryption block of RES_INITIAL_DATA."""
    features = data["room"]["metadata"]["room_features"]
    return dict(features["end_to_end_encryption_features"])


async def person(stack: Stack, room: str, name: str, *, is_admin: bool = False) -> Joiner:
    token = await stack.api.join_token(room, name, name.title(), is_admin=is_admin)
    return Joiner(stack.endpoints, token)
