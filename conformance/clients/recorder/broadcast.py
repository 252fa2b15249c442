"""Streams a running recording to an RTMP target, as H.264 and AAC in FLV."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final, Self

from conformance.clients.recorder.capture import FRAMES_PER_SECOND
from conformance.stacks.programs import known as known_programs
from conformance.stacks.programs import tools

_TAKES: Final = 15.0
"""Seconds for one piece. After that, ffmpeg or the target counts as stuck."""
_ENDS: Final = 15.0


class BroadcastFailed(Exception):
    """The broadcast fails; the message says why."""


class Broadcast:
    """One broadcast. ffmpeg ends when its stdin closes, so it does not outlive this process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, url: str) -> Self:
        """Start to stream to an `rtmp://` or `rtmps://` address.

        Raises:
            BroadcastFailed: the address is invalid, or ffmpeg is missing.
        """
        if not url.startswith(("rtmp://", "rtmps://")):
            raise BroadcastFailed(f"not an RTMP address: {url[:100]!r}")
        try:
            program = await asyncio.to_thread(tools.find, known_programs.FFMPEG)
        except tools.ToolMissing as missing:
            raise BroadcastFailed(str(missing)) from missing
        rate = str(FRAMES_PER_SECOND)
        process = await asyncio.create_subprocess_exec(
            str(program.path),
            *("-loglevel", "error", "-f", "matroska", "-i", "pipe:0"),
            *("-r", rate, "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"),
            *("-pix_fmt", "yuv420p", "-g", rate, "-c:a", "aac", "-ar", "44100", "-f", "flv", url),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return cls(process)

    async def push(self, piece: bytes) -> None:
        """Send one piece of WebM.

        Raises:
            BroadcastFailed: the target or ffmpeg accepts no more data.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(piece)
            async with asyncio.timeout(_TAKES):
                await self._process.stdin.drain()
        except (OSError, TimeoutError) as error:
            raise BroadcastFailed("the stream target accepts no more data") from error

    async def end(self) -> None:
        """Let ffmpeg send the rest and end."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, TimeoutError):
            self._process.stdin.close()
            async with asyncio.timeout(_ENDS):
                await self._process.wait()
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
