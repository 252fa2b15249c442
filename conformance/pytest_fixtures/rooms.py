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

from conformance.bench.core.claims import windows
from conformance.bench.core.room import RoomFactory
from conformance.bench.crypto.mixed_codecs import Coded, coded_room
from conformance.bench.disturbances import Scene, disturbed
from conformance.bench.hostile.rooms import Beset, Witness, besieged, need_liar, witnessing
from conformance.bench.leaks.browser import Left
from conformance.bench.leaks.full_session import Lives
from conformance.bench.leaks.server_stores import Ended
from conformance.bench.refusals.ai import Assistant
from conformance.bench.refusals.recorder_control import Attached, attach
from conformance.bench.refusals.target_room import Refusing, fill
from conformance.bench.rooms.shared_room import Settled, settle
from conformance.bench.sanity import sanity_check
from conformance.bench.sessions.two_sessions import Crossed, cross
from conformance.benchmarks.process_usage import cpu_seconds, memory_bytes
from conformance.clients.registry import CLIENTS, make_driver
from conformance.observers.provider import Provider
from conformance.observers.webhooks import WebhookReceiver
from conformance.pytest_fixtures.choices import split_rules
from conformance.pytest_fixtures.crowds import Turns
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
    request: pytest.FixtureRequest,
) -> AsyncIterator[RoomFactory]:
    """Makes rooms; begins and ends with the sanity check: a plain room works."""
    _, client_rules = split_rules(pytestconfig.option.break_rules)
    factory = RoomFactory(
        honest_stack,
        browser,
        make_driver(CLIENTS[pytestconfig.option.client], client_rules),
        webhook_url=None if "webhooks" in honest_stack.lacks else webhooks.url,
        join_seconds=notes.join_seconds,
    )
    async with honest(honest_stack, _fault_of(request)):
        notes.findings.append(await sanity_check(factory, "first"))
    if notes.findings[-1].verdict is not Verdict.PASS:
        raise BenchError(f"the sanity check failed: {notes.findings[-1].reason}")
    folder = Path(pytestconfig.option.run_folder) / "logs" / worker_of(pytestconfig)
    async with disturbed(pytestconfig.option.disturb, Scene(honest_stack, browser, folder)) as told:
        yield factory
    notes.disturbances += told.did
    notes.problems += told.problems
    notes.findings.append(await sanity_check(factory, "last"))
    notes.floor_seconds += notes.findings[0].seconds + notes.findings[-1].seconds
    notes.floor_seconds += windows.seconds
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
def turns(pytestconfig: pytest.Config) -> Turns:
    """Whose turn it is to fill a room with many people."""
    return Turns(Path(pytestconfig.option.run_folder))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def settled(
    request: pytest.FixtureRequest,
    this_round: int,
    turns: Turns,
    rooms: RoomFactory,
    pytestconfig: pytest.Config,
    notes: WorkerNotes,
    fault: Fault | None,
) -> AsyncIterator[Settled]:
    """A settled room of the kind that the check asks for, shared by all who only watch."""
    async with AsyncExitStack() as parts:
        if RoomKind(request.param) is RoomKind.ZERO_KNOWLEDGE:
            await parts.enter_async_context(turns.crowded())
        began = time.monotonic()
        opened = await parts.enter_async_context(rooms.opened(RoomKind(request.param)))
        room = await settle(opened)
        notes.floor_seconds += time.monotonic() - began
        room.round = this_round if pytestconfig.option.repeat > 1 else None
        notes.first_mark_seconds.extend(room.first_mark_seconds)
        yield room
        if fault is None:
            shots = await take_shots(room, Path(pytestconfig.option.run_folder))
            keep_pictures(notes, room, shots)
        notes.peak_memory_bytes = max(notes.peak_memory_bytes, memory_bytes())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def coded(
    request: pytest.FixtureRequest, this_round: int, turns: Turns, rooms: RoomFactory
) -> AsyncIterator[Coded]:
    """A room of the kind that the check asks for, in which everybody has another codec."""
    async with turns.crowded(), coded_room(rooms, RoomKind(request.param)) as filled:
        yield filled


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def crossed(
    request: pytest.FixtureRequest, this_round: int, rooms: RoomFactory
) -> AsyncIterator[Crossed]:
    """Two sessions of one room of the kind that the check asks for, kept."""
    async with cross(rooms, RoomKind(request.param)) as held:
        yield held


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def lives(this_round: int, rooms: RoomFactory) -> AsyncIterator[Lives]:
    """Sessions that are lived from beginning to end, one of each kind that is asked for."""
    async with Lives(rooms) as lived:
        yield lived


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def left(request: pytest.FixtureRequest, lives: Lives, notes: WorkerNotes) -> Left:
    """The session of the kind that the check asks for, used for everything and left by all."""
    began = time.monotonic()
    used = await lives.left(RoomKind(request.param))
    notes.floor_seconds += time.monotonic() - began
    notes.peak_memory_bytes = max(notes.peak_memory_bytes, memory_bytes())
    return used


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ended(request: pytest.FixtureRequest, lives: Lives, notes: WorkerNotes) -> Ended:
    """The same session at its end, the stores read."""
    began = time.monotonic()
    lived = await lives.ended(RoomKind(request.param))
    notes.floor_seconds += time.monotonic() - began
    return lived


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def assistant(
    this_round: int, honest_rooms: RoomFactory, provider: Provider, request: pytest.FixtureRequest
) -> AsyncIterator[Assistant]:
    """The server's AI, to be attached to a plain room by the first check that needs it."""
    fault = _fault_of(request)
    async with Assistant(honest_rooms, provider) as attached:
        if fault is not None:
            async with honest(honest_rooms.stack, fault):
                await attached.attach()
        yield attached


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def honest_attached(
    this_round: int,
    turns: Turns,
    honest_rooms: RoomFactory,
    webhooks: WebhookReceiver,
    pytestconfig: pytest.Config,
    notes: WorkerNotes,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Attached]:
    """A recorder and stream targets, shown to work in a plain room of this server."""
    option, fault = pytestconfig.option, _fault_of(request)
    async with AsyncExitStack() as parts:
        async with turns.crowded(), honest(honest_rooms.stack, fault):
            began = time.monotonic()
            beside = await parts.enter_async_context(
                attach(honest_rooms, webhooks, Path(option.run_folder), option.browser_path)
            )
        notes.floor_seconds += time.monotonic() - began
        yield beside
        notes.peak_memory_bytes = max(notes.peak_memory_bytes, memory_bytes())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def attached(
    honest_attached: Attached,
    rooms: RoomFactory,
    webhooks: WebhookReceiver,
    fault: Fault | None,
    pytestconfig: pytest.Config,
) -> AsyncIterator[Attached]:
    """The same beside rooms as the check is to find them."""
    if fault is None or not fault.from_the_start:
        yield honest_attached.beside(rooms)
        return
    option = pytestconfig.option
    async with attach(rooms, webhooks, Path(option.run_folder), option.browser_path) as shown:
        yield shown


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def witness(this_round: int, rooms: RoomFactory) -> AsyncIterator[Witness]:
    """A plain room in which what is clear is seen, heard and said."""
    async with witnessing(rooms) as filled:
        yield filled


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def beset(
    request: pytest.FixtureRequest,
    this_round: int,
    turns: Turns,
    rooms: RoomFactory,
    notes: WorkerNotes,
) -> AsyncIterator[Beset]:
    """An honest room of the kind that the check asks for, beside what should not be trusted."""
    need_liar(rooms.stack)  # who cannot be judged waits for no turn
    async with turns.crowded():
        began = time.monotonic()
        async with besieged(rooms, RoomKind(request.param)) as filled:
            notes.floor_seconds += time.monotonic() - began
            yield filled
            notes.peak_memory_bytes = max(notes.peak_memory_bytes, memory_bytes())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def refusing(
    request: pytest.FixtureRequest, this_round: int, rooms: RoomFactory
) -> AsyncIterator[Refusing]:
    """A room of the kind that the check asks for, in which things should be refused."""
    async with rooms.opened(RoomKind(request.param)) as room:
        yield await fill(room)
