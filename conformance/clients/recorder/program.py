"""The recorder program: registers on the bus, gives each order to a bot, reports to the server.

Source: plugNmeet-recorder and plugNmeet-server v2.4.0 (pkg/models/recording_dispatch.go). It runs
in the worker's own process; its browser and its broadcasts end with that process.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import nats
from google.protobuf.message import DecodeError
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError
from playwright.async_api import Browser, BrowserType
from playwright.async_api import Error as PlaywrightError

from conformance.clients.base import ClientDriver
from conformance.clients.browser import launch_capturing
from conformance.clients.recorder.bot import Bot, BotFailed, Take
from conformance.clients.recorder.broadcast import Broadcast, BroadcastFailed
from conformance.observers.notifier import Notifier
from conformance.stacks.base import Stack, StackError
from conformance.verdicts import BenchError, InsufficientEvidence
from conformance.wire import plugnmeet_pb2 as pb
from conformance.wire import subjects

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.js.kv import KeyValue

PING_S: Final = 3.0
"""Seconds between two pings. The server ignores a recorder that was silent for 8 s."""
LONGEST_S: Final = 180.0
"""Seconds after which a recording stops by itself."""

MOST_JOBS: Final = 20
"""The largest number of orders; a scenario needs at most four."""

_Task = pb.RecordingTasks
_Field = pb.RecorderInfoKeys
_STARTS: Final = (_Task.START_RECORDING, _Task.START_RTMP)
_END_OF: Final = {
    _Task.START_RECORDING: _Task.END_RECORDING,
    _Task.START_RTMP: _Task.END_RTMP,
}
_STOPS: Final = {
    _Task.STOP_RECORDING: _Task.START_RECORDING,
    _Task.STOP_RTMP: _Task.START_RTMP,
}


class Job(Notifier):
    """One order and its result. `failure`: why it failed, in words.

    `idle`: the recorder only says that it has begun and ended.
    """

    def __init__(self, order: pb.PlugNmeetToRecorder, file: Path, *, idle: bool = False) -> None:
        super().__init__()
        self.order, self.idle = order, idle
        self.take = Take(file)
        self.failure: str | None = None
        self.started = self.done = False
        self.stopping = asyncio.Event()

    async def stop(self, timeout: float) -> bool:
        """Request the end of the job and wait for it; False after `timeout` seconds."""
        self.stopping.set()
        return await self.wait_for(lambda: self.done, timeout)


class Recorder(Notifier):
    """A registered recorder; use it as a context. `jobs`: all orders, oldest first.

    `folder`: for its files. `first`: a browser type; the recorder starts its own browser of it.
    `idle_in`: beginnings of room ids in which it obeys without a browser: it reports that it has
    begun, and nothing more. That costs nothing where only the server's behaviour counts.

    Entering raises `InsufficientEvidence` if the recorder cannot register on the bus.
    """

    def __init__(
        self,
        stack: Stack,
        driver: ClientDriver,
        first: BrowserType,
        folder: Path,
        executable: str | None = None,
    ) -> None:
        super().__init__()
        self.id = f"conform-{secrets.token_hex(6)}"
        self.jobs: list[Job] = []
        self.idle_in: set[str] = set()
        self._stack, self._driver, self._folder = stack, driver, folder
        self._first, self._executable = first, executable
        self._browser: Browser | None = None
        self._starting = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._pinging: asyncio.Task[None] | None = None
        self._nats: Client | None = None
        self._bucket: KeyValue | None = None

    async def __aenter__(self) -> Self:
        given = self._stack.endpoints
        try:
            self._nats = await nats.connect(
                given.nats_url or "",
                user=given.nats_user,
                password=given.nats_password,
                max_reconnect_attempts=2,
            )
            self._bucket = await self._nats.jetstream().key_value(subjects.RECORDER_BUCKET)
            await self._register()
            await self._nats.subscribe(subjects.RECORDER_CHANNEL, cb=self._ordered)
            await self._nats.flush()
        except (NatsError, JetStreamError, OSError, ValueError) as error:
            await self.__aexit__(None, None, None)
            raise InsufficientEvidence(
                f"no recorder could be registered on the message bus: {error!r}"
            ) from error
        self._pinging = asyncio.create_task(self._ping(), name="recorder's pings")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for job in self.jobs:
            job.stopping.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=20)
        for task in [*self._tasks, *([self._pinging] if self._pinging else [])]:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if self._nats is not None:
            with contextlib.suppress(NatsError, JetStreamError, TimeoutError):
                if self._bucket is not None:
                    await asyncio.gather(
                        *(self._bucket.purge(self._key(n)) for n in _Field.values())
                    )
            with contextlib.suppress(NatsError):
                await self._nats.close()
        if self._browser is not None:
            with contextlib.suppress(PlaywrightError):
                await self._browser.close()

    # -- on the bus ------------------------------------------------------------------------

    def _key(self, number: int) -> str:
        return f"recorder_{self.id}-FIELD_{number}"

    async def _register(self) -> None:
        await self._put(
            {
                _Field.RECORDER_INFO_MAX_LIMIT: "10",
                _Field.RECORDER_INFO_TOTAL_CORES: str(os.cpu_count() or 1),
                _Field.RECORDER_INFO_CURRENT_PROGRESS: "0",
                **self._signs_of_life(),
            }
        )

    def _signs_of_life(self) -> dict[int, str]:
        return {
            _Field.RECORDER_INFO_LAST_PING: str(round(time.time() * 1000)),
            # Always idle, so that the server chooses this recorder if there are others.
            _Field.RECORDER_INFO_CPU_SCORE: "0.0000",
        }

    async def _put(self, fields: dict[int, str]) -> None:
        bucket = self._bucket
        assert bucket is not None
        await asyncio.gather(*(bucket.put(self._key(n), v.encode()) for n, v in fields.items()))

    async def _ping(self) -> None:
        while True:
            with contextlib.suppress(NatsError, JetStreamError, TimeoutError):
                await self._put(self._signs_of_life())
            await asyncio.sleep(PING_S)  # a fixed interval; nothing waits for it

    async def registered(self) -> bool:
        """Would the server find it now? Reads its last ping back from the bus."""
        assert self._bucket is not None
        try:
            entry = await self._bucket.get(self._key(_Field.RECORDER_INFO_LAST_PING))
        except (NatsError, JetStreamError, TimeoutError):
            return False
        return float(entry.value or b"0") > (time.time() - 2 * PING_S) * 1000

    async def _ordered(self, message: Msg) -> None:
        try:
            order = pb.PlugNmeetToRecorder.FromString(message.data)
        except DecodeError:
            return
        if order.task in _STARTS:
            if order.recorder_id != self.id:
                return  # it is for another recorder
            idle = order.room_id.startswith(tuple(self.idle_in))
            if not idle and sum(not job.idle for job in self.jobs) >= MOST_JOBS:
                return  # each order opens a page: do not answer too many
            self._begin(order, idle=idle)
        else:
            wanted = [job for job in self.jobs if not job.done and _is_for(order, job)]
            if not wanted:
                return  # the recorder of that job answers
            for job in wanted:
                job.stopping.set()
        done = pb.CommonResponse(status=True, msg="success")
        with contextlib.suppress(NatsError):
            await message.respond(done.SerializeToString())

    # -- jobs ------------------------------------------------------------------------------

    def jobs_in(self, session_id: str) -> list[Job]:
        """The orders for one session, oldest first."""
        return [job for job in self.jobs if job.order.room_sid == session_id]

    async def browser(self) -> Browser:
        """Its own browser; starts when it is first needed."""
        async with self._starting:
            if self._browser is None:
                self._browser = await launch_capturing(self._first, self._executable)
            return self._browser

    def _begin(self, order: pb.PlugNmeetToRecorder, *, idle: bool) -> None:
        # The order comes from the subject: use nothing of it in a path.
        job = Job(order, self._folder / f"recording-{len(self.jobs)}.webm", idle=idle)
        self.jobs.append(job)
        task = asyncio.create_task(self._work(job), name=f"recording {order.room_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.notify()

    async def _work(self, job: Job) -> None:
        bot: Bot | None = None
        order = job.order
        try:
            if job.idle:
                job.started = True
                await self._report(job, order.task, ok=True)
                await job.stopping.wait()
                return
            if order.task == _Task.START_RTMP:
                job.take.broadcast = await Broadcast.start(order.rtmp_url)
            bot = await Bot.enter(
                await self.browser(),
                self._driver,
                self._driver.url(self._stack.endpoints.page_url, order.access_token),
                name=f"recorder of {order.room_id}",
                ignore_https_errors=self._stack.ignore_https_errors,
            )
            await bot.record(job.take)
            job.started = True
            job.notify()
            await self._report(job, order.task, ok=True)
            await self._until_stopped(job, bot)
        except (BotFailed, BroadcastFailed, StackError, BenchError) as failure:
            job.failure = str(failure)
        finally:
            if bot is not None:
                await asyncio.shield(bot.close())
            elif job.take.broadcast is not None:
                await job.take.broadcast.end()
            job.failure = job.failure or job.take.problem
            with contextlib.suppress(StackError):
                await self._report(job, _END_OF[order.task], ok=job.failure is None)
            job.done = True
            job.notify()

    async def _until_stopped(self, job: Job, bot: Bot) -> None:
        """Wait until a stop is requested or the room is over; checks after each piece."""
        stopping = asyncio.create_task(job.stopping.wait())
        try:
            async with asyncio.timeout(LONGEST_S):
                while not stopping.done():
                    news = asyncio.create_task(job.take.changed(LONGEST_S))
                    await asyncio.wait([stopping, news], return_when=asyncio.FIRST_COMPLETED)
                    news.cancel()
                    job.notify()
                    if not stopping.done() and await bot.ended() is not None:
                        return
        except TimeoutError:
            return
        finally:
            stopping.cancel()

    async def _report(self, job: Job, task: pb.RecordingTasks, *, ok: bool) -> None:
        order = job.order
        report = pb.RecorderToPlugNmeet(
            task=task,
            status=ok,
            msg=job.failure or "success",
            recording_id=order.recording_id,
            room_id=order.room_id,
            room_sid=order.room_sid,
            recorder_id=self.id,
            room_table_id=order.room_table_id,
        )
        setattr(report, "from", "recorder")
        if task == _Task.END_RECORDING and job.take.bytes:
            report.file_path = job.take.file.name
            report.file_size = job.take.bytes / 1024**2
        await self._stack.api.post_signed(
            "/auth/recorder/notify",
            report.SerializeToString(),
            headers={"Content-Type": "application/protobuf"},
        )


def _is_for(order: pb.PlugNmeetToRecorder, job: Job) -> bool:
    """Does this order to stop mean this job?"""
    of_session = order.room_sid == job.order.room_sid
    return of_session and _STOPS.get(order.task, job.order.task) == job.order.task
