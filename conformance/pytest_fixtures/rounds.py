"""`--repeat N`: every check is judged in N rounds, each in rooms of its own.

The round is a parameter of the session, and every fixture that fills a room asks for it
(`this_round`): pytest then empties the rooms of one round before it fills those of the next. (The
pytest-repeat plugin repeats tests, too, but its rounds are no fixture that others could ask for.)
What several rounds together say is decided in `conformance.verdicts`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

_FIXTURE = "this_round"
_IN_NODE_ID = re.compile(r"\[round(\d+)(?:-|\])")


def by_round(metafunc: pytest.Metafunc) -> None:
    """Make every check once for each round; the round comes first in its id."""
    rounds = metafunc.config.option.repeat
    if rounds == 1 or not is_check(metafunc.definition):
        return
    if _FIXTURE not in metafunc.fixturenames:
        metafunc.fixturenames.append(_FIXTURE)
    numbers = range(1, rounds + 1)
    metafunc.parametrize(
        _FIXTURE, numbers, indirect=True, scope="session", ids=[f"round{n}" for n in numbers]
    )


def is_check(function: pytest.Item) -> bool:
    """Does it, or one of its cases, carry `@requirement`?"""
    if function.get_closest_marker("requirement") is not None:
        return True
    cases = (mark.args[1] for mark in function.iter_markers("parametrize") if len(mark.args) > 1)
    return any(
        mark.name == "requirement"
        for values in cases
        if isinstance(values, Sequence)
        for value in values
        for mark in getattr(value, "marks", ())
    )


@pytest.fixture(scope="session")
def this_round(request: pytest.FixtureRequest) -> int:
    """The number of the round, from 1 on; whoever asks for it is made anew for each round."""
    return int(getattr(request, "param", 1))


def round_of(nodeid: str) -> int | None:
    """The round that a test belongs to, None in a run that repeats nothing."""
    found = _IN_NODE_ID.search(nodeid)
    return int(found[1]) if found else None


def check_of(nodeid: str) -> str:
    """The test's id without its round: the same check in all rounds."""
    return _IN_NODE_ID.sub("[", nodeid, count=1).removesuffix("[")
