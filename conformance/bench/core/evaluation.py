"""control, holds, never and given: how a scenario judges claims.

A claim is observed again after each event of its watchers, never at intervals; each wait has a
deadline. A claim that makes progress gets more time, because a slow machine is no finding. The
verdict follows the laws of the requirement catalogue:

- `control` that is not met makes the check inconclusive.
- `holds` that is not met makes the check fail.
- `never` fails on the first observation of what is forbidden. It is inconclusive when the control
  that it accompanies makes too little progress.

Each function adds to the ledger of the check what its claims rest on and what was observed. The
context is that of the running check (`conformance.bench.core.check_context`) unless the caller
passes one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Self

from conformance.bench.core import timeouts
from conformance.bench.core.alarm import HarnessAlarm
from conformance.bench.core.check_context import CheckContext, running_check
from conformance.bench.core.claims import Claim, Observation, Watcher
from conformance.verdicts import ClaimFailed, ControlFailed


class _News:
    """Begins to watch before a claim is observed, so that no event in between is missed."""

    def __init__(self, watchers: Iterable[Watcher], timeout: float, alarm: HarnessAlarm) -> None:
        self._watchers, self._timeout, self._alarm = list(watchers), max(timeout, 0.0), alarm

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.ensure_future(w.changed(self._timeout)) for w in self._watchers]
        await asyncio.sleep(0)  # lets each task begin to watch; this is not a wait
        return self

    async def come(self) -> None:
        """Return at the first event of any watcher, or at the timeout.

        Raises:
            BenchError: the alarm rang.
        """
        waited_for: list[asyncio.Future[Any]] = [*self._tasks, self._alarm.future()]
        await asyncio.wait(
            waited_for,
            timeout=self._timeout,
            return_when=asyncio.FIRST_COMPLETED,
        )
        self._alarm.check()

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class _Wait:
    """How long a claim may still take: its deadline, anew after each progress, up to a limit."""

    def __init__(self, deadline: float) -> None:
        self._loop, self._deadline = asyncio.get_running_loop(), deadline
        self._began = self._loop.time()
        self._end = self._began + deadline
        self._last_end = self._began + max(deadline, timeouts.WITH_PROGRESS)
        self._words: str | None = None

    @property
    def left(self) -> float:
        """In seconds; zero or less when the time is up."""
        return self._end - self._loop.time()

    @property
    def passed(self) -> float:
        """Seconds since the wait began."""
        return self._loop.time() - self._began

    def saw(self, seen: Observation) -> None:
        """Give more time when the observation differs from the one before."""
        if self._words is not None and seen.words != self._words:
            self._end = min(self._loop.time() + self._deadline, self._last_end)
        self._words = seen.words


async def until_true(claim: Claim, alarm: HarnessAlarm) -> Observation:
    """Observe the claim until it is true or decided; when its time is up return the last
    observation.

    Nothing is judged and nothing is added to a ledger.

    Raises:
        BenchError: the alarm rang.
    """
    if not claim.watchers:
        return await claim.look()
    wait = _Wait(claim.deadline)
    while True:
        left = wait.left
        async with _News(claim.watchers, left, alarm) as news:
            seen = await claim.look()
            if seen.true or seen.decided or left <= 0:
                return replace(seen, waited=wait.passed)
            wait.saw(seen)
            await news.come()


async def control(*claims: Claim, context: CheckContext | None = None) -> None:
    """Require what the check needs in order to mean anything.

    Raises:
        ControlFailed: a claim did not become true in time (the verdict is inconclusive).
    """
    context = context or running_check()
    context.ledger.add_material(claims)
    seen = await asyncio.gather(*(until_true(claim, context.alarm) for claim in claims))
    for claim, observation in zip(claims, seen, strict=True):
        context.ledger.note("control", claim, observation)
        if not observation.true:
            raise ControlFailed(
                f"control did not hold: {_when(claim, observation)}{claim.text} "
                f"({observation.words})"
            )
        context.ledger.controls.append(f"{claim.text}: {observation.words}")


async def given(action: Awaitable[None]) -> None:
    """Do something that only prepares the check.

    Raises:
        ControlFailed: it did not work (the verdict is inconclusive, not fail).
    """
    try:
        await action
    except ClaimFailed as failure:
        raise ControlFailed(f"could not prepare: {failure}") from failure


async def holds(*claims: Claim, context: CheckContext | None = None) -> None:
    """Require what the requirement demands.

    Raises:
        ClaimFailed: a claim did not become true in time (the verdict is fail).
        ControlFailed: a claim could not be evaluated (the verdict is inconclusive).
    """
    context = context or running_check()
    context.ledger.add_material(claims)
    seen = await asyncio.gather(*(until_true(claim, context.alarm) for claim in claims))
    for claim, observation in zip(claims, seen, strict=True):
        context.ledger.note("claim", claim, observation)
    for claim, observation in zip(claims, seen, strict=True):
        if not observation.true:
            await context.alarm.confirm()
            if not observation.readable:
                raise _not_evaluated(claim, observation)
            raise ClaimFailed(f"{_when(claim, observation)}{claim.text} ({observation.words})")


async def never(
    *claims: Claim,
    while_: Claim,
    because: Sequence[Claim] = (),
    context: CheckContext | None = None,
) -> None:
    """Forbid `claims` from the beginning until the control `while_` has made its progress.

    The observers of the claims keep everything since their pages were opened, so an observation
    from before this call counts too. `because` states why the claims are false: each of these must
    be true in the end (packets arrived, the cryptor refused them), or the absence proves nothing.

    Raises:
        ClaimFailed: one of the claims was true at any time.
        ControlFailed: `while_` made too little progress, a reason did not hold, or a claim could
            not be evaluated: what cannot be read is not absent.
    """
    context = context or running_check()
    ledger = context.ledger
    ledger.add_material((*claims, while_, *because))
    wait = _Wait(while_.deadline)
    watchers = [w for claim in (*claims, while_) for w in claim.watchers]
    while True:
        left = wait.left
        async with _News(watchers, left, context.alarm) as news:
            for claim in claims:
                seen = await claim.look()
                if seen.true:
                    ledger.note("contrary sighting", claim, seen)
                    await context.alarm.confirm()
                    raise ClaimFailed(f"forbidden but observed: {claim.text} ({seen.words})")
            progress = await while_.look()
            if progress.true or left <= 0:
                break
            wait.saw(progress)
            await news.come()
    context.negative_seconds += wait.passed
    ledger.note("control", while_, progress)
    if not progress.true:
        raise ControlFailed(
            f"the control made too little progress in {wait.passed:.0f} s: "
            f"{while_.text} ({progress.words})"
        )
    ledger.controls.append(f"{while_.text}: {progress.words}")
    for claim in claims:
        seen = await claim.look()
        ledger.note("absence", claim, seen)
        if not seen.readable:
            raise _not_evaluated(claim, seen)
    await control(*because, context=context)


def _not_evaluated(claim: Claim, seen: Observation) -> ControlFailed:
    return ControlFailed(f"could not evaluate: {claim.text} ({seen.words})")


def _when(claim: Claim, seen: Observation) -> str:
    waited = claim.watchers and not seen.decided
    return f"not within {seen.waited:.0f} s: " if waited else "not so: "
