"""The scenarios' fixtures: a stack, a browser, rooms; they begin and end with the sanity check."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from conformance.bench.ai import Assistant
from conformance.bench.attached import Attached, attach
from conformance.bench.claims import alarm, windows
from conformance.bench.crossed import Crossed, cross
from conformance.bench.leaks import Left
from conformance.bench.lives import Lives
from conformance.bench.pages import client_pages
from conformance.bench.refusing import Refusing, fill
from conformance.bench.room import RoomFactory
from conformance.bench.sanity import sanity_check
from conformance.bench.settled import Settled, settle
from conformance.bench.stores import Ended
from conformance.bench.usage import cpu_seconds, memory_bytes
from conformance.bench.webhooks import WebhookReceiver
from conformance.clients.browser import launch
from conformance.clients.registry import client_files, driver_named
from conformance.observers.provider import Provider
from conformance.reference.rules import UnknownRule, rules_of
from conformance.reports.collect import WorkerNotes
from conformance.reports.shots import keep_pictures, take_shots
from conformance.stacks import tools
from conformance.stacks.base import RoomKind, Stack, StackError
from conformance.stacks.registry import CONFIGURED, StackOptions, make_stack
from conformance.verdicts import BenchError, Verdict

NOTES = pytest.StashKey[WorkerNotes]()
"""Where a process of the run keeps what it has to tell beside its findings."""


def _worker(config: pytest.Config) -> str:
    workerinput = getattr(config, "workerinput", None)
    return str(workerinput["workerid"]) if workerinput else "main"


@pytest.fixture(scope="session")
def notes(pytestconfig: pytest.Config) -> WorkerNotes:
    """What this process has to tell the report beside its findings."""
    return pytestconfig.stash[NOTES]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def provider() -> AsyncIterator[Provider]:
    """The AI provider of this worker: of its stack's server, where that can be given one."""
    async with Provider() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(
    pytestconfig: pytest.Config, notes: WorkerNotes, provider: Provider
) -> AsyncIterator[Stack]:
    """The server of this run, started for this worker and gone after it."""
    option = pytestconfig.option
    folder = Path(option.run_folder) / "logs" / _worker(pytestconfig)
    async with AsyncExitStack() as parts:
        try:
            options = stack_options(option, folder)
            if options.name in CONFIGURED:
                options = replace(options, ai_endpoint=provider.url)
            running = await parts.enter_async_context(make_stack(options))
            await _serve_client(parts, running, files_to_serve(option))
        except StackError as error:
            alarm.ring(str(error))  # the other checks then say the same, at once
            raise BenchError(str(error)) from error
        await parts.enter_async_context(_watched(running))
        notes.stack_seconds.append(running.timings["stack"])
        notes.floor_seconds += running.timings["stack"]
        notes.timings.update(running.timings)
        notes.versions.update(running.versions)
        yield running


def files_to_serve(option: argparse.Namespace) -> Path | None:
    """The client's page that this run brings; None where the deployment has its own.

    Raises:
        ClientFilesMissing: it is not there.
    """
    if option.stack in ("compose", "external") and option.client == "official":
        return client_files("official", option.client_files) if option.client_files else None
    return client_files(option.client, option.client_files)


def stack_options(option: argparse.Namespace, folder: Path) -> StackOptions:
    """The run's choices that concern the stack."""
    server_rules, _ = split_rules(option.break_rules)
    return StackOptions(
        name=option.stack,
        folder=folder,
        client_files=files_to_serve(option),
        break_rules=server_rules,
        server_path=option.server_path,
        server_version=option.server_version,
        deployment=Path(option.deployment) if option.deployment else None,
        insecure=option.insecure,
    )


async def _serve_client(parts: AsyncExitStack, stack: Stack, files: Path | None) -> None:
    """Serve the run's own client beside a deployment, which cannot be given files."""
    if stack.name != "external" or files is None:
        return
    url = await parts.enter_async_context(client_pages(files, stack.endpoints.server_url))
    stack.endpoints = replace(stack.endpoints, client_url=url)


