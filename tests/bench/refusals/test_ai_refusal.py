"""Claims about AI evaluate answers, the bus, the SFU, the metadata and the provider."""

from __future__ import annotations

import json
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.bench.core.claims import Claim
from conformance.bench.core.evaluation import control, holds, never
from conformance.bench.refusals import ai, ai_activity
from conformance.bench.refusals.ai import AiControl, AiRequests
from conformance.bench.refusals.ai_activity import AiActivity, AiAnswer
from conformance.bench.refusals.keyless_agent import KeylessAgent, keyless_agent_in
from conformance.observers.bus import BusMessage, BusTap
from conformance.observers.marks import Mark, tones
from conformance.observers.provider import Provider, Request, word_of
from conformance.stacks.base import NO_AI, RoomKind
from conformance.stacks.embedded import EmbeddedStack
from conformance.verdicts import ClaimFailed, ControlFailed, InsufficientEvidence
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire import subjects

REFUSED = "insights.feature-disable-while-e2ee-self-key-enabled"
EVENT = pb.NatsMsgServerToClientEvents


def person(name: str, pair: int) -> Any:
    mark = Mark(pair, tones.PAIRS[pair])
    return SimpleNamespace(name=name, user_id=f"{name}-1", mark=mark, token="t")


CAROL, ALICE, BOB = person("carol", 1), person("alice", 2), person("bob", 3)
PLAIN_WORD, ALICES = word_of(CAROL.mark.tones), word_of(ALICE.mark.tones)


class World:
    """A plain room in which the AI works, and an encrypted room; a test can change both."""

    def __init__(self) -> None:
        self.tap, self.provider = BusTap(), Provider()
        self.inside = {"plain": ["carol-1", "pnm_agent-1 (hidden)"], "secret": ["alice-1", "bob-1"]}
        self.enabled = {"plain"}
        self.stack: Any = SimpleNamespace(
            api=SimpleNamespace(active_room_info=self._info), need=lambda *_: None
        )
        rooms: Any = SimpleNamespace(stack=self.stack)
        self.control = AiControl(rooms, self.provider)
        self.control._activity = self.eyes("plain", RoomKind.PLAIN, [CAROL])
        self.trial = AiRequests(
            self.control, self.eyes("secret", RoomKind.ZERO_KNOWLEDGE, [ALICE, BOB]), ALICE, BOB
        )
        self.control.answers = [AiAnswer("speech translation", "configure", True, "success")]
        self.trial.answers = [AiAnswer("transcription", "configure", False, REFUSED)]
        self.hand_out("plain")
        result = {"text": PLAIN_WORD, "translations": {"es-ES": PLAIN_WORD}}
        self.tell("plain", EVENT.TRANSCRIPTION_OUTPUT_TEXT, result, live=True)
        self.tell("plain", EVENT.SYSTEM_NOTIFICATION, {"msg": "insights.started"})
        self.asked("/v1/realtime", PLAIN_WORD)
        self.asked("/v1/audio/transcriptions", PLAIN_WORD)
        self.trial._since = len(self.provider.requests)

    def eyes(self, room_id: str, kind: RoomKind, people: list[Any]) -> AiActivity:
        room: Any = SimpleNamespace(room_id=room_id, kind=kind, people=people)
        return AiActivity(self.stack, self.tap, self.provider, room)

    async def _info(self, room_id: str) -> dict[str, Any]:
        told = {"transcription_features": {"is_enabled": room_id in self.enabled}}
        metadata = {"room_features": {"insights_features": told}}
        return {"room": {"room_info": {"metadata": json.dumps(metadata)}}}

    def hand_out(self, room_id: str) -> None:
        work = {"task": "configureAgent", "service_type": "transcription", "room_id": room_id}
        self.tap.take(BusMessage(subjects.INSIGHTS_CHANNEL, json.dumps(work).encode()))

    def tell(self, room_id: str, event: Any, message: Any, *, live: bool = False) -> None:
        name = subjects.live_events if live else subjects.public_events
        envelope = pb.NatsMsgServerToClient(event=event, msg=json.dumps(message))
        self.tap.take(BusMessage(name(room_id), envelope.SerializeToString()))

    def asked(self, path: str, *words: str) -> None:
        self.provider.requests.append(Request(path, 0.0, words=Counter(words * 2)))

    def goes_on(self) -> Claim:
        claim = self.control.goes_on()
        self.provider.requests[0].words[PLAIN_WORD] += 100
        return claim


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()

    async def inside(_: Any, room_id: str) -> list[str]:
        return made.inside[room_id]

    monkeypatch.setattr(ai_activity, "in_sfu_room", inside)
    return made


