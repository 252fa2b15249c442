"""Claims: sentences about what a participant got, each with a way to observe whether it is true.

A claim is data. Creating or observing one changes nothing; `conformance.bench.core.evaluation`
waits for claims, judges them, and collects what they rest on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from conformance.bench.core import timeouts
from conformance.verdicts import Evidence


class Watcher(Protocol):
    """A source of events after which a claim may have changed."""

    async def changed(self, timeout: float) -> bool:
        """Wait for the next event; False when `timeout` seconds passed without one."""
        ...


@dataclass(frozen=True)
class Observation:
    """The state of a claim at one moment: whether it is true, in words and in figures.

    `readable` is False when the state could not be read: then the claim is neither true nor false.
    `decided` is True when a claim that is false cannot become true, so that waiting is useless.
    `evidence` is kept with the check when the claim is judged. `waited` is how long it was waited
    for, in seconds.
    """

    true: bool
    words: str
    data: dict[str, Any] = field(default_factory=dict)
    readable: bool = True
    decided: bool = False
    evidence: Sequence[Evidence] = ()
    waited: float = 0.0


@dataclass(frozen=True)
class Claim:
    """One sentence about what a participant got, with a way to observe whether it is true.

    `text` reads like "alice sees bob". `look` returns the observation now. `watchers` trigger the
    next look; without watchers the first look is final. `deadline` is in seconds. It begins anew
    when the words of an observation change, until `timeouts.WITH_PROGRESS`. `material` is what the
    claim rests on and what can be kept: media and messages that were captured.
    """

    text: str
    look: Callable[[], Awaitable[Observation]]
    watchers: Sequence[Watcher]
    deadline: float = timeouts.POSITIVE
    material: Sequence[object] = ()


def evidence_of(kind: str, claim: Claim, seen: Observation) -> Evidence:
    """An observation as a piece of evidence; `kind` is the role of the claim."""
    return Evidence(kind=kind, summary=f"{claim.text}: {seen.words}", data=seen.data)


def all_of(text: str, *claims: Claim) -> Claim:
    """One claim that is true when all `claims` are true."""

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
            evidence=[evidence for one in seen for evidence in one.evidence],
        )

    return Claim(
        text=text,
        look=look,
        watchers=[w for claim in claims for w in claim.watchers],
        deadline=max(claim.deadline for claim in claims),
        material=[one for claim in claims for one in claim.material],
    )