@asynccontextmanager
async def _watched(stack: Stack) -> AsyncIterator[None]:
    """Ring the alarm when a service of the stack dies."""

    async def watch() -> None:
        alarm.ring(str(await stack.first_death()))

    watching = asyncio.create_task(watch())
    alarm.probe = stack.alive
    yield
    alarm.probe = None
    watching.cancel()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(pytestconfig: pytest.Config, notes: WorkerNotes) -> AsyncIterator[Browser]:
    """One browser process for this worker."""
    async with async_playwright() as playwright:
        found = tools.find(tools.BROWSER, pytestconfig.option.browser_path)
        running = await launch(playwright, found.path)
        ending = False

        def gone(_browser: Browser) -> None:
            if not ending:
                alarm.ring("the browser process ended while it was needed; run again")

        running.on("disconnected", gone)
        notes.versions["browser"] = f"{running.browser_type.name} {running.version}"
        yield running
        ending = True
        await running.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def webhooks(stack: Stack) -> AsyncIterator[WebhookReceiver]:
    """A receiver of the server's webhooks."""
    async with WebhookReceiver(stack.webhook_place) as receiver:
        yield receiver


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def rooms(
    stack: Stack,
    browser: Browser,
    webhooks: WebhookReceiver,
    pytestconfig: pytest.Config,
    notes: WorkerNotes,
) -> AsyncIterator[RoomFactory]:
    """Makes rooms; begins and ends with the sanity check: a plain room works."""
    _, client_rules = split_rules(pytestconfig.option.break_rules)
    factory = RoomFactory(
        stack,
        browser,
        driver_named(pytestconfig.option.client, client_rules),
        webhook_url=None if "webhooks" in stack.lacks else webhooks.url,
        join_seconds=notes.join_seconds,
    )
    notes.findings.append(await sanity_check(factory, "first"))
    if notes.findings[-1].verdict is not Verdict.PASS:
        raise BenchError(f"the sanity check failed: {notes.findings[-1].reason}")
    yield factory
    notes.findings.append(await sanity_check(factory, "last"))
    notes.floor_seconds += notes.findings[0].seconds + notes.findings[-1].seconds
    notes.floor_seconds += windows.seconds
    notes.cpu_seconds = cpu_seconds()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def settled(
    request: pytest.FixtureRequest,
    rooms: RoomFactory,
    pytestconfig: pytest.Config,
    notes: WorkerNotes,
) -> AsyncIterator[Settled]:
    """A settled room of the kind that the check asks for, shared by all who only watch."""
    began = time.monotonic()
    room = await settle(rooms, RoomKind(request.param))
    notes.floor_seconds += time.monotonic() - began
    notes.first_mark_seconds.extend(room.first_mark_seconds)
    yield room
    keep_pictures(notes, room, await take_shots(room, Path(pytestconfig.option.run_folder)))
    notes.peak_memory_bytes = max(notes.peak_memory_bytes, memory_bytes())
    await room.room.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def crossed(request: pytest.FixtureRequest, rooms: RoomFactory) -> AsyncIterator[Crossed]:
    """Two sessions of one room of the kind that the check asks for, kept."""
    held = await cross(rooms, RoomKind(request.param))
    yield held
    await held.second.room.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def lives(rooms: RoomFactory) -> AsyncIterator[Lives]:
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


def split_rules(rules: Sequence[str]) -> tuple[list[str], list[str]]:
    """Sort rules to break into the reference server's and the reference client's.

    Raises:
        UnknownRule: neither has it; the message names near ones.
    """
    server, client = rules_of("server"), rules_of("client")
    for rule in rules:
        if rule not in server and rule not in client:
            raise UnknownRule(rule, "server or client", [*server, *client])
    return [r for r in rules if r in server], [r for r in rules if r in client]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ended(request: pytest.FixtureRequest, lives: Lives, notes: WorkerNotes) -> Ended:
    """The same session at its end, the stores read."""
    began = time.monotonic()
    lived = await lives.ended(RoomKind(request.param))
    notes.floor_seconds += time.monotonic() - began
    return lived


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def assistant(rooms: RoomFactory, provider: Provider) -> AsyncIterator[Assistant]:
    """The server's AI, to be attached to a plain room by the first check that needs it."""
    async with Assistant(rooms, provider) as attached:
        yield attached


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def attached(
    rooms: RoomFactory,
    webhooks: WebhookReceiver,
    pytestconfig: pytest.Config,
    notes: WorkerNotes,
) -> AsyncIterator[Attached]:
    """A recorder and stream targets, shown to work in a plain room of this server."""
    option = pytestconfig.option
    began = time.monotonic()
    async with attach(rooms, webhooks, Path(option.run_folder), option.browser_path) as beside:
        notes.floor_seconds += time.monotonic() - began
        yield beside
        notes.peak_memory_bytes = max(notes.peak_memory_bytes, memory_bytes())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def refusing(request: pytest.FixtureRequest, rooms: RoomFactory) -> AsyncIterator[Refusing]:
    """A room of the kind that the check asks for, in which things should be refused."""
    filled = await fill(rooms, RoomKind(request.param))
    yield filled
    await filled.room.close()
