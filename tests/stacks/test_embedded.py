"""The embedded stack with its real services: NATS, LiveKit and the reference server."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from service_stand_in import gone

from conformance.stacks.base import RoomKind, ServiceDied
from conformance.stacks.control_api import ControlApi, ServerRefused
from conformance.stacks.embedded import EmbeddedStack
from conformance.stacks.errors import PortTaken
from conformance.stacks.processes.ports import is_free
from conformance.stacks.programs.tools import ToolMissing

pytestmark = pytest.mark.services

ROOT = Path(__file__).resolve().parents[2]
RUN = """
import asyncio, json, pathlib, sys
from conformance.stacks.embedded import EmbeddedStack
async def main():
    folder = pathlib.Path(sys.argv[1])
    async with EmbeddedStack(folder / "logs", client_files=folder) as stack:
        print(json.dumps({"pids": stack.pids, "scratch": str(stack.scratch),
                          "server": stack.endpoints.server_url}), flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<title>a client</title>", "utf-8")
    return tmp_path


@pytest.fixture
async def stack(page: Path) -> AsyncIterator[EmbeddedStack]:
    async with EmbeddedStack(page / "logs", client_files=page) as running:
        yield running


async def test_rooms_of_every_kind_can_be_made_entered_and_ended(stack: EmbeddedStack) -> None:
    for kind in RoomKind:
        room = f"room-{kind.value}"
        assert not await stack.api.is_room_active(room)
        created = await stack.api.create_room(room, kind)
        metadata = json.loads(created["room_info"]["metadata"])
        block = metadata["room_features"]["end_to_end_encryption_features"]
        assert bool(block.get("is_enabled")) is (kind is not RoomKind.PLAIN)
        assert await stack.api.join_token(room, "alice", "Alice", is_admin=True)
        assert await stack.api.is_room_active(room)
        info = await stack.api.active_room_info(room)
        assert info["room"]["room_info"]["room_id"] == room
        await stack.api.end_room(room)


async def test_it_serves_the_clients_page_and_keeps_every_log(stack: EmbeddedStack) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(stack.endpoints.server_url + "/")
    assert "a client" in answer.text
    assert set(stack.logs) == {"nats", "livekit", "server"}
    assert all(log.stat().st_size > 0 for log in stack.logs.values())
    assert set(stack.timings) == {"nats", "livekit", "server", "stack"}
    assert all(stack.versions[name] for name in ("nats", "livekit", "reference server"))


async def test_a_wrong_api_secret_is_refused(stack: EmbeddedStack) -> None:
    at = stack.endpoints
    async with ControlApi(at.server_url, at.api_key, "not the secret") as stranger:
        with pytest.raises(ServerRefused, match="check the API key and secret"):
            await stranger.create_room("room-1", RoomKind.PLAIN)


async def test_a_normal_end_leaves_nothing(page: Path) -> None:
    async with EmbeddedStack(page / "logs", client_files=page) as running:
        pids, scratch = running.pids, running.scratch
        port = urlsplit(running.endpoints.server_url).port
        assert port is not None
        assert len(pids) == 4
    assert gone(pids.values())
    assert is_free(port)
    assert not scratch.exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_killed_leaves_nothing(page: Path, number: signal.Signals) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(page)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert run.stdout is not None
    state = json.loads(run.stdout.readline())
    assert len(state["pids"]) == 4
    assert all(psutil.pid_exists(pid) for pid in state["pids"].values())
    run.send_signal(number)
    run.wait(15)
    assert gone(state["pids"].values())
    assert is_free(int(state["server"].rsplit(":", 1)[1]))
    assert not Path(state["scratch"]).exists()


@pytest.mark.parametrize("victim", ["nats", "livekit", "server"])
async def test_a_service_killed_in_mid_run_is_named_with_the_end_of_its_log(
    stack: EmbeddedStack, victim: str
) -> None:
    os.kill(stack.pids[victim], signal.SIGKILL)
    died = await asyncio.wait_for(stack.first_death(), 10)
    assert (died.name, died.status) == (victim, -signal.SIGKILL)
    assert f"{victim} died (killed by SIGKILL)" in str(died)
    assert "the end of its log" in str(died)
    with pytest.raises(ServiceDied, match=f"{victim} died"):
        stack.check()


async def test_a_taken_port_is_one_clear_line_and_starts_nothing(page: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        stack = EmbeddedStack(page / "logs", client_files=page, server_port=port)
        with pytest.raises(PortTaken, match=f"port {port} .* is taken"):
            await stack.start()
    assert stack.pids == {}


async def test_no_livekit_is_one_clear_line(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PNM_CONFORM_LIVEKIT", "/nowhere/livekit-server")
    stack = EmbeddedStack(page / "logs", client_files=page)
    with pytest.raises(ToolMissing, match=r"livekit is missing .*/nowhere/livekit-server"):
        await stack.start()