async def judge(world: World) -> None:
    await control(*world.control.works())
    await never(*world.trial.signs(), while_=world.goes_on())
    await holds(world.trial.is_refused())


async def test_a_refusal_beside_a_working_ai_passes(world: World) -> None:
    await judge(world)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (lambda w: w.hand_out("secret"), "handed out"),
        (lambda w: w.inside["secret"].append("pnm_agent-2 (hidden)"), "an agent is in"),
        (lambda w: w.enabled.add("secret"), "metadata is marked"),
        (
            lambda w: w.tell("secret", EVENT.SYSTEM_NOTIFICATION, {"msg": "insights.x"}),
            "is notified of AI",
        ),
        (
            lambda w: w.tell("secret", EVENT.TRANSCRIPTION_OUTPUT_TEXT, {}, live=True),
            "is notified of AI",
        ),
        (lambda w: w.asked("/v1/realtime"), "reach the AI provider"),
        (lambda w: w.asked("/v1/audio/transcriptions", ALICES), "reach the AI provider"),
        (
            lambda w: w.trial.answers.append(AiAnswer("meeting summary", "ai", True, "success")),
            "AI is accepted",
        ),
    ],
)
async def test_each_sign_of_ai_in_an_encrypted_room_fails(
    world: World, what: Any, words: str
) -> None:
    what(world)
    with pytest.raises(ClaimFailed, match=words):
        await judge(world)


@pytest.mark.parametrize(
    "what",
    [
        lambda w: w.tell("secret", EVENT.SYSTEM_NOTIFICATION, {"msg": REFUSED}),
        lambda w: w.tell("secret", EVENT.SYSTEM_NOTIFICATION, {"msg": "notifications.hello"}),
        lambda w: w.asked("/v1/chat/completions", PLAIN_WORD),
        lambda w: w.tap.take(BusMessage(subjects.INSIGHTS_CHANNEL, b"[7]")),
        lambda w: w.tap.take(BusMessage(subjects.public_events("secret"), b"\xff")),
    ],
)
async def test_events_that_are_no_sign_of_ai_pass(world: World, what: Any) -> None:
    what(world)
    await judge(world)


@pytest.mark.parametrize(
    "what",
    [
        lambda w: w.control.answers.append(
            AiAnswer("meeting summary", "ai", False, "insights feature wasn't configured")
        ),
        lambda w: w.inside["plain"].remove("pnm_agent-1 (hidden)"),
        lambda w: w.enabled.clear(),
        lambda w: w.tap.messages.clear(),
        lambda w: w.provider.requests.clear(),
    ],
)
async def test_a_broken_ai_is_inconclusive(
    world: World, what: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for budget in ("AI_WORKS", "AI_GOES_ON"):
        monkeypatch.setattr(ai.timeouts, budget, 0.01)
    what(world)
    with pytest.raises(ControlFailed):
        await judge(world)


async def test_a_server_without_ai_is_inconclusive(tmp_path: Any) -> None:
    rooms: Any = SimpleNamespace(stack=EmbeddedStack(tmp_path))
    with pytest.raises(InsufficientEvidence, match="is not configured for this run's AI provider"):
        await AiControl(rooms, Provider()).attach()
    assert EmbeddedStack(tmp_path).lacks == {"ai": NO_AI}
    assert not EmbeddedStack(tmp_path, ai_endpoint="http://127.0.0.1:1/v1").lacks


async def test_an_agent_is_judged_by_its_own_sessions_and_sound() -> None:
    provider = Provider()
    agent = KeylessAgent([ALICE], provider, "its key")
    provider.requests.append(Request("/v1/realtime", 0.0, "another key", words=Counter([ALICES])))
    provider.requests.append(Request("/v1/realtime", 0.0, "its key", seconds=9.0))
    assert not (await agent.gets_sound().look()).true  # it subscribed to no track
    agent.events.append({"event": "hears", "user_id": "alice-1", "encrypted": True})
    assert (await agent.gets_sound().look()).true
    assert not (await agent.hears_anybody().look()).true
    provider.requests[1].words[ALICES] += 1
    assert (await agent.hears_anybody().look()).true


async def test_an_agent_that_cannot_join_reports_it_and_ends(tmp_path: Any) -> None:
    stack = EmbeddedStack(tmp_path)
    given = {"livekit_url": "ws://127.0.0.1:1", "livekit_api_key": "k", "livekit_api_secret": "s"}
    stack.endpoints = SimpleNamespace(**given)  # type: ignore[assignment]
    async with keyless_agent_in(stack, "room", [ALICE], Provider()) as agent:
        assert await agent.wait_for(lambda: bool(agent.events), 30)
        assert agent.events[0]["event"] == "refused"
        seen = await agent.gets_sound().look()
        assert not seen.true
        assert "0 microphones" in seen.words
