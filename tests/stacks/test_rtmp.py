"""The stream target waits for one broadcast, keeps it, and ends however the run ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from service_stand_in import gone

from conformance.stacks.errors import StackError
from conformance.stacks.programs import known as known_programs
from conformance.stacks.programs import tools
from conformance.stacks.services.rtmp import RtmpTarget

ROOT = Path(__file__).resolve().parents[2]
RUN = """
import asyncio, pathlib, sys
from conformance.stacks.services.rtmp import RtmpTarget
async def main():
    async with RtmpTarget(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])) as target:
        print(*target._supervisor.pids.values(), flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


def ffmpeg() -> str:
    try:
        return str(tools.find(known_programs.FFMPEG).path)
    except StackError as missing:
        pytest.skip(str(missing))


async def test_the_target_waits_for_a_stream_and_keeps_it(tmp_path: Path) -> None:
    program = ffmpeg()
    async with RtmpTarget(tmp_path / "got.flv", tmp_path) as target:
        assert (target.waits, target.size) == (True, 0)
        source = ["-f", "lavfi", "-i", "testsrc=size=320x180:rate=10", "-t", "2"]
        sending = await asyncio.create_subprocess_exec(
            program, "-nostdin", "-loglevel", "error", *source, "-f", "flv", target.url
        )
        assert await sending.wait() == 0
        assert await target.ended(20)
        assert not target.waits
    assert target.size > 1000
    assert target.file.read_bytes()[:3] == b"FLV"


async def test_a_stopped_target_does_not_wait(tmp_path: Path) -> None:
    ffmpeg()
    async with RtmpTarget(tmp_path / "got.flv", tmp_path) as target:
        pids = list(target._supervisor.pids.values())
    assert gone(pids)
    assert not target.waits
    assert not await target.ended(0.01)


def test_the_target_ends_with_a_killed_run(tmp_path: Path) -> None:
    ffmpeg()
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(tmp_path / "got.flv"), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert run.stdout is not None
    pids = [int(pid) for pid in run.stdout.readline().split()]
    assert len(pids) == 2
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert gone(pids)


async def test_without_ffmpeg_it_says_how_to_fix_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(known_programs.FFMPEG.variable, raising=False)
    monkeypatch.setattr(
        known_programs.sysconfig, "get_path", lambda _: str(tmp_path)
    )  # no ffmpeg wheel either
    with pytest.raises(tools.ToolMissing, match="ffmpeg is missing; to fix it"):
        await RtmpTarget(tmp_path / "got.flv", tmp_path).__aenter__()
