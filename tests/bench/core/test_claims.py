"""control, holds, never and given: their results for claims that become true and that do not."""

import asyncio

import pytest

from conformance.bench.core import timeouts
from conformance.bench.core.alarm import HarnessAlarm, cancel_if_harness_fails
from conformance.bench.core.check_context import CheckContext
from conformance.bench.core.claims import Claim, Observation, all_of
from conformance.bench.core.evaluation import control, given, holds, never
from conformance.verdicts import ClaimFailed, ControlFailed, NotApplicable


class Counter:
    """A watcher whose count a test moves on."""

    def __init__(self) -> None:
        self.count = 0
        self._news = asyncio.Condition()

    async def add(self, n: int = 1) -> None:
        async with self._news:
            self.count += n
            self._news.notify_all()

    async def changed(self, timeout: float) -> bool:
        before = self.count
        try:
            async with asyncio.timeout(timeout), self._news:
                await self._news.wait_for(lambda: self.count > before)
        except TimeoutError:
            return False
        return True


def at_least(counter: Counter, n: int, text: str = "it counts", deadline: float = 5.0) -> Claim:
    async def look() -> Observation:
        return Observation(counter.count >= n, f"{counter.count} of {n}")

    return Claim(text, look, [counter], deadline)


async def test_a_decided_claim_ends_the_wait() -> None:
    async def look() -> Observation:
        return Observation(False, "told otherwise", decided=True)

    told = Claim("alice is told", look, [Counter()], 60.0)
    async with asyncio.timeout(5):
        with pytest.raises(ClaimFailed, match=r"^not so: alice is told \(told otherwise\)"):
            await holds(told)
        both = all_of("both", told, at_least(Counter(), 1))
        with pytest.raises(ControlFailed, match="not so: both"):
            await control(both)


async def test_holds_returns_as_soon_as_the_claim_is_true() -> None:
    counter = Counter()
    waiting = asyncio.create_task(holds(at_least(counter, 2)))
    await asyncio.sleep(0)
    assert not waiting.done()
    await counter.add(2)
    await asyncio.wait_for(waiting, 1)


async def test_holds_fails_when_the_claim_does_not_come_true() -> None:
    with pytest.raises(ClaimFailed, match=r"it counts \(0 of 1\)"):
        await holds(at_least(Counter(), 1, deadline=0.05))


