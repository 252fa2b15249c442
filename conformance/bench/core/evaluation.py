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
from conformance.verdicts import ClaimFailed, ControlFailed, NotApplicable


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

    def ends_in(self, seconds: float) -> None:
        """Shorten the wait; progress no longer gives more time."""
        self._end = self._last_end = min(self._end, self._loop.time() + seconds)

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
        ControlFailed: a claim did not become true in time, or the client lacks what it needs (the
            verdict is inconclusive).
    """
    context = context or running_check()
    context.ledger.add_material(claims)
    try:
        seen = await asyncio.gather(*(until_true(claim, context.alarm) for claim in claims))
    except NotApplicable as missing:
        raise ControlFailed(f"a control cannot be made: {missing}") from missing
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
        ControlFailed: it did not work, or the client cannot do it (the verdict is inconclusive).
    """
    missing = await given_if_possible(action)
    if missing is not None:
        raise ControlFailed(f"could not prepare: {missing}") from missing


async def given_if_possible(action: Awaitable[None]) -> NotApplicable | None:
    """Prepare the check as `given` does, where the check also means something without it.

    Returns:
        What the client cannot do, in plain rooms neither; None where it was done.

    Raises:
        ControlFailed: it did not work, or the client cannot do it in encrypted rooms only.
    """
    try:
        await action
    except ClaimFailed as failure:
        raise ControlFailed(f"could not prepare: {failure}") from failure
    except NotApplicable as missing:
        return missing
    return None


async def applies_to(action: Awaitable[None]) -> None:
    """Prepare with a function of the client that the requirement itself is about.

    Raises:
        ControlFailed: it did not work, or the client lacks it in encrypted rooms only.
        NotApplicable: the client lacks it, in plain rooms too.
    """
    missing = await given_if_possible(action)
    if missing is not None:
        raise missing


async def holds(*claims: Claim, context: CheckContext | None = None) -> None:
    """Require what the requirement demands.

    All claims are judged: a failure names each that does not hold.

    Raises:
        ClaimFailed: a claim did not become true in time (the verdict is fail).
        ControlFailed: none failed, and one could not be evaluated (the verdict is inconclusive).
    """
    context = context or running_check()
    context.ledger.add_material(claims)
    seen = await asyncio.gather(*(until_true(claim, context.alarm) for claim in claims))
    for claim, observation in zip(claims, seen, strict=True):
        context.ledger.note("claim", claim, observation)
    # What could not be read completely may hide what the claim denies: it does not hold.
    untrue = [
        pair for pair in zip(claims, seen, strict=True) if not (pair[1].true and pair[1].readable)
    ]
    failed = [pair for pair in untrue if pair[1].readable]
    if not untrue:
        return
    await context.alarm.confirm()
    if not failed:
        raise _not_evaluated(*untrue[0])
    words = [f"{_when(*pair)}{pair[0].text} ({pair[1].words})" for pair in failed]
    raise ClaimFailed("; ".join(words), [claim.text for claim, _ in failed])


async def never(
    *claims: Claim,
    while_: Claim,
    because: Sequence[Claim] = (),
    context: CheckContext | None = None,
) -> None:
    """Forbid `claims` from the beginning until the control `while_` has made its progress.

    The observers of the claims keep everything since their pages were opened, so an observation
    from before this call counts too. After the first sighting the others are watched for
    `timeouts.AFTER_A_SIGHTING` more seconds, so that a failure names all that were seen. `because`
    states why the claims are false: each of these must be true in the end (packets arrived, the
    cryptor refused them), or the absence proves nothing.

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
    sighted: dict[str, Observation] = {}
    while True:
        left = wait.left
        async with _News(watchers, left, context.alarm) as news:
            for claim in claims:
                seen = await claim.look()
                if seen.true and claim.text not in sighted:
                    ledger.note("contrary sighting", claim, seen)
                    await context.alarm.confirm()
                    if not sighted:
                        wait.ends_in(timeouts.AFTER_A_SIGHTING)
                    sighted[claim.text] = seen
            progress = await while_.look()
            if progress.true or left <= 0 or len(sighted) == len({c.text for c in claims}):
                break
            wait.saw(progress)
            await news.come()
    if sighted:
        words = "; ".join(f"{text} ({seen.words})" for text, seen in sighted.items())
        raise ClaimFailed(f"forbidden but observed: {words}", sighted)
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
    partly = "; but not everything could be read" if seen.true else ""
    return ControlFailed(f"could not evaluate: {claim.text} ({seen.words}{partly})")


def _when(claim: Claim, seen: Observation) -> str:
    waited = claim.watchers and not seen.decided
    return f"not within {seen.waited:.0f} s: " if waited else "not so: "
