"""The context of a check: its visibility, and what its ledger collects from claims."""

import asyncio
import contextvars
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from conformance.bench.core.alarm import HarnessAlarm, cancel_if_harness_fails
from conformance.bench.core.check_context import CheckContext, running, running_check
from conformance.bench.core.claims import Claim, Observation, all_of
from conformance.bench.core.evaluation import control, holds, never, until_true
from conformance.verdicts import BenchError, ClaimFailed, ControlFailed, Evidence

FILE = Evidence(kind="recording", summary="a file", path="recordings/a.webm", sha256="0")


class Silent:
    """A watcher without any event."""

    async def changed(self, timeout: float) -> bool:
        await asyncio.sleep(timeout)
        return False


def claim(true: bool, *material: object, text: str = "it is so") -> Claim:
    async def look() -> Observation:
        return Observation(true, "looked at", evidence=[FILE])

    return Claim(text, look, [], material=material)


@pytest_asyncio.fixture
async def of_fixture() -> AsyncIterator[CheckContext]:
    yield running_check()


async def test_check_and_its_fixtures_and_tasks_have_the_same_context(
    check_context: CheckContext, of_fixture: CheckContext
) -> None:
    async def of_task() -> CheckContext:
        return running_check()

    assert running_check() is of_fixture is check_context
    assert all(one is check_context for one in await asyncio.gather(of_task(), of_task()))


async def test_context_ends_with_its_block(check_context: CheckContext) -> None:
    with running(CheckContext()) as inner:
        assert running_check() is inner
    assert running_check() is check_context


def test_without_a_running_check_a_context_has_to_be_passed() -> None:
    with pytest.raises(BenchError, match="no check is running"):
        contextvars.Context().run(running_check)


async def test_context_that_is_passed_is_used(check_context: CheckContext) -> None:
    mine = CheckContext()
    await control(claim(True), context=mine)
    await holds(claim(True), context=mine)
    await never(claim(False), while_=claim(True), because=[claim(True)], context=mine)
    assert len(mine.ledger.controls) == 3
    assert check_context.ledger.controls == check_context.ledger.evidence == []


async def test_creating_and_observing_a_claim_registers_nothing(
    check_context: CheckContext,
) -> None:
    seen = claim(True, "media")
    await seen.look()
    await until_true(seen, check_context.alarm)
    assert check_context.ledger.material == check_context.ledger.evidence == []


async def test_material_is_kept_once_whatever_the_verdict(check_context: CheckContext) -> None:
    media, messages, reason, progress = object(), object(), object(), object()
    with pytest.raises(ControlFailed):
        await control(claim(False, media), claim(True, messages))
    with pytest.raises(ClaimFailed, match="forbidden but observed: it is so"):
        await never(claim(True, media), while_=claim(True, progress), because=[claim(True, reason)])
    with pytest.raises(ClaimFailed):
        await holds(all_of("both", claim(False, media), claim(True, messages)))
    assert check_context.ledger.material == [media, messages, progress, reason]


async def test_evidence_of_an_observation_is_kept_once(check_context: CheckContext) -> None:
    await control(claim(True))
    await holds(all_of("both", claim(True), claim(True)))
    assert check_context.ledger.evidence.count(FILE) == 1


async def test_time_of_negative_claims_is_counted(check_context: CheckContext) -> None:
    async def look() -> Observation:
        return Observation(False, "no")

    while_ = Claim("it goes on", look, [Silent()], 0.05)
    with pytest.raises(ControlFailed, match="made too little progress"):
        await never(claim(False), while_=while_)
    assert check_context.negative_seconds >= 0.05


async def test_nothing_waits_after_the_alarm(check_context: CheckContext) -> None:
    context = CheckContext(HarnessAlarm())
    never_true = Claim("it is so", claim(False).look, [Silent()], 60.0)
    waiting = asyncio.create_task(holds(never_true, context=context))
    acting = asyncio.create_task(cancel_if_harness_fails(asyncio.sleep(60), context.alarm))
    await asyncio.sleep(0)
    context.alarm.ring("the SFU died")
    for task in (waiting, acting):
        with pytest.raises(BenchError, match="the SFU died"):
            await asyncio.wait_for(task, 5)
    check_context.alarm.check()
