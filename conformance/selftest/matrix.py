"""The whole matrix of a self-test, put together of parts that ran on other days or machines.

A state file has the form of `selftest.json`. A later trial of a fault replaces an earlier one and
keeps its outcome, so that a fault that was missed once stays visible. A trial counts only for the
fault and the version of the suite that it was made with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from conformance import __version__
from conformance.selftest import Fault, faults
from conformance.selftest.results import FaultResult, Outcome, SelfTestResults


class StateNotReadable(ValueError):
    """A state file that cannot be used; one line that says what to do."""


def definition_of(fault: Fault) -> str:
    """What a trial was about: this fault, as it is written, in this version of the suite."""
    text = f"{__version__} {fault.model_dump_json()}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_state(file: Path) -> SelfTestResults | None:
    """The results of earlier parts; None if there is no file yet.

    Raises:
        StateNotReadable: the file is no state of this version.
    """
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StateNotReadable(f"{file} cannot be read ({error.strerror})") from error
    try:
        return SelfTestResults.model_validate_json(text)
    except ValidationError as error:
        raise StateNotReadable(
            f"{file} holds no results of a self-test that this version reads: give another file, "
            "or remove it"
        ) from error


def settled(state: SelfTestResults | None, *, every_check: bool) -> set[str]:
    """The ids of the faults that need no further trial: noticed, or without any scenario yet.

    Args:
        every_check: only trials in which every check ran count.
    """
    if state is None:
        return set()
    return {
        one.id
        for one in _of_this_version(state.tried)
        if one.outcome in (Outcome.NOTICED, Outcome.ACCEPTED, Outcome.WAITS)
        and (one.every_check or not every_check)
    }


def merged(parts: Sequence[SelfTestResults]) -> SelfTestResults:
    """One matrix of several parts; the newest trial of each fault counts.

    `left_out` is the number of faults of this version that no part has tried.

    Raises:
        ValueError: there is no part.
    """
    if not parts:
        raise ValueError("there is no part to put together")
    trials: dict[str, list[FaultResult]] = {}
    for part in parts:
        for one in _of_this_version(part.tried):
            trials.setdefault(one.id, []).append(one)
    tried = [_newest(trials[one]) for one in faults() if one in trials]
    return SelfTestResults(
        started=min(part.started for part in parts),
        command="; ".join(dict.fromkeys(part.command for part in parts)),
        tried=tried,
        left_out=len(faults()) - len(tried),
        seconds=round(sum(one.seconds for one in tried), 1),
        cpu_seconds=round(sum(part.cpu_seconds for part in parts), 1),
    )


def _of_this_version(tried: Iterable[FaultResult]) -> list[FaultResult]:
    known = {one.id: definition_of(one) for one in faults().values()}
    return [one for one in tried if known.get(one.id) == one.definition]


def _newest(trials: Sequence[FaultResult]) -> FaultResult:
    """The last trial, with the outcomes of the earlier ones; the same trial twice counts once."""
    ordered = sorted({one.started: one for one in trials}.values(), key=lambda one: one.started)
    newest = ordered[-1]
    earlier = list(newest.earlier)
    for one in ordered[:-1]:
        earlier += [outcome for outcome in (*one.earlier, one.outcome) if one is not newest]
    return newest.model_copy(update={"earlier": earlier})
