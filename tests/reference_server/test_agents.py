"""The reference server's AI works in plain rooms, and its agents end with room and server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from livekit import api

from conformance.observers.bus import BusTap, tapped
from conformance.observers.marks import tones
from conformance.observers.provider import Provider, word_of
from conformance.stacks.base import RoomKind
from conformance.stacks.embedded import EmbeddedStack
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire import subjects
from tests.reference_server.joiner import ask

pytestmark = [pytest.mark.services, pytest.mark.asyncio(loop_scope="module")]

PAIR = tones.PAIRS[40]
WORD = word_of(PAIR)
FEATURES = {
    "insights_features": {
        "is_allow": True,
        "transcription_features": {"is_allow": True, "is_allow_translation": True},
        "ai_features": {"is_allow": True, "meeting_summarization_features": {"is_allow": True}},
    }
}
START = pb.InsightsTranscriptionUserSessionReq(
    action=pb.InsightsUserSessionAction.USER_SESSION_ACTION_START, spoken_lang="en-US"
)
CONFIGURE = pb.InsightsTranscriptionConfigReq(
    is_enabled=True,
    allowed_spoken_langs=["en-US"],
    allowed_speech_users=["alice"],
    is_enabled_translation=True,
    allowed_trans_langs=["es-ES"],
)
SUMMARY = pb.InsightsAIMeetingSummarizationConfigReq(is_enabled=True, summarization_prompt="all")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def provider() -> AsyncIterator[Provider]:
    async with Provider() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(
    tmp_path_factory: pytest.TempPathFactory, provider: Provider
) -> AsyncIterator[EmbeddedStack]:
    folder = tmp_path_factory.mktemp("stack")
    (folder / "index.html").write_text("<title>page</title>")
    async with EmbeddedStack(folder, client_files=folder, ai_endpoint=provider.url) as running:
        yield running


@asynccontextmanager
async def speaking(stack: EmbeddedStack, room: str, user_id: str) -> AsyncIterator[None]:
    ends = stack.endpoints
    assert ends.livekit_url
    grants = api.VideoGrants(room_join=True, room=room)
    token = api.AccessToken(ends.livekit_api_key, ends.livekit_api_secret).with_identity(user_id)
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("speaker.py")), ends.livekit_url,
        token.with_grants(grants).to_jwt(), *(str(hertz) for hertz in PAIR),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    assert process.stdin
    async with asyncio.timeout(40):
        assert await process.stdout.readline() == b"speaks\n"
    yield
    process.stdin.close()
    await process.wait()


def agents_of(stack: EmbeddedStack) -> list[psutil.Process]:
    return psutil.Process(stack.pids["server"]).children()


async def in_room(stack: EmbeddedStack, room: str) -> list[str]:
    ends = stack.endpoints
    async with api.LiveKitAPI(
        ends.livekit_url, ends.livekit_api_key, ends.livekit_api_secret
    ) as sfu:
        answer = await sfu.room.list_participants(api.ListParticipantsRequest(room=room))
    return [person.identity for person in answer.participants]


def transcripts(tap: BusTap, room: str) -> list[str]:
    messages = [
        pb.NatsMsgServerToClient.FromString(message.payload)
        for message in tap.on(subjects.live_events(room))
    ]
    wanted = pb.NatsMsgServerToClientEvents.TRANSCRIPTION_OUTPUT_TEXT
    return [message.msg for message in messages if message.event == wanted]


async def test_a_plain_room_is_transcribed_translated_and_summarised(
    server: EmbeddedStack, provider: Provider
) -> None:
    room, url = "heard", server.endpoints.server_url
    await server.api.create_room(room, RoomKind.PLAIN, features=FEATURES)
    token = await server.api.join_token(room, "alice", "Alice", is_admin=True)
    async with tapped(server.endpoints) as tap, speaking(server, room, "alice"):
        for path, request in (
            ("transcription/configure", CONFIGURE),
            ("transcription/userSession", START),
            ("ai/meetingSummarization/configure", SUMMARY),
        ):
            status, answer = await ask(url, f"insights/{path}", token, request)
            assert (status, answer.status, answer.msg) == (200, True, "success"), path
        assert len(tap.on(subjects.INSIGHTS_CHANNEL)) == 3
        assert sum(name.startswith("pnm_agent-") for name in await in_room(server, room)) == 2
        assert len(agents_of(server)) == 2
        assert await tap.wait_for(
            lambda: any('"es-ES"' in text and WORD in text for text in transcripts(tap, room)), 20
        ), transcripts(tap, room)
        before = provider.count(WORD, "realtime")
        assert await provider.wait_for(
            lambda: provider.count(WORD, "realtime") > before + 12, 30
        ), "the summary has nothing to sum up"
        info = (await server.api.active_room_info(room))["room"]["room_info"]["metadata"]
        assert '"is_enabled_translation":true' in info
        status, answer = await ask(url, "insights/ai/meetingSummarization/end", token, SUMMARY)
        assert answer.status, answer.msg
        assert await provider.wait_for(lambda: provider.count(WORD, "transcriptions") > 0, 30)
        assert await provider.wait_for(lambda: provider.count(WORD, "completions") > 0, 30)
        (left,) = agents_of(server)
        await server.api.end_room(room)
        gone = await asyncio.to_thread(psutil.wait_procs, [left], 30)
        assert not gone[1]


async def test_without_a_provider_it_is_reported(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<title>page</title>")
    async with EmbeddedStack(tmp_path / "logs", client_files=tmp_path) as stack:
        assert "ai" in stack.lacks
        await stack.api.create_room("plain", RoomKind.PLAIN, features=FEATURES)
        token = await stack.api.join_token("plain", "alice", "Alice", is_admin=True)
        path = "insights/transcription/configure"
        _, answer = await ask(stack.endpoints.server_url, path, token, CONFIGURE)
        assert (answer.status, answer.msg) == (False, "insights feature wasn't configured")


async def test_no_agent_survives_a_killed_server(tmp_path: Path, provider: Provider) -> None:
    (tmp_path / "index.html").write_text("<title>page</title>")
    stack = EmbeddedStack(tmp_path / "logs", client_files=tmp_path, ai_endpoint=provider.url)
    async with stack:
        await stack.api.create_room("plain", RoomKind.PLAIN, features=FEATURES)
        token = await stack.api.join_token("plain", "alice", "Alice", is_admin=True)
        url = stack.endpoints.server_url
        _, answer = await ask(url, "insights/transcription/configure", token, CONFIGURE)
        assert answer.status, answer.msg
        agents = agents_of(stack)
        assert len(agents) == 1
        psutil.Process(stack.pids["guard"]).kill()
        gone = await asyncio.to_thread(psutil.wait_procs, agents, 30)
        assert not gone[1]
