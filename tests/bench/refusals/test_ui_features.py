"""The features that a page offers, and when an offer is wrong."""

from __future__ import annotations

from typing import Any, cast

import pytest

from conformance.bench.core.participant import Participant
from conformance.bench.refusals.ui_features import offers_all_features, offers_no_working_feature
from conformance.clients.base import NotSupported


class _Driver:
    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told

    async def try_to_start(self, _page: object, feature: str, _timeout: float) -> str | None:
        told = self._told[feature]
        if isinstance(told, NotSupported):
            raise told
        return cast("str | None", told)


class _Person:
    name, page, changes = "alice", None, None

    def __init__(self, why_not: dict[str, str | None], told: dict[str, Any]) -> None:
        self._why_not, self.driver = why_not, _Driver(told)

    async def why_unavailable(self, feature: str) -> str | None:
        return self._why_not[feature]


OFF: dict[str, str | None] = dict.fromkeys(("recording", "rtmp", "ai"), "no such button")


def person(told: dict[str, Any] | None = None, **why_not: str | None) -> Participant:
    return cast(Participant, _Person({**OFF, **why_not}, told or {}))


async def test_a_feature_that_is_not_offered_passes() -> None:
    seen = await offers_no_working_feature(person()).look()
    assert seen.true
    assert "cloud recording: not offered: no such button" in seen.words


async def test_a_feature_that_is_offered_and_refused_with_a_message_passes() -> None:
    seen = await offers_no_working_feature(person({"rtmp": "not here"}, rtmp=None)).look()
    assert seen.true
    assert "then refused with: not here" in seen.words


async def test_a_feature_that_is_offered_and_starts_or_shows_nothing_fails() -> None:
    seen = await offers_no_working_feature(person({"ai": None}, ai=None)).look()
    assert (seen.true, seen.readable) == (False, True)
    assert "AI that listens: offered, and no refusal is shown" in seen.words


@pytest.mark.parametrize(("recording", "readable"), [("no such button", False), (None, True)])
async def test_an_untestable_feature_is_inconclusive_but_hides_no_failure(
    recording: str | None, readable: bool
) -> None:
    told = {"rtmp": NotSupported("it cannot be tried"), "recording": None}
    seen = await offers_no_working_feature(person(told, rtmp=None, recording=recording)).look()
    assert (seen.true, seen.readable) == (False, readable)


async def test_the_control_names_what_is_not_offered() -> None:
    seen = await offers_all_features(person(rtmp=None)).look()
    assert not seen.true
    assert "AI that listens: no such button" in seen.words
    assert (await offers_all_features(person(recording=None, rtmp=None, ai=None)).look()).true
