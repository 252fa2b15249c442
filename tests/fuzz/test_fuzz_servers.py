"""The suite's own servers and programs answer or end every request of a product."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from fuzz_target import mutated

from conformance.clients.base import ClientDriver
from conformance.clients.recorder import program
from conformance.clients.recorder.program import Job, Recorder
from conformance.observers.provider import Provider
from conformance.stacks.base import Stack
from conformance.wire import plugnmeet_pb2 as pb

ROUNDS = 60


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with Provider() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


FORM = (
    b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n'
    b"Content-Type: audio/wav\r\nContent-Transfer-Encoding: binary\r\n\r\nRIFF\r\n--edge--\r\n"
)
REQUESTS = (
    ("chat/completions", "application/json", b'{"messages": [{"content": "tone-600-960"}]}'),
    ("audio/speech", "application/json", b'{"input": "tone-600-960"}'),
    ("audio/transcriptions", "multipart/form-data; boundary=edge", FORM),
    ("audio/transcriptions", "multipart/form-data", FORM),
    ("audio/speech", "text/plain; charset=no-such-charset", b"{}"),
    ("audio/transcriptions", "multipart/form-data; boundary=" + "x" * 99, FORM),
)


@pytest.mark.filterwarnings("ignore::aiohttp.BadContentDispositionHeader")
@pytest.mark.parametrize(("path", "kind", "body"), REQUESTS)
async def test_every_changed_request_is_answered(
    provider: Provider, http: aiohttp.ClientSession, path: str, kind: str, body: bytes
) -> None:
    for seed in range(ROUNDS):
        data = mutated(body, seed) if seed else body
        async with http.post(
            f"{provider.url}/{path}", data=data, headers={"Content-Type": kind}
        ) as answer:
            assert answer.status < 500, (seed, data)
            assert answer.status < 400 or provider.requests[-1].problem


SAID = (
    '{"type": "session.update", "session": {"audio": {"input": {"format": {"rate": 24000}}}}}',
    '{"type": "session.update", "session": {"audio": {"input": {"format": {"rate": 1e999}}}}}',
    '{"type": "input_audio_buffer.append", "audio": "AAAA"}',
    '{"type": "input_audio_buffer.append", "audio": "\\ud800"}',
    '{"type": "input_audio_buffer.commit"}',
    "[" * 5000,
)


async def test_a_realtime_session_survives_any_input(
    provider: Provider, http: aiohttp.ClientSession
) -> None:
    url = provider.url.replace("http", "ws")
    async with http.ws_connect(f"{url}/realtime") as socket:
        for said in SAID:
            for seed in range(ROUNDS):
                text = mutated(said.encode(), seed) if seed else said.encode()
                await socket.send_str(text.decode("utf-8", "replace"))
        await socket.send_str('{"type": "session.update", "session": 7}')
        last: dict[str, Any] = {}
        while "'int' object" not in json.dumps(last):
            last = json.loads(await socket.receive_str(timeout=10))
            assert last["type"] in ("error", "conversation.item.input_audio_transcription.delta")
    assert len(provider.requests) == 1


ROOM_IDS = ("../../../x", "/etc/x", "a/../../b", "x" * 5000, "\x00", "..", "room01")


async def test_no_order_writes_a_recording_outside_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Job] = []

    async def work(_: Recorder, job: Job) -> None:
        begun.append(job)
        await job.take.keep(b"x", (), None)

    monkeypatch.setattr(Recorder, "_work", work)
    folder = tmp_path / "run" / "recordings"
    recorder = Recorder(cast(Stack, None), cast(ClientDriver, None), cast(Any, None), folder)
    for room in ROOM_IDS:
        order = pb.PlugNmeetToRecorder(task=pb.RecordingTasks.START_RECORDING, room_id=room)
        order.recorder_id = recorder.id
        await recorder._ordered(cast(Any, _Message(order.SerializeToString())))
    for task in tuple(recorder._tasks):
        await task
    written = _files(tmp_path)
    assert len(written) == len(ROOM_IDS)
    assert {path.parent for path in written} == {folder}


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_recorders_orders_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(_: Recorder, __: Job) -> None:
        return

    monkeypatch.setattr(Recorder, "_work", work)
    recorder = Recorder(cast(Stack, None), cast(ClientDriver, None), cast(Any, None), tmp_path)
    order = pb.PlugNmeetToRecorder(task=pb.RecordingTasks.START_RECORDING, recorder_id=recorder.id)
    for number in range(program.MOST_JOBS * 3):
        message = _Message(mutated(order.SerializeToString(), 0) if number % 7 == 6 else b"")
        await recorder._ordered(cast(Any, message))
        await recorder._ordered(cast(Any, _Message(order.SerializeToString())))
    assert len(recorder.jobs) == program.MOST_JOBS


class _Message:
    """A request on the bus, as nats-py gives it."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    async def respond(self, _: bytes) -> None:
        """Do nothing."""
