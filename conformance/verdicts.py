"""The verdicts, the exit statuses, and the findings that carry a verdict.

docs/verdicts.md explains the verdicts. `conformance.judging` combines findings into the verdict of
a run. The exit statuses are an interface.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from conformance.printable import printable
from conformance.rates import Rate


class Verdict(StrEnum):
    """The verdict of a check, a requirement or a run; see `MEANING`."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    WAIVED = "waived"
    NOT_APPLICABLE = "not applicable"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"


MEANING: Final[Mapping[Verdict, str]] = {
    Verdict.PASS: "the claim held, for the stated reason, while its control held",
    Verdict.WAIVED: "the claim did not hold, exactly as a waiver says; the run still conforms",
    Verdict.NOT_APPLICABLE: "the requirement does not concern this subject",
    Verdict.FAIL: "the claim did not hold",
    Verdict.INCONCLUSIVE: "a control did not hold, the evidence is insufficient, or the check "
    "did not run",
    Verdict.ERROR: "the harness itself failed; this says nothing about the subject",
}
"""Each verdict in one sentence, as reports show it."""


class Exit(IntEnum):
    """Exit status of a run (an interface)."""

    CONFORMS = 0
    FAILS = 1
    BROKE = 2
    INCONCLUSIVE = 3


EXIT: Final[Mapping[Verdict, Exit]] = {
    Verdict.FAIL: Exit.FAILS,
    Verdict.ERROR: Exit.BROKE,
    Verdict.INCONCLUSIVE: Exit.INCONCLUSIVE,
    Verdict.WAIVED: Exit.CONFORMS,
    Verdict.PASS: Exit.CONFORMS,
    Verdict.NOT_APPLICABLE: Exit.CONFORMS,
}
"""The exit status of a run with this verdict."""


class ClaimFailed(AssertionError):
    """The subject did not do what the requirement demands: fail.

    `claims` are the sentences of all claims that did not hold.
    """

    def __init__(self, reason: str = "", claims: Iterable[str] = ()) -> None:
        super().__init__(reason)
        self.claims = tuple(claims)


class ControlFailed(Exception):
    """A control did not hold, so the check proves nothing: inconclusive."""


class InsufficientEvidence(Exception):
    """There is too little evidence, or a prerequisite is missing: inconclusive."""


class NotApplicable(Exception):
    """The requirement does not concern this subject; the message is the reason.

    `confirmed` says what shows that, for example that the client lacks the function in a plain room
    too. Without it the verdict is inconclusive: a reason alone excuses nothing.
    """

    def __init__(self, reason: str = "", confirmed: str = "") -> None:
        super().__init__(f"{reason} ({confirmed})" if confirmed else reason)
        self.confirmed = confirmed


class NotThisStack(NotApplicable):
    """The stack declares that it cannot do what the check needs, so preparing it is no use."""


class BenchError(Exception):
    """The harness itself failed: an error, never the subject's failure."""


SANITY: Final = "SANITY"
"""The id under which the first and last check of a run report: a plain room works."""

_SEVERITY: Final[Sequence[Verdict]] = (
    Verdict.FAIL,
    Verdict.ERROR,
    Verdict.INCONCLUSIVE,
    Verdict.WAIVED,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)


def verdict_of(exception: BaseException | None) -> Verdict:
    """The verdict of a check that ended with `exception`, or without one.

    A pytest skip and an expected failure are inconclusive, because nothing was judged.
    """
    import pytest  # imported here, because reading a report needs no test runner

    match exception:
        case None:
            return Verdict.PASS
        case ClaimFailed():
            return Verdict.FAIL
        case (
            ControlFailed()
            | InsufficientEvidence()
            | pytest.skip.Exception()
            | pytest.xfail.Exception()
        ):
            return Verdict.INCONCLUSIVE
        case NotApplicable():
            return Verdict.NOT_APPLICABLE if exception.confirmed else Verdict.INCONCLUSIVE
        case _:
            return Verdict.ERROR


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The most severe verdict; inconclusive for no verdicts, because nothing was judged."""
    present = set(verdicts)
    return next((verdict for verdict in _SEVERITY if verdict in present), Verdict.INCONCLUSIVE)


Text = Annotated[str, BeforeValidator(printable)]
"""A string that is safe to show: see `printable`."""


class Evidence(BaseModel):
    """One piece of evidence for a verdict; `path` is relative to the run's folder."""

    model_config = ConfigDict(extra="forbid")

    kind: Text
    summary: Text
    path: Text | None = None
    sha256: Text | None = None
    data: Annotated[dict[str, Any], BeforeValidator(printable)] = Field(default_factory=dict)


class Finding(BaseModel):
    """The verdict of one check about one requirement in one kind of room.

    `room_kind` is "-" where the requirement does not depend on the kind of room. `claims` are the
    sentences of the claims that did not hold, of a failure. `started` is ISO 8601 in UTC. `round`
    counts from 1 in a run that repeats its checks, and is None in others.
    """

    model_config = ConfigDict(extra="forbid")

    requirement: Text
    room_kind: Text
    check: Text
    verdict: Verdict
    reason: Text
    claims: list[Text] = Field(default_factory=list)
    controls: list[Text] = Field(default_factory=list)
    evidence: list[Evidence] = Field(default_factory=list)
    started: Text = ""
    seconds: float = 0.0
    waiver: Text | None = None
    round: int | None = None


class CheckVerdict(BaseModel):
    """The verdict of one check about one requirement, over all rounds of the run.

    `rounds` has the verdict of each round, None where the check did not run. `unstable` is True
    where rounds contradict each other. `rate` is the share of rounds that passed; None where the
    requirement is not applicable.
    """

    model_config = ConfigDict(extra="forbid")

    requirement: Text
    room_kind: Text
    check: Text
    verdict: Verdict
    reason: Text
    rounds: list[Verdict | None]
    unstable: bool = False
    rate: Rate | None = None

    @property
    def steady(self) -> bool:
        """Whether all rounds have the same verdict."""
        return len(set(self.rounds)) == 1


class Judgement(BaseModel):
    """The verdict of one requirement in one kind of room, with the reason that decided it.

    `checks` is the number of findings behind it. `counted` is False where the profile of the run
    does not include the requirement.
    """

    requirement: Text
    room_kind: Text
    verdict: Verdict
    reason: Text
    checks: int
    counted: bool = True


class RunVerdict(BaseModel):
    """The verdict of a run; `problems` are reasons that belong to no single finding.

    `rounds` is how often every check had to run. `checks` has the verdict of each check over all
    rounds. `partial` is True where only a selection of the checks ran.
    """

    verdict: Verdict
    exit_code: Exit
    judgements: list[Judgement]
    checks: list[CheckVerdict] = Field(default_factory=list)
    rounds: int = 1
    problems: list[Text] = Field(default_factory=list)
    partial: bool = False

    def counts(self) -> dict[Verdict, int]:
        """The number of counted judgements of each verdict, without the sanity check."""
        shown = [j for j in self.judgements if j.counted and j.requirement != SANITY]
        return {v: sum(j.verdict is v for j in shown) for v in Verdict}
