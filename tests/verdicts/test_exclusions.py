"""A run leaves out exactly the requirements that are excluded by name."""

from __future__ import annotations

import pytest

from conformance.catalogue import UnknownRequirement
from conformance.exclusions import ExclusionInvalid, excluded, parse_exclusion


def test_an_exclusion_covers_its_promise_in_its_room() -> None:
    everywhere, one_room = parse_exclusion("FLOW-1=no camera"), parse_exclusion("FLOW-2/simple")
    assert str(everywhere) == "FLOW-1: no camera"
    assert str(one_room) == "FLOW-2/simple: no reason given"
    assert excluded([everywhere], ["FLOW-1"], "simple")
    assert excluded([one_room], ["FLOW-2"], "simple")
    assert not excluded([one_room], ["FLOW-2"], "zero-knowledge")
    assert not excluded([everywhere], ["FLOW-1", "FLOW-2"], "simple"), "the other is still judged"
    assert not excluded([everywhere], [], "simple")


def test_an_exclusion_of_nothing_that_could_be_judged_is_refused(waiting: str) -> None:
    with pytest.raises(UnknownRequirement, match="did you mean"):
        parse_exclusion("FLO-1")
    with pytest.raises(ExclusionInvalid, match="choose one of simple, zero-knowledge"):
        parse_exclusion("FLOW-1/plain")
    with pytest.raises(ExclusionInvalid, match="no scenario of this version judges"):
        parse_exclusion(waiting)
