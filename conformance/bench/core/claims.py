"""Claims, controls and negatives: how a scenario says what must hold, and while what.

A claim is looked at whenever one of its watchers saw something new, never by the clock; each
wait has a deadline. `control` that fails makes a check inconclusive, `holds` that fails makes it
fail, `never` fails on the first contrary sighting and is inconclusive when the control that it
lasts for made no progress (requirement catalogue: the three laws).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from conformance.bench.core import timeouts
from conformance.verdicts import BenchError, ClaimFailed, ControlFailed, Evidence


class Watcher(Protocol):
    """Something that tells when there is something new to look at."""

    async def changed(self, timeout: float) -> bool:
        """Wait for news; False when `timeout` seconds passed without any."""
        ...


@dataclass(frozen=True)
class Observation:
    """What a claim looks like now: does it hold, in words, and with which figures.

    `readable` is False when nobody could look: then it is neither true nor an absence.
    `decided`: what is not true now cannot come true any more, so that nobody waits for it.
    """

    true: bool
    words: str
    data: dict[str, Any] = field(default_factory=dict)
    readable: bool = True
    decided: bool = False


@dataclass(frozen=True)
class Claim:
    """One sentence about what a participant got, with a way to look whether it is so.

    `text` reads like "alice sees bob"; `look` gives the observation now; `watchers` say when to
    look again (none: the first look is the answer); `deadline` is in seconds.
    """

    text: str
    look: Callable[[], Awaitable[Observation]]
    watchers: Sequence[Watcher]
    deadline: float = timeouts.POSITIVE


@dataclass
class Ledger:
    """What the running check rests on: its controls in words, and its evidence."""

    controls: list[str] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    material: list[object] = field(default_factory=list)
    """What the claims looked at and that can be kept: see `conformance.bench.evidence`."""

    def note(self, kind: str, claim: Claim, seen: Observation) -> None:
        """Keep an observation as evidence."""
        self.evidence.append(
            Evidence(kind=kind, summary=f"{claim.text}: {seen.words}", data=seen.data)
        )


class Alarm:
    """Rings when a part of the bench died: nobody then waits for what cannot come any more."""

    def __init__(self) -> None:
        self._rung: asyncio.Future[str] | None = None
        self.probe: Callable[[], Awaitable[None]] | None = None
        """Raises when the stack is gone; asked before anything is called a failure."""

    def ring(self, sentence: str) -> None:
        """Say what died; the first one counts."""
        if not self.future().done():
            self.future().set_result(sentence)

    def future(self) -> asyncio.Future[str]:
        """Done when it rang."""
        loop = asyncio.get_running_loop()
        if self._rung is None or self._rung.get_loop() is not loop:
            self._rung = loop.create_future()
        return self._rung

    def check(self) -> None:
        """Raises BenchError with what died, if anything did."""
        if self._rung is not None and self._rung.done():
            raise BenchError(self._rung.result())

    async def confirm(self) -> None:
        """Raises BenchError if the stack is gone: what then looks like a failure is none."""
        self.check()
        if self.probe is not None:
            try:
                await self.probe()
            except Exception as error:
                self.ring(str(error))
        self.check()


alarm = Alarm()


async def unless_alarm(action: Awaitable[None]) -> None:
    """Do something that may take long, but not once a part of the bench has died.

    Raises:
        BenchError: it has.
    """
    doing = asyncio.ensure_future(action)
    either: list[asyncio.Future[Any]] = [doing, alarm.future()]
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    finally:  # also where the run is interrupted: nobody would hear how it ended
        if ended_early := not doing.done():
            doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)
    if ended_early:
        alarm.check()
    await doing


@dataclass
class Windows:
    """Seconds spent in the windows of negatives: part of a run's floor."""

    seconds: float = 0.0


windows = Windows()
_ledger = Ledger()


def ledger() -> Ledger:
    """The ledger of the check that is running in this process."""
    return _ledger


def new_ledger() -> Ledger:
    """Start an empty ledger; called by the plugin before each check."""
    global _ledger
    _ledger = Ledger()
    return _ledger


class _News:
    """Watches before one looks, so that nothing that comes while one looks is missed."""

    def __init__(self, watchers: Iterable[Watcher], timeout: float) -> None:
        self._watchers, self._timeout = list(watchers), max(timeout, 0.0)

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.ensure_future(w.changed(self._timeout)) for w in self._watchers]
        await asyncio.sleep(0)  # lets each begin to watch; not a wait
        return self

    async def come(self) -> None:
        """Return when any watcher has news, or when the time is up."""
        waited_for: list[asyncio.Future[Any]] = [*self._tasks, alarm.future()]
        await asyncio.wait(
            waited_for,
            timeout=self._timeout,
            return_when=asyncio.FIRST_COMPLETED,
        )
        alarm.check()

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def until_true(claim: Claim) -> Observation:
    """Look until the claim is true or decided; after its deadline the last observation."""
    if not claim.watchers:
        return await claim.look()
    loop = asyncio.get_running_loop()
    end = loop.time() + claim.deadline
    while True:
        left = end - loop.time()
        async with _News(claim.watchers, left) as news:
            seen = await claim.look()
            if seen.true or seen.decided or left <= 0:
                return seen
            await news.come()