class Slow(Counter):
    """A counter that goes on by one after each 0.3 s, for `steps` times."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps

    async def changed(self, timeout: float) -> bool:
        await asyncio.sleep(min(timeout, 0.3))  # the passing of time is what is tried here
        self.count = min(self.count + 1, self.steps)
        return True


async def test_a_claim_that_makes_progress_gets_more_time() -> None:
    await holds(at_least(Slow(5), 5, deadline=0.5))
    await never(at_least(Counter(), 1), while_=at_least(Slow(5), 5, deadline=0.5))


async def test_a_claim_without_further_progress_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ClaimFailed, match=r"^not within \d s: it counts \(2 of 5\)"):
        await holds(at_least(Slow(2), 5, deadline=0.5))
    monkeypatch.setattr(timeouts, "WITH_PROGRESS", 1.0)
    with pytest.raises(ControlFailed, match=r"not within \d s: it counts \(\d of 50\)"):
        await control(at_least(Slow(50), 50, deadline=0.5))


async def test_failed_control_is_no_failure_of_the_subject() -> None:
    with pytest.raises(ControlFailed, match="it counts"):
        await control(at_least(Counter(), 1, deadline=0.05))


async def test_successful_control_is_in_the_ledger(check_context: CheckContext) -> None:
    counter = Counter()
    await counter.add()
    await control(at_least(counter, 1))
    assert check_context.ledger.controls == ["it counts: 1 of 1"]


async def test_never_fails_on_a_sighting_before_it_was_called() -> None:
    seen, progress = Counter(), Counter()
    await seen.add()
    await progress.add(10)
    with pytest.raises(ClaimFailed, match="forbidden but observed: mallory sees"):
        await never(at_least(seen, 1, "mallory sees alice"), while_=at_least(progress, 1))


async def test_never_fails_on_a_sighting_while_it_lasts() -> None:
    seen, progress = Counter(), Counter()
    waiting = asyncio.create_task(
        never(at_least(seen, 1, "mallory sees alice"), while_=at_least(progress, 10))
    )
    await progress.add(9)
    await asyncio.sleep(0)
    await seen.add()
    with pytest.raises(ClaimFailed):
        await asyncio.wait_for(waiting, 1)


async def test_never_names_everything_that_it_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeouts, "AFTER_A_SIGHTING", 5.0)
    seen, heard = Counter(), Counter()
    await seen.add()
    waiting = asyncio.create_task(
        never(
            at_least(seen, 1, "mallory sees alice"),
            at_least(heard, 1, "mallory hears alice"),
            while_=at_least(Counter(), 10),
        )
    )
    await asyncio.sleep(0.01)
    await heard.add()
    with pytest.raises(ClaimFailed) as failure:
        await asyncio.wait_for(waiting, 2)
    assert failure.value.claims == ("mallory sees alice", "mallory hears alice")


async def test_never_watches_the_others_only_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeouts, "AFTER_A_SIGHTING", 0.05)
    seen = Counter()
    await seen.add()
    with pytest.raises(ClaimFailed) as failure:
        await never(
            at_least(seen, 1, "mallory sees alice"),
            at_least(Counter(), 1, "mallory hears alice"),
            while_=at_least(Counter(), 10),
        )
    assert failure.value.claims == ("mallory sees alice",)


async def test_a_control_that_the_client_cannot_make_is_inconclusive() -> None:
    async def look() -> Observation:
        raise NotApplicable("the client has no chat", confirmed="neither in a plain room")

    with pytest.raises(ControlFailed, match="a control cannot be made: the client has no chat"):
        await control(Claim("bob reads it", look, []))


async def test_holds_names_every_claim_that_failed_and_fails_even_if_one_is_unreadable() -> None:
    async def look() -> Observation:
        return Observation(False, "gone", readable=False)

    unread = Claim("it is so", look, [])
    failing = [at_least(Counter(), 1, text, deadline=0.01) for text in ("one is", "two is")]
    with pytest.raises(ClaimFailed, match=r"one is .*; .*two is") as failure:
        await holds(unread, *failing, at_least(Counter(), 0))
    assert failure.value.claims == ("one is", "two is")


async def test_holds_does_not_pass_on_what_was_read_only_in_part() -> None:
    async def look() -> Observation:
        return Observation(True, "4 webhooks read", readable=False)

    with pytest.raises(ControlFailed, match="4 webhooks read; but not everything could be read"):
        await holds(Claim("no webhook has it", look, []))


async def test_never_lasts_until_its_control_has_made_progress() -> None:
    progress = Counter()
    waiting = asyncio.create_task(never(at_least(Counter(), 1), while_=at_least(progress, 3)))
    await progress.add(2)
    await asyncio.sleep(0)
    assert not waiting.done()
    await progress.add()
    await asyncio.wait_for(waiting, 1)


async def test_never_without_progress_of_its_control_is_inconclusive() -> None:
    with pytest.raises(ControlFailed, match="made too little progress"):
        await never(at_least(Counter(), 1), while_=at_least(Counter(), 3, deadline=0.05))


async def test_never_without_its_reason_is_inconclusive() -> None:
    progress = Counter()
    await progress.add()
    with pytest.raises(ControlFailed, match="packets arrived"):
        await never(
            at_least(Counter(), 1),
            while_=at_least(progress, 1),
            because=[at_least(Counter(), 1, "packets arrived", deadline=0.05)],
        )


async def test_never_does_not_treat_unreadable_content_as_absence() -> None:
    progress = Counter()
    await progress.add()

    async def look() -> Observation:
        return Observation(False, "the page is gone", readable=False)

    with pytest.raises(ControlFailed, match="could not evaluate: mallory reads it"):
        await never(Claim("mallory reads it", look, []), while_=at_least(progress, 1))


async def test_failed_preparation_is_no_failure_of_the_subject() -> None:
    async def fails() -> None:
        raise ClaimFailed("alice could not send")

    with pytest.raises(ControlFailed, match="could not prepare: alice could not send"):
        await given(fails())


async def test_all_of_is_true_when_every_part_is() -> None:
    one, two = Counter(), Counter()
    both = all_of("both", at_least(one, 1), at_least(two, 1))
    await one.add()
    assert not (await both.look()).true
    await two.add()
    assert (await both.look()).true


async def test_claim_without_watchers_is_evaluated_once() -> None:
    looks = 0

    async def look() -> Observation:
        nonlocal looks
        looks += 1
        return Observation(False, "no")

    with pytest.raises(ClaimFailed):
        await holds(Claim("it is so", look, []))
    assert looks == 1


async def test_unobservable_claim_is_no_failure() -> None:
    """A page that is too slow under load gives no evidence about the client."""

    async def look() -> Observation:
        return Observation(False, "the page cannot be read", readable=False)

    with pytest.raises(ControlFailed, match="could not evaluate"):
        await holds(Claim("mallory is in the room", look, []))


async def test_cancelled_claim_stops() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def action() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(cancel_if_harness_fails(action(), HarnessAlarm()))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended.is_set()
