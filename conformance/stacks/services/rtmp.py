"""A stream target: a real RTMP listener that stores the broadcast that it receives.

ffmpeg listens on a free loopback port, accepts one broadcast and copies its packets, undecoded,
into an FLV file. It has its own guard (see processes/guard.py), so it never survives a run.
"""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Final, Self

import psutil
from tenacity import AsyncRetrying, RetryError, retry_if_result, stop_after_delay, wait_fixed

from conformance.stacks.errors import ServiceNotReady
from conformance.stacks.processes.ports import PortBlock
from conformance.stacks.processes.supervisor import Supervisor, end_of
from conformance.stacks.programs import known as known_programs
from conformance.stacks.programs import tools

_SERVICE: Final = "rtmp"
_STARTED: Final = r"^ffmpeg version"
_LISTENS_S: Final = 20.0
"""Seconds from ffmpeg's first line until it listens. On an idle machine it takes 0.1 s."""


class RtmpTarget:
    """One listener for one broadcast. `url`: its address. `file`: the received FLV file.

    `logs`: the folder for ffmpeg's log. Entering the context raises `ToolMissing` without ffmpeg,
    and another `StackError` if ffmpeg does not start.
    """

    def __init__(self, file: Path, logs: Path) -> None:
        self.file = file
        self.url = ""
        self._supervisor = Supervisor(logs)
        self._port = 0

    async def __aenter__(self) -> Self:
        program = await asyncio.to_thread(tools.find, known_programs.FFMPEG)
        self._block = PortBlock()
        self._port = self._block.take()
        self.url = f"rtmp://127.0.0.1:{self._port}/live/{secrets.token_hex(8)}"
        try:
            await self._supervisor.start()
            self.file.parent.mkdir(parents=True, exist_ok=True)
            await self._supervisor.spawn(_SERVICE, self._command(program.path), ready=_STARTED)
            await self._listening()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._supervisor.stop()
        self._block.release()

    def _command(self, program: Path) -> list[str]:
        return [
            str(program), "-nostdin", "-y", "-loglevel", "info", "-listen", "1", "-i", self.url,
            "-c", "copy", "-flush_packets", "1", "-f", "flv", str(self.file.absolute()),
        ]  # fmt: skip

    async def _listening(self) -> None:
        """Wait until the kernel shows the listening socket: ffmpeg prints nothing about it."""
        attempts = AsyncRetrying(
            retry=retry_if_result(lambda waits: not waits),
            stop=stop_after_delay(_LISTENS_S),
            wait=wait_fixed(0.05),
        )
        try:
            await attempts(self._look)
        except RetryError:
            log = self._supervisor.logs / f"{_SERVICE}.log"
            raise ServiceNotReady(_SERVICE, _LISTENS_S, end_of(log), log) from None

    async def _look(self) -> bool:
        self._supervisor.check()
        return self.waits

    @property
    def waits(self) -> bool:
        """Does it still listen? Then no broadcast has started. False after it has exited."""
        try:
            pid = self._supervisor.pids[_SERVICE]
            connections = psutil.Process(pid).net_connections("tcp")
        except (KeyError, psutil.Error):
            return False
        return any(
            one.status == psutil.CONN_LISTEN and one.laddr.port == self._port for one in connections
        )

    @property
    def size(self) -> int:
        """Number of bytes received."""
        try:
            return self.file.stat().st_size
        except OSError:
            return 0

    async def ended(self, timeout: float) -> bool:
        """Wait until the broadcast is over and the file complete; False after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._supervisor.first_death()
        except TimeoutError:
            return False
        return True
