"""The parts of a run that a worker has once: its stack, its browser, what listens beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from conformance.bench.core.alarm import HarnessAlarm
from conformance.bench.core.check_context import CheckContext
from conformance.clients.browser import driving, launch
from conformance.clients.page_server import client_pages
from conformance.observers.provider import Provider
from conformance.observers.webhooks import WebhookReceiver
from conformance.pytest_fixtures.choices import stack_options
from conformance.reports.collect import WorkerNotes
from conformance.selftest import Fault
from conformance.stacks.base import Stack, StackError
from conformance.stacks.programs import known as known_programs
from conformance.stacks.programs import tools
from conformance.stacks.registry import make_stack
from conformance.subject import Subject
from conformance.verdicts import BenchError

NOTES = pytest.StashKey[WorkerNotes]()
"""Where a process of the run keeps what it has to tell beside its findings."""


ALARM = pytest.StashKey[HarnessAlarm]()
"""The harness alarm of this process."""
CHECK_CONTEXT = pytest.StashKey[CheckContext]()
"""The context of a check, in the stash of its item."""


def alarm_of(config: pytest.Config) -> HarnessAlarm:
    """The harness alarm of this process."""
    return config.stash.setdefault(ALARM, HarnessAlarm())


@pytest.fixture(scope="session")
def alarm(pytestconfig: pytest.Config) -> HarnessAlarm:
    """The harness alarm, for what reports a death or waits for the system under test."""
    return alarm_of(pytestconfig)


@pytest.fixture
def check_context(request: pytest.FixtureRequest) -> CheckContext:
    """The context of the running check, for what adds to its ledger without a claim."""
    context: CheckContext = request.node.stash[CHECK_CONTEXT]
    return context


def worker_of(config: pytest.Config) -> str:
    """The name of this process among the run's: xdist's word, or "main"."""
    workerinput = getattr(config, "workerinput", None)
    return str(workerinput["workerid"]) if workerinput else "main"


@pytest.fixture(scope="session")
def notes(pytestconfig: pytest.Config) -> WorkerNotes:
    """What this process has to tell the report beside its findings."""
    return pytestconfig.stash[NOTES]


@pytest.fixture(scope="session")
def fault(request: pytest.FixtureRequest) -> Fault | None:
    """What is broken for the check, in a trial of the suite; None in every other run."""
    given: Fault | None = getattr(request, "param", None)
    return given


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def provider() -> AsyncIterator[Provider]:
    """The AI provider of this worker: of its stack's server, where that can be given one."""
    async with Provider() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def honest_stack(
    pytestconfig: pytest.Config, notes: WorkerNotes, provider: Provider, alarm: HarnessAlarm
) -> AsyncIterator[Stack]:
    """The server of this run, started for this worker and gone after it; no fault is in it."""
    option = pytestconfig.option
    folder = Path(option.run_folder) / "logs" / worker_of(pytestconfig)
    async with AsyncExitStack() as parts:
        try:
            spec, options = Subject.of(option).stack, stack_options(option, folder)
            if spec.takes_ai_endpoint:
                options = replace(options, ai_endpoint=provider.url)
            running = await parts.enter_async_context(make_stack(options))
            if options.client_files is not None and not spec.serves_given_files:
                await _serve_beside(parts, running, options.client_files)
        except StackError as error:
            alarm.ring(str(error))  # the other checks then say the same, at once
            raise BenchError(str(error)) from error
        await parts.enter_async_context(_watched(running, alarm))
        notes.stack_seconds.append(running.timings["stack"])
        notes.floor_seconds += running.timings["stack"]
        notes.timings.update(running.timings)
        notes.versions.update(running.versions)
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(honest_stack: Stack, fault: Fault | None) -> AsyncIterator[Stack]:
    """The server as the check is to find it: with the fault, where there is one."""
    if fault is None or not fault.server_rules:
        yield honest_stack
        return
    await honest_stack.break_only(fault.server_rules)
    yield honest_stack
    await honest_stack.break_only([])


@asynccontextmanager
async def honest(stack: Stack, fault: Fault | None) -> AsyncIterator[None]:
    """Without the fault for a while: for the controls that are made once for many faults."""
    if fault is None or not stack.broken_rules:
        yield
        return
    broken = stack.broken_rules
    await stack.break_only([])
    try:
        yield
    finally:
        await stack.break_only(broken)


async def _serve_beside(parts: AsyncExitStack, stack: Stack, files: Path) -> None:
    """Serve the run's own client beside a stack that cannot be given files."""
    url = await parts.enter_async_context(client_pages(files, stack.endpoints.server_url))
    stack.endpoints = replace(stack.endpoints, client_url=url)


@asynccontextmanager
async def _watched(stack: Stack, alarm: HarnessAlarm) -> AsyncIterator[None]:
    """Ring the alarm when a service of the stack dies."""

    async def watch() -> None:
        alarm.ring(str(await stack.first_death()))

    watching = asyncio.create_task(watch())
    alarm.probe = stack.alive
    yield
    alarm.probe = None
    watching.cancel()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(
    pytestconfig: pytest.Config, notes: WorkerNotes, alarm: HarnessAlarm
) -> AsyncIterator[Browser]:
    """One browser process for this worker."""
    async with driving() as playwright:
        found = tools.find(known_programs.BROWSER, pytestconfig.option.browser_path)
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
async def webhooks(honest_stack: Stack) -> AsyncIterator[WebhookReceiver]:
    """A receiver of the server's webhooks."""
    async with WebhookReceiver(honest_stack.webhook_place) as receiver:
        yield receiver
