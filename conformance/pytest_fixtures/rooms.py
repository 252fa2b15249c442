"""The rooms of the scenarios, filled once for all checks that only look at them.

What has `honest` in its name is there once for a worker, and is made without the fault of a trial;
everything else is made anew for each fault.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from conformance.bench.core.alarm import HarnessAlarm
from conformance.bench.core.room import RoomFactory
from conformance.bench.crypto.mixed_codecs import MixedCodecRoom, open_mixed_codec_room
from conformance.bench.disturbances import Scene, disturbed
from conformance.bench.hostile.rooms import (
    HonestRoom,
    PlainRoomControl,
    need_lying_server,
    open_honest_room,
    open_plain_room_control,
)
from conformance.bench.leaks.browser import BrowserTraces
from conformance.bench.leaks.full_session import FullSessions
from conformance.bench.leaks.server_stores import StoreSnapshots
from conformance.bench.refusals.ai import AiControl
from conformance.bench.refusals.recorder_control import RecorderControl, attach_recorder
from conformance.bench.refusals.target_room import EncryptedRoom, fill_encrypted_room
from conformance.bench.rooms.shared_room import SharedRoom, fill_shared_room
from conformance.bench.sanity import sanity_check
from conformance.bench.sessions.two_sessions import TwoSessions, open_two_sessions
from conformance.benchmarks.process_usage import cpu_seconds, memory_bytes
from conformance.clients.registry import CLIENTS, make_driver
from conformance.observers.provider import Provider
from conformance.observers.webhooks import WebhookReceiver
from conformance.pytest_fixtures.choices import split_rules
from conformance.pytest_fixtures.machine_lock import MachineLock
from conformance.pytest_fixtures.parts import honest, worker_of
from conformance.reports.collect import WorkerNotes
from conformance.reports.html.screenshots import keep_pictures, take_shots
from conformance.selftest import Fault
from conformance.stacks.base import RoomKind, Stack
from conformance.verdicts import BenchError, Verdict


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def honest_rooms(
    honest_stack: Stack,
    browser: Browser,
    webhooks: WebhookReceiver,
    pytestconfig: pytest.Config,
    notes: WorkerNotes,
    alarm: HarnessAlarm,
    request: pytest.FixtureRequest,
) -> AsyncIterator[RoomFactory]:
    """Makes rooms; begins and ends with the sanity check: a plain room works."""
    _, client_rules = split_rules(pytestconfig.option.break_rules)
    factory = RoomFactory(
        honest_stack,
        browser,
        make_driver(CLIENTS[pytestconfig.option.client], client_rules),
        alarm,
        webhook_url=None if "webhooks" in honest_stack.lacks else webhooks.url,
        join_seconds=notes.join_seconds,
    )
    async with honest(honest_stack, _fault_of(request)):
        notes.findings.append(await sanity_check(factory, "first"))
    if notes.findings[-1].verdict is not Verdict.PASS:
        raise BenchError(f"the sanity check failed: {notes.findings[-1].reason}")
    folder = Path(pytestconfig.option.run_folder) / "logs" / worker_of(pytestconfig)
    scene = Scene(honest_stack, browser, folder, alarm)
    async with disturbed(pytestconfig.option.disturb, scene) as told:
        yield factory
    notes.disturbances += told.did
    notes.problems += told.problems
    notes.findings.append(await sanity_check(factory, "last"))
    notes.floor_seconds += notes.findings[0].seconds + notes.findings[-1].seconds
    notes.cpu_seconds = cpu_seconds()


def _fault_of(request: pytest.FixtureRequest) -> Fault | None:
    """The fault of the check that asked first; whoever is made once must not depend on it."""
    callspec = getattr(request._pyfuncitem, "callspec", None)
    found: Fault | None = callspec.params.get("fault") if callspec is not None else None
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def rooms(
    honest_rooms: RoomFactory, stack: Stack, fault: Fault | None, pytestconfig: pytest.Config
) -> RoomFactory:
    """Makes rooms whose people have the client as the check is to find it."""
    if fault is None:
        return honest_rooms
    return replace(
        honest_rooms,
        stack=stack,
        driver=make_driver(CLIENTS[pytestconfig.option.client], fault.client_rules),
        salt=secrets.token_hex(8),
    )


@pytest.fixture(scope="session")
def machine_lock(pytestconfig: pytest.Config) -> MachineLock:
    """Whose turn it is to fill a room with many people."""
    return MachineLock(Path(pytestconfig.option.run_folder))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_room(
    request: pytest.FixtureRequest,
    this_round: int,
    machine_lock: MachineLock,
    rooms: RoomFactory,
    pytestconfig: pytest.Config,
    notes: WorkerNotes,
    fault: Fault | None,
) -> AsyncIterator[SharedRoom]:
    """A settled room of the kind that the check asks for, shared by all who only watch."""
    async with AsyncExitStack() as parts:
        if RoomKind(request.param) is RoomKind.ZERO_KNOWLEDGE:
            await parts.enter_async_context(machine_lock.exclusive())
        began = time.monotonic()
        opened = await parts.enter_async_context(rooms.opened(RoomKind(request.param)))
        room = await fill_shared_room(opened)
        notes.floor_seconds += time.monotonic() - began
        room.round = this_round if pytestconfig.option.repeat > 1 else None
        notes.first_mark_seconds.extend(room.first_mark_seconds)
        yield room
        if fault is None:
            shots = await take_shots(room, Path(pytestconfig.option.run_folder))
            keep_pictures(notes, room, shots)
        notes.peak_memory_bytes = max(notes.peak_memory_bytes, memory_bytes())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def mixed_codec_room(
    request: pytest.FixtureRequest, this_round: int, machine_lock: MachineLock, rooms: RoomFactory
) -> AsyncIterator[MixedCodecRoom]:
    """A room of the kind that the check asks for, in which everybody has another codec."""
    async with (
        machine_lock.exclusive(),
        open_mixed_codec_room(rooms, RoomKind(request.param)) as filled,
    ):
        yield filled


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def two_sessions(
    request: pytest.FixtureRequest, this_round: int, rooms: RoomFactory
) -> AsyncIterator[TwoSessions]:
    """Two sessions of one room of the kind that the check asks for, kept."""
    async with open_two_sessions(rooms, RoomKind(request.param)) as held:
        yield held


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def full_sessions(this_round: int, rooms: RoomFactory) -> AsyncIterator[FullSessions]:
    """Sessions that are lived from beginning to end, one of each kind that is asked for."""
    async with FullSessions(rooms) as lived:
        yield lived


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser_traces(
    request: pytest.FixtureRequest, full_sessions: FullSessions, notes: WorkerNotes
) -> BrowserTraces:
    """The session of the kind that the check asks for, used for everything and left by all."""
    began = time.monotonic()
    used = await full_sessions.left(RoomKind(request.param))
    notes.floor_seconds += time.monotonic() - began
    notes.peak_memory_bytes = max(notes.peak_memory_bytes, memory_bytes())
    return used


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def store_snapshots(
    request: pytest.FixtureRequest, full_sessions: FullSessions, notes: WorkerNotes
) -> StoreSnapshots:
    """The same session at its end, the stores read."""
    began = time.monotonic()
    lived = await full_sessions.ended(RoomKind(request.param))
    notes.floor_seconds += time.monotonic() - began
    return lived


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ai_control(
    this_round: int, honest_rooms: RoomFactory, provider: Provider, request: pytest.FixtureRequest
) -> AsyncIterator[AiControl]:
    """The server's AI, to be attached to a plain room by the first check that needs it."""
    fault = _fault_of(request)
    async with AiControl(honest_rooms, provider) as recorder_control:
        if fault is not None:
            async with honest(honest_rooms.stack, fault):
                await recorder_control.attach()
        yield recorder_control


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def honest_recorder_control(
    this_round: int,
    machine_lock: MachineLock,
    honest_rooms: RoomFactory,
    webhooks: WebhookReceiver,
    pytestconfig: pytest.Config,
    notes: WorkerNotes,
    request: pytest.FixtureRequest,
) -> AsyncIterator[RecorderControl]:
    """A recorder and stream targets, shown to work in a plain room of this server."""
    option, fault = pytestconfig.option, _fault_of(request)
    async with AsyncExitStack() as parts:
        async with machine_lock.exclusive(), honest(honest_rooms.stack, fault):
            began = time.monotonic()
            beside = await parts.enter_async_context(
                attach_recorder(
                    honest_rooms, webhooks, Path(option.run_folder), option.browser_path
                )
            )
        notes.floor_seconds += time.monotonic() - began
        yield beside
        notes.peak_memory_bytes = max(notes.peak_memory_bytes, memory_bytes())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def recorder_control(
    honest_recorder_control: RecorderControl,
    rooms: RoomFactory,
    webhooks: WebhookReceiver,
    fault: Fault | None,
    pytestconfig: pytest.Config,
) -> AsyncIterator[RecorderControl]:
    """The same beside rooms as the check is to find them."""
    if fault is None or not fault.from_the_start:
        yield honest_recorder_control.beside(rooms)
        return
    option = pytestconfig.option
    async with attach_recorder(
        rooms, webhooks, Path(option.run_folder), option.browser_path
    ) as shown:
        yield shown


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def plain_room_control(
    this_round: int, rooms: RoomFactory
) -> AsyncIterator[PlainRoomControl]:
    """A plain room in which what is clear is seen, heard and said."""
    async with open_plain_room_control(rooms) as filled:
        yield filled


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def honest_room(
    request: pytest.FixtureRequest,
    this_round: int,
    machine_lock: MachineLock,
    rooms: RoomFactory,
    notes: WorkerNotes,
) -> AsyncIterator[HonestRoom]:
    """An honest room of the kind that the check asks for, beside what should not be trusted."""
    need_lying_server(rooms.stack)  # who cannot be judged waits for no turn
    async with machine_lock.exclusive():
        began = time.monotonic()
        async with open_honest_room(rooms, RoomKind(request.param)) as filled:
            notes.floor_seconds += time.monotonic() - began
            yield filled
            notes.peak_memory_bytes = max(notes.peak_memory_bytes, memory_bytes())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def encrypted_room(
    request: pytest.FixtureRequest, this_round: int, rooms: RoomFactory
) -> AsyncIterator[EncryptedRoom]:
    """A room of the kind that the check asks for, in which things should be refused."""
    async with rooms.opened(RoomKind(request.param)) as room:
        yield await fill_encrypted_room(room)