async def control(*claims: Claim) -> None:
    """What has to be so for the check to mean anything.

    Raises:
        ControlFailed: a claim did not come true in time (the verdict is inconclusive).
    """
    seen = await asyncio.gather(*(until_true(claim) for claim in claims))
    for claim, observation in zip(claims, seen, strict=True):
        _ledger.note("control", claim, observation)
        if not observation.true:
            raise ControlFailed(
                f"control did not hold: {_when(claim, observation)}{claim.text} "
                f"({observation.words})"
            )
        _ledger.controls.append(f"{claim.text}: {observation.words}")


async def given(action: Awaitable[None]) -> None:
    """Do something that the check only prepares with.

    Raises:
        ControlFailed: it did not work (the verdict is inconclusive, not fail).
    """
    try:
        await action
    except ClaimFailed as failure:
        raise ControlFailed(f"could not prepare: {failure}") from failure


async def holds(*claims: Claim) -> None:
    """What the requirement demands.

    Raises:
        ClaimFailed: a claim did not come true in time (the verdict is fail).
        ControlFailed: it could not be looked at (the verdict is inconclusive).
    """
    seen = await asyncio.gather(*(until_true(claim) for claim in claims))
    for claim, observation in zip(claims, seen, strict=True):
        _ledger.note("claim", claim, observation)
    for claim, observation in zip(claims, seen, strict=True):
        if not observation.true:
            await alarm.confirm()
            if not observation.readable:
                raise ControlFailed(f"nobody could look whether {claim.text} ({observation.words})")
            raise ClaimFailed(f"{_when(claim, observation)}{claim.text} ({observation.words})")


async def never(*claims: Claim, while_: Claim, because: Sequence[Claim] = ()) -> None:
    """What must not be seen, from the beginning and while a control makes progress.

    The claims' observers have kept everything since their pages were opened, so a sighting
    before this call counts too. `because` binds the negative to its reason: each of these must
    hold in the end (packets arrived, the cryptor refused them), or the evidence is too thin.

    Raises:
        ClaimFailed: one of the claims was true at any time.
        ControlFailed: `while_` made too little progress, a reason did not hold, or a claim could
            not be looked at: what nobody can read is no absence.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    end = began + while_.deadline
    watchers = [w for claim in (*claims, while_) for w in claim.watchers]
    while True:
        left = end - loop.time()
        async with _News(watchers, left) as news:
            for claim in claims:
                seen = await claim.look()
                if seen.true:
                    _ledger.note("contrary sighting", claim, seen)
                    await alarm.confirm()
                    raise ClaimFailed(f"this must not be, and is: {claim.text} ({seen.words})")
            progress = await while_.look()
            if progress.true or left <= 0:
                break
            await news.come()
    windows.seconds += loop.time() - began
    _ledger.note("control", while_, progress)
    if not progress.true:
        raise ControlFailed(
            f"the control made too little progress in {while_.deadline:.0f} s: "
            f"{while_.text} ({progress.words})"
        )
    _ledger.controls.append(f"{while_.text}: {progress.words}")
    for claim in claims:
        seen = await claim.look()
        _ledger.note("absence", claim, seen)
        if not seen.readable:
            raise ControlFailed(f"nobody could look whether {claim.text} ({seen.words})")
    await control(*because)


def _when(claim: Claim, seen: Observation) -> str:
    waited = claim.watchers and not seen.decided
    return f"not within {claim.deadline:.0f} s: " if waited else "not so: "


def all_of(text: str, *claims: Claim) -> Claim:
    """One claim that is true when every one of `claims` is."""

    async def look() -> Observation:
        seen = [await claim.look() for claim in claims]
        return Observation(
            true=all(observation.true for observation in seen),
            words="; ".join(
                f"{claim.text}: {observation.words}"
                for claim, observation in zip(claims, seen, strict=True)
            ),
            data={
                claim.text: observation.data
                for claim, observation in zip(claims, seen, strict=True)
            },
            decided=any(one.decided and not one.true for one in seen),
        )

    return Claim(
        text=text,
        look=look,
        watchers=[w for claim in claims for w in claim.watchers],
        deadline=max(claim.deadline for claim in claims),
    )
