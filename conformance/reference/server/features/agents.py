"""Agents that listen in rooms for the AI provider. Each agent is a process of its own.

The server hands out each task on the bus, as the product does, and takes it there itself. The
product elects one of several servers for a task. Here is only one server, so there is no election.

Channel and texts: plugNmeet-server v2.4.0, pkg/models/insights.go, insights_agent.go.
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
from conformance.reference.server.bus.connection import Bus
from conformance.reference.server.config import AiConfig
from conformance.reference.server.media import MediaServer
from conformance.reference.server.messages.events import Events
from conformance.reference.server.rooms.registry import Rooms
from conformance.reference.server.rooms.room import Room
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire import subjects

AGENT_DEADLINE_S = 20.0
"""An agent must have joined this long after its task. The product allows 5 s, but it does not start
a program for each agent."""
GOODBYE_S = 2.0
LONGEST_LINE = 1 << 20

TRANSCRIPTION = "transcription"
SUMMARY = "meeting_summarizing"

log = logging.getLogger("plugnmeet.reference.agents")

Payload = dict[str, Any]


@dataclass
class _Running:
    """One running agent. `joined` resolves to None once it is in the room, else to the reason."""

    process: Process
    allowed: set[str]
    joined: asyncio.Future[str | None]
    reader: asyncio.Task[None] | None = None
    orders: asyncio.Lock = field(default_factory=asyncio.Lock)


class Agents:
    """Hands out tasks and does them: starts agents and passes on their transcripts."""

    def __init__(
        self, bus: Bus, rooms: Rooms, events: Events, media: MediaServer, config: AiConfig | None
    ) -> None:
        self._bus, self._rooms, self._events = bus, rooms, events
        self._media, self._config = media, config
        self._running: dict[tuple[str, str], _Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def configured(self) -> bool:
        """Whether the server has an AI provider."""
        return self._config is not None

    async def start(self) -> None:
        """Start to take tasks from the bus."""
        await self._bus.nc.subscribe(subjects.INSIGHTS_CHANNEL, cb=self._take)

    async def stop(self) -> None:
        """End every agent."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*(self._end(key) for key in tuple(self._running)))

    async def hand_out(self, payload: Payload) -> str | None:
        """Hand out a task on the bus. Returns the reason if it is not done, else None."""
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
        """Do one task. Returns the reason if it fails, else None."""
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
            failure = "the agent did not join in time"
        if failure:
            log.warning("the agent for %s in %s could not start: %s", service, room_id, failure)
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
        _settle(agent.joined, f"the agent ended with status {agent.process.returncode}")
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


def agent_task(room: Room, name: str, service: str, **more: object) -> Payload:
    """A task in the product's words. As there, it holds the secret of a simple room."""
    return {
        "task": name,
        "service_type": service,
        "room_id": room.room_id,
        "room_table_id": room.table_id,
        "user_id": "",
        "options": None,
        "room_e2ee_key": room.encryption.encryption_key or None,
        "hidden_agent": name == "configureAgent",
        **more,
    }


async def _order(agent: _Running, **order: Any) -> None:
    """Send an order to an agent. If the agent has ended, its reader notices that."""
    stdin = agent.process.stdin
    assert stdin is not None
    async with agent.orders:
        try:
            stdin.write(json.dumps(order).encode() + b"\n")
            await stdin.drain()
        except ConnectionError:
            log.info("an agent ended before it got its order")


def _settle(future: asyncio.Future[str | None], value: str | None) -> None:
    if not future.done():
        future.set_result(value)
