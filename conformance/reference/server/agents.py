"""Agents that listen in rooms: work is handed out on the bus, each agent is a process of its own.

Channel and words: plugNmeet-server v2.4.0, pkg/models/insights.go, insights_agent.go; one server
here, so nobody has to be elected.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import sys
import uuid
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass, field
from typing import Any

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from conformance.reference.agent.job import event_of
from conformance.reference.server.bus import Bus
from conformance.reference.server.config import AiConfig
from conformance.reference.server.events import Events
from conformance.reference.server.media import MediaServer
from conformance.reference.server.rooms import Rooms
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire import subjects

AGENT_DEADLINE_S = 20.0
"""From being handed out to being in the room. The product allows 5 s, but starts no program."""
GOODBYE_S = 2.0
LONGEST_LINE = 1 << 20

log = logging.getLogger("plugnmeet.reference.agents")

Payload = dict[str, Any]


@dataclass
class _Running:
    """One agent at work; `joined` is None when it is in, else why it is not."""

    process: Process
    allowed: set[str]
    joined: asyncio.Future[str | None]
    reader: asyncio.Task[None] | None = None
    orders: asyncio.Lock = field(default_factory=asyncio.Lock)


class Agents:
    """Hands work out and does it: starts agents, tells them whom to hear, passes on their words."""

    def __init__(
        self, bus: Bus, rooms: Rooms, events: Events, media: MediaServer, config: AiConfig | None
    ) -> None:
        self._bus, self._rooms, self._events = bus, rooms, events
        self._media, self._config = media, config
        self._running: dict[tuple[str, str], _Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def configured(self) -> bool:
        """Whether there is a provider."""
        return self._config is not None

    async def start(self) -> None:
        """From now on work is done."""
        await self._bus.nc.subscribe(subjects.INSIGHTS_CHANNEL, cb=self._take)

    async def stop(self) -> None:
        """End every agent."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*(self._end(key) for key in tuple(self._running)))

    async def hand_out(self, payload: Payload) -> str | None:
        """Ask on the bus for an agent's work; why it is not done, None if it is."""
        try:
            reply = await self._bus.nc.request(
                subjects.INSIGHTS_CHANNEL, json.dumps(payload).encode(), timeout=AGENT_DEADLINE_S
            )
        except (NatsError, TimeoutError):
            return "NATS request failed: nats: timeout"
        answer = json.loads(reply.data)
        return None if answer["status"] else f"agent failed to process task: {answer['msg']}"

    async def _take(self, message: Msg) -> None:
        task = asyncio.create_task(self._work(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, message: Msg) -> None:
        failure = await self.do(json.loads(message.data))
        answer = {"status": not failure, "msg": failure or "agent configured successfully"}
        await message.respond(json.dumps(answer).encode())

    async def do(self, payload: Payload) -> str | None:
        """One piece of work; why it failed, None if it is done."""
        key = (str(payload["room_id"]), str(payload["service_type"]))
        match payload["task"]:
            case "configureAgent":
                return await self._configure(key, payload)
            case "endRoomAgentByServiceName":
                await self._end(key)
                return None
        agent = self._running.get(key)
        if agent is None:
            return "no agent in this room"
        user_id = str(payload["user_id"])
        if payload["task"] == "userEnd":
            await _order(agent, do="stop", user_id=user_id)
            return None
        if agent.allowed and user_id not in agent.allowed:
            return "failed to manage local agent"
        options = json.loads(base64.b64decode(payload["options"]))
        await _order(agent, do="start", user_id=user_id, options=options)
        return None

    async def _configure(self, key: tuple[str, str], payload: Payload) -> str | None:
        allowed = set(payload.get("target_users") or ())
        agent = self._running.get(key)
        if agent is not None:
            agent.allowed = allowed
            return None
        if self._config is None:
            return "failed to manage local agent"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "conformance.reference.agent",
            stdin=PIPE, stdout=PIPE, limit=LONGEST_LINE,
        )  # fmt: skip
        joined: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        agent = self._running[key] = _Running(process, allowed, joined)
        agent.reader = asyncio.create_task(self._read(key, agent))
        room_id, service = key
        prompt = base64.b64decode(payload.get("options") or "").decode()
        await _order(
            agent,
            livekit_url=self._media.url,
            token=self._media.agent_token(room_id, f"pnm_agent-{service}-{uuid.uuid4()}"),
            provider_url=self._config.endpoint,
            provider_key=self._config.api_key.get_secret_value(),
            service=service,
            everybody=bool(payload.get("capture_all_participants_tracks")),
            secret=payload.get("room_e2ee_key") or None,
            prompt=prompt,
        )
        try:
            async with asyncio.timeout(AGENT_DEADLINE_S):
                failure = await asyncio.shield(joined)
        except TimeoutError:
            failure = "it did not join in time"
        if failure:
            log.warning("no agent for %s in %s: %s", service, room_id, failure)
            await self._end(key)
            return "failed to manage local agent"
        return None

    async def _read(self, key: tuple[str, str], agent: _Running) -> None:
        assert agent.process.stdout is not None
        async for line in agent.process.stdout:
            event = event_of(line)
            match event.pop("event"):
                case "joined":
                    _settle(agent.joined, None)
                case "refused":
                    _settle(agent.joined, str(event["msg"]))
                case "transcript":
                    await self._transcript(key[0], event["result"])
                case "trouble":
                    log.warning("agent in %s: %s", key[0], event["msg"])
                case other:
                    log.info("agent in %s: %s", key[0], other)
        await agent.process.wait()
        _settle(agent.joined, f"it ended with status {agent.process.returncode}")
        if self._running.get(key) is agent:
            del self._running[key]
        log.info("the agent for %s has left %s", key[1], key[0])

    async def _transcript(self, room_id: str, result: Payload) -> None:
        room = self._rooms.running(room_id)
        if room is not None:
            await self._events.live(
                room,
                pb.NatsMsgServerToClientEvents.TRANSCRIPTION_OUTPUT_TEXT,
                pb.InsightsTranscriptionResult(**result),
            )

    async def _end(self, key: tuple[str, str]) -> None:
        agent = self._running.pop(key, None)
        if agent is None or agent.reader is None:
            return
        await _order(agent, do="end")
        try:
            async with asyncio.timeout(GOODBYE_S):
                await asyncio.shield(agent.reader)
        except TimeoutError:
            agent.process.kill()
            await agent.reader


async def _order(agent: _Running, **order: Any) -> None:
    """Tell an agent; one that has ended is noticed by its reader."""
    stdin = agent.process.stdin
    assert stdin is not None
    async with agent.orders:
        try:
            stdin.write(json.dumps(order).encode() + b"\n")
            await stdin.drain()
        except ConnectionError:
            log.info("an agent has ended before its order")


def _settle(future: asyncio.Future[str | None], value: str | None) -> None:
    if not future.done():
        future.set_result(value)
